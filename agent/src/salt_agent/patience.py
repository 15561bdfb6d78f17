"""Calls to the backend that are made again until they are answered.

Every verb of the store and of the blob store may be repeated safely, so an outage costs waiting
and nothing else. Tasks go on meanwhile: their own deadlines end them, not the outage.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

from salt_agent.report import Report
from salt_core.config import Config
from salt_core.errors import Refused, SaltError, Unreachable

T = TypeVar("T")

_FIRST_S = 0.05
_LONGEST_S = 1.0


class Patience:
    """Waits out outages; starts the embedded server again when that is the backend and has died."""

    def __init__(self, config: Config, report: Report) -> None:
        self._config = config
        self._report = report
        self._mending = asyncio.Lock()

    async def answered(self, call: Callable[[], Awaitable[T]], *, refused: bool = False) -> T:
        """Make ``call`` until the backend answers, with growing pauses of at most a second.

        Args:
            refused: Let ``Refused`` through. Else it is taken for a server without memory, which
                passes like any outage.
        """
        pause = _FIRST_S
        while True:
            try:
                return await call()
            except (Unreachable, Refused) as error:
                if refused and isinstance(error, Refused):
                    raise
                await self.pause(pause, error)
                pause = min(pause * 2, _LONGEST_S)

    async def pause(self, seconds: float, error: Exception) -> None:
        """Say (seldom) that the backend is away, mend it if it is ours, and wait a little."""
        self._report.say_seldom("unreachable", f"waiting for the backend: {error}")
        await self._mend()
        await asyncio.sleep(seconds * random.uniform(0.75, 1.25))

    async def _mend(self) -> None:
        if not self._config.embedded or self._mending.locked():
            return
        async with self._mending:
            try:
                await asyncio.to_thread(_revive, self._config)
            except (SaltError, OSError) as error:
                # Whatever is wrong with it, the next round may find it mended by someone else.
                self._report.say_seldom("embedded", f"the embedded server does not start: {error}")


def _revive(config: Config) -> None:
    from salt_core.embedded import revive

    revive(config)
