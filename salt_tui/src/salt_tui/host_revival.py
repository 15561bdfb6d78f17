"""Starts the embedded server again when it died under the host."""

from __future__ import annotations

import asyncio

from salt_core.config import Config
from salt_core.embedded import revive
from salt_core.scheduler.leader import Leader
from salt_core.scheduler.service import Loop

_EVERY_S = 1.0
_PATIENCE_S = 1.0


class Revival(Loop[bool]):
    """While the store does not answer: has its server started again, unless a person stopped it."""

    name = "revival"

    def __init__(self, config: Config, leader: Leader) -> None:
        super().__init__()
        self._config = config
        self._leader = leader

    async def pass_once(self) -> bool:
        """Whether it saw to it that a server runs."""
        if self._leader.failing_s() < _PATIENCE_S:
            return False
        return await asyncio.to_thread(revive, self._config)

    def pause_after(self, did: bool) -> float:
        return _EVERY_S
