"""From a version's name to folders that an interpreter can start from: fetched and unpacked once."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable

from salt_core.artifacts import Unpacked

Prepare = Callable[[str, str], Awaitable[Unpacked]]
"""Fetch, verify and unpack ``(workflow, version)``."""


class Binaries:
    """The versions that this agent has ready."""

    def __init__(self, prepare: Prepare) -> None:
        self._prepare = prepare
        self._ready: dict[tuple[str, str], Unpacked] = {}
        self._coming: dict[tuple[str, str], asyncio.Task[Unpacked]] = {}

    def ready(self, workflow: str, version: str) -> Unpacked | None:
        """What ``get`` would return at once."""
        return self._ready.get((workflow, version))

    async def get(self, workflow: str, version: str) -> Unpacked:
        """The version, unpacked. However many ask at once, it is fetched once."""
        key = (workflow, version)
        unpacked = self._ready.get(key)
        # The cache is bounded: another process may have made room.
        if unpacked is not None and all(map(os.path.isdir, unpacked.path)):
            return unpacked
        task = self._coming.get(key)
        if task is None:
            task = asyncio.get_running_loop().create_task(self._fetch(key))
            self._coming[key] = task
        return await asyncio.shield(task)

    async def _fetch(self, key: tuple[str, str]) -> Unpacked:
        try:
            self._ready[key] = await self._prepare(*key)
            return self._ready[key]
        finally:
            del self._coming[key]
