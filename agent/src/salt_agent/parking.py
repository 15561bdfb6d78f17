"""When a workflow function that waits lets go of its process.

A chain of quick tasks must not pay for it, so nothing is asked before a moment has passed:

    0.1 s  at once, if others want the place; then at every later look too
    1 s    if it waits for timers, events, people and other runs only
    10 s   whatever it waits for
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from salt_agent.attempt import Attempt
from salt_agent.capacity import Capacity
from salt_agent.endings import Reason
from salt_agent.feed import Feed
from salt_agent.outbox import Outbox
from salt_agent.patience import Patience
from salt_core.store import Parking, RunVerbs

CROWDED_S = 0.1
WAITS_S = 1.0
TASKS_S = 10.0


class Parker:
    """Watches one attempt of a workflow function wait. ``begin`` gets what takes time."""

    def __init__(
        self,
        attempt: Attempt,
        store: RunVerbs,
        patience: Patience,
        places: Capacity,
        feed: Feed,
        outbox: Outbox,
        begin: Callable[[Parker], None],
    ) -> None:
        self._attempt = attempt
        self._store = store
        self._patience = patience
        self._places = places
        self._feed = feed
        self._outbox = outbox
        self._begin = begin
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._since: float | None = None
        """Since when it waits; results that come begin it anew."""
        self._used = -1
        self._busy = False
        """Tasks of it were under way when the store was last asked."""
        self._insist = False
        self._asking = False
        self._again = False
        """The store would have parked it, had it seen its whole journal."""

    def waits(self, used: int) -> None:
        """The process has used so many entries, and can do nothing without more."""
        self._used = used
        if self._since is None:
            self._since = self._loop.time()
            self._busy = False
        if self._again:
            self._again = False
            self._look()
        elif self._timer is None:
            self._look_in(CROWDED_S)

    def goes_on(self) -> None:
        """It was given a result, or asked for something."""
        self._since = None
        self._again = False

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _look_in(self, seconds: float) -> None:
        self.stop()
        self._timer = self._loop.call_later(seconds, self._look)

    def _look(self) -> None:
        """Is it time? Nothing is asked here."""
        self.stop()
        self._timer = None
        if self._since is None or self._asking:
            return  # the next time that it waits begins again
        waited = self._loop.time() - self._since
        self._insist = waited >= TASKS_S or (waited >= CROWDED_S and self._places.crowded)
        if self._all_used() and (self._insist or (waited >= WAITS_S and not self._busy)):
            self._asking = True
            # From now on: of a hundred that wait, one makes room for the one that wants in.
            self._places.leaving += 1
            self._begin(self)
        elif waited < CROWDED_S:
            self._look_in(CROWDED_S - waited)
        elif self._places.free <= 0:
            self._look_in(CROWDED_S)
        else:
            self._look_in(WAITS_S - waited if waited < WAITS_S else WAITS_S)

    async def park(self) -> None:
        """Ask the store, and do as it says."""
        said = None
        try:
            async with self._feed.lock:
                if self._since is not None and self._all_used():
                    said = await self._patience.answered(self._ask, refused=True)
        finally:
            self._asking = False
            if said is Parking.PARKED:
                self._attempt.settled.add_done_callback(self._left)
                self._attempt.parked()
            else:
                self._left()
        if said is Parking.STALE:
            self._attempt.stop(Reason.LOST)
        elif said is not Parking.PARKED:
            self._busy = said is Parking.BUSY
            self._again = said is Parking.GROWN
            self._look_in(WAITS_S)
            if self._again:
                self._feed.grown.set()

    async def _ask(self) -> Parking:
        return await self._store.park(self._attempt.token, self._feed.position, force=self._insist)

    def _left(self, settled: object = None) -> None:
        self._places.leaving -= 1

    def _all_used(self) -> bool:
        return self._used == self._feed.sent and self._outbox.empty
