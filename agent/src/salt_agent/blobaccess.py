"""The blob store from a loop: opened on first use, and every call in a thread."""

from __future__ import annotations

import asyncio
import threading

from salt_core.blobs import Blobs, open_blobs
from salt_core.config import Config


class AsyncBlobs:
    """What an agent needs of the blob store. An agent that never needs it never loads boto3."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._blobs: Blobs | None = None
        self._opening = threading.Lock()

    def blocking(self) -> Blobs:
        """The store itself, for code that runs in a thread already."""
        with self._opening:
            if self._blobs is None:
                self._blobs = open_blobs(self._config)
            return self._blobs

    async def put(self, key: str, data: bytes) -> None:
        await asyncio.to_thread(lambda: self.blocking().put(key, data))

    async def get(self, key: str) -> bytes:
        """Raises ``NotFound`` when there is none."""
        return await asyncio.to_thread(lambda: self.blocking().get(key))
