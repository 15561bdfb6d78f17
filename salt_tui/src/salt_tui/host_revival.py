"""Starts the embedded server again when it died under the host."""

from __future__ import annotations

import asyncio

from salt_core.config import Config
from salt_core.embedded import ensure
from salt_core.embedded.place import Place
from salt_core.scheduler.leader import Leader
from salt_core.scheduler.service import Loop

_EVERY_S = 1.0
_PATIENCE_S = 1.0


class Revival(Loop[bool]):
    """While the store does not answer: whether its server died, and if so another one.

    A server that was stopped (``salt down``) takes its note of its process away, and stays down.
    """

    name = "revival"

    def __init__(self, config: Config, leader: Leader) -> None:
        super().__init__()
        self._config = config
        self._leader = leader
        self._place = Place.of(config)

    async def pass_once(self) -> bool:
        """Whether a server was started."""
        if self._leader.failing_s() < _PATIENCE_S or not self._place.pid_file.exists():
            return False
        await asyncio.to_thread(ensure, self._config)
        return True

    def pause_after(self, did: bool) -> float:
        return _EVERY_S

    def tell(self, did: bool) -> str | None:
        return "started the embedded server again" if did else None
