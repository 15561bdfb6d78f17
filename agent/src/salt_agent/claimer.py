"""Claiming: only into a free place, woken by push, and never the same work twice for a lost reply."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from salt_agent.capacity import Capacity
from salt_agent.patience import Patience
from salt_core.clock import boot_seconds
from salt_core.errors import Unreachable
from salt_core.ids import new_nonce
from salt_core.model.task import Assignment
from salt_core.store import Store, Wants

_WAIT_S = 300.0

Launch = Callable[[Assignment, float], None]
"""Begin an attempt; the moment is when its claim was sent (CLOCK_BOOTTIME)."""


class Claimer:
    """One kind of work: tasks, or workflow functions."""

    def __init__(
        self,
        store: Store,
        patience: Patience,
        capacity: Capacity,
        agent: str,
        queues: Sequence[str],
        lease_ms: int,
        launch: Launch,
        *,
        bodies: bool,
    ) -> None:
        self._store = store
        self._patience = patience
        self._capacity = capacity
        self._agent = agent
        self._queues = tuple(queues)
        self._lease_ms = lease_ms
        self._launch = launch
        self._bodies = bodies
        self._waiting: asyncio.Task[bool] | None = None
        self._open = asyncio.Event()
        self._open.set()
        self.stopping = False

    def wants(self, count: int = 1) -> Wants | None:
        """A claim of ``count`` places that are reserved already; ``None`` when it takes no more."""
        if self.stopping or not self._open.is_set():
            return None
        return Wants(
            agent=self._agent,
            request=new_nonce(),
            queues=self._queues,
            tasks=0 if self._bodies else count,
            bodies=count if self._bodies else 0,
            lease_ms=self._lease_ms,
        )

    def stop(self) -> None:
        """Claim no more. A claim that is on its way is still taken."""
        self.stopping = True
        if self._waiting is not None:
            self._waiting.cancel()

    def hold(self, on: bool) -> None:
        """Claim nothing until it is taken back. A claim that is on its way is still taken."""
        if not on:
            self._open.set()
            return
        self._open.clear()
        if self._waiting is not None:
            self._waiting.cancel()

    async def run(self) -> None:
        """Until ``stop``, or cancelled while no place is free."""
        ready = True  # there may be work from before we came
        while not self.stopping:
            if not self._open.is_set():
                await self._open.wait()
                ready = True  # what came meanwhile woke nobody here
            await self._capacity.wait()
            if not ready:
                ready = await self._wait()
                continue
            await self._claim()
            ready = False

    async def _wait(self) -> bool:
        waiting = self._store.wait_ready(self._queues, self._bodies, _WAIT_S)
        self._waiting = asyncio.ensure_future(waiting)
        try:
            return await self._waiting
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if self.stopping or (task is not None and not task.cancelling()):
                return True  # what may have woken it must not be lost
            raise
        except Unreachable as error:
            await self._patience.pause(0.1, error)
            return True  # its marker may have gone with the connection
        finally:
            self._waiting = None

    async def _claim(self) -> None:
        count = self._capacity.reserve()
        claimed: list[Assignment] = []
        try:
            wants = self.wants(count) if count else None
            if wants is not None:
                sent = boot_seconds()
                claimed = await self._patience.answered(lambda: self._store.claim(wants))
        finally:
            self._capacity.use(len(claimed))
        for assignment in claimed:
            self._launch(assignment, sent)
