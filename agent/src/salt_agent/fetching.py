"""From the registry to folders on this machine: fetched, verified, unpacked; in threads."""

from __future__ import annotations

import asyncio

from salt_agent.binaries import Prepare
from salt_agent.blobaccess import AsyncBlobs
from salt_core.artifacts import Unpacked, unpack
from salt_core.config import Config
from salt_core.errors import NotFound
from salt_core.store import Store


def preparer(config: Config, store: Store, blobs: AsyncBlobs) -> Prepare:
    """How this agent makes a version ready to start."""

    async def prepare(workflow: str, version: str) -> Unpacked:
        # Imported late: an agent that is idle does without them.
        from salt_core.registry import ArtifactCache, Registry

        found = await store.version(workflow, version)
        if found is None:
            raise NotFound(f"There is no version {version} of workflow {workflow} any more.")
        registry = Registry(store, await asyncio.to_thread(blobs.blocking))
        cache = ArtifactCache(config.cache, config.cache_bytes)
        pex = await registry.fetch(found, cache)
        return await asyncio.to_thread(unpack, pex, config.cache, found.artifact.digest)

    return prepare
