"""An agent as a process of its own, for tests that kill it: as ``salt agent``, with a ready artifact."""

from __future__ import annotations

import sys
from pathlib import Path

import typer

from salt_agent import cli, fetching
from salt_agent.binaries import Prepare
from salt_agent.blobaccess import AsyncBlobs
from salt_core.artifacts import Unpacked
from salt_core.config import Config
from salt_core.store import Store

sys.path.insert(0, str(Path(__file__).parents[3]))

from tests.integration.agent.artifacts import unpacked


def preparer(config: Config, store: Store, blobs: AsyncBlobs) -> Prepare:
    async def prepare(workflow: str, version: str) -> Unpacked:
        return unpacked(workflow)

    return prepare


if __name__ == "__main__":
    fetching.preparer = preparer
    typer.run(cli.agent)
