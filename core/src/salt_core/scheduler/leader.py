"""Who leads: one host at a time, by a lease in the store.

The lease is a hint that saves work. What must happen once is made so by the store's ``fire`` and
``recover``; every loop stays right when two hosts believe that they lead.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from salt_core.clock import boot_seconds
from salt_core.scheduler.service import Loop, log
from salt_core.store import HostVerbs

TTL_S = 4.0
"""How long the lease lasts. With ``_SEEK`` below another host leads within 5 s of a kill."""
_RENEW = 1 / 3
_SEEK = 1 / 12
"""Shares of the lease between two tries: of the host that leads, and of those that would."""
_MARGIN = 1 / 10
"""A leader stops believing that much earlier than the store does."""


@dataclass(frozen=True, slots=True)
class Outage:
    """The store did not answer for a while; ``ended`` is on the leader's clock, in seconds."""

    lasted_s: float
    ended: float


class Leader(Loop[bool]):
    """Takes, keeps and gives back the leader's lease. Any error means: we do not lead."""

    name = "leader"

    def __init__(
        self,
        store: HostVerbs,
        host: str,
        *,
        ttl_s: float = TTL_S,
        clock: Callable[[], float] = boot_seconds,
    ) -> None:
        super().__init__()
        self.host = host
        self._store = store
        self._ttl_s = ttl_s
        self._clock = clock
        self._until = 0.0
        self._led = False
        self._failing_since: float | None = None
        self._asked = 0.0
        self.outage: Outage | None = None
        self._on_gain: list[Callable[[], None]] = []

    def leads(self) -> bool:
        """Whether this host may believe that it leads; counted from when the lease was asked for."""
        return self._clock() < self._until

    def failing_s(self) -> float:
        """For how long the store has not answered; 0 when it does."""
        return 0.0 if self._failing_since is None else self._clock() - self._failing_since

    def on_gain(self, call: Callable[[], None]) -> None:
        """``call`` is called each time this host begins to lead."""
        self._on_gain.append(call)

    async def pass_once(self) -> bool:
        self._asked = self._clock()
        async with asyncio.timeout(self._ttl_s):
            won = await self._store.elect(self.host, round(self._ttl_s * 1000))
        if self._failing_since is not None:
            ended = self._clock()
            self.outage = Outage(ended - self._failing_since, ended)
            self._failing_since = None
        self._until = self._asked + self._ttl_s * (1 - _MARGIN) if won else 0.0
        self._say(won)
        return won

    def pause_after(self, did: bool) -> float:
        return self._ttl_s * (_RENEW if did else _SEEK)

    def failed(self, error: Exception) -> None:
        if self._failing_since is None:
            self._failing_since = self._asked
        self._until = 0.0
        self._say(False)

    async def stop(self) -> None:
        """Stop, and let another host lead at once."""
        await super().stop()
        held, self._until = self._led, 0.0
        self._say(False)
        if not held:
            return
        try:
            async with asyncio.timeout(self._ttl_s / 4):
                await self._store.resign(self.host)
        except Exception as error:  # noqa: BLE001 - the lease then runs out by itself
            log.warning("leader: could not resign: %s", error or type(error).__name__)

    def _say(self, leads: bool) -> None:
        if leads == self._led:
            return
        self._led = leads
        log.info("leader: %s %s", self.host, "leads" if leads else "does not lead")
        if leads:
            for call in self._on_gain:
                call()
