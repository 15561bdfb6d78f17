"""From the registry to folders on this machine: fetched, verified, unpacked; in a thread."""

from __future__ import annotations

import asyncio
from pathlib import Path

from salt_agent.binaries import Prepare
from salt_agent.blobaccess import AsyncBlobs
from salt_core.artifacts import Unpacked, unpack
from salt_core.config import Config
from salt_core.store import Store


def preparer(config: Config, store: Store, blobs: AsyncBlobs) -> Prepare:
    """How this agent makes a version ready to start."""

    async def prepare(workflow: str, version: str) -> Unpacked:
        from salt_core.registry import ArtifactCache, Registry

        registry = Registry(store, await asyncio.to_thread(blobs.blocking))
        cache = ArtifactCache(config)
        pex: Path = await registry.fetch(workflow, version, cache)
        return await asyncio.to_thread(unpack, pex, config.cache)

    return prepare
