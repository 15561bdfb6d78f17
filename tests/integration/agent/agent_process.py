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

HERE = Path(__file__).parent


def preparer(config: Config, store: Store, blobs: AsyncBlobs) -> Prepare:
    async def prepare(workflow: str, version: str) -> Unpacked:
        path = (str(HERE / "flows"), str(HERE.parents[2] / "core" / "sdk" / "src"))
        return Unpacked("f" * 64, path, sys.executable)

    return prepare


if __name__ == "__main__":
    fetching.preparer = preparer
    typer.run(cli.agent)
