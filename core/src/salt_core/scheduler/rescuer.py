"""Puts back what lost agents held and what has waited out its backoff."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from salt_core.clock import boot_seconds
from salt_core.scheduler.leader import Outage
from salt_core.scheduler.service import Loop, log
from salt_core.store import Recovery, RunVerbs

_BUSY_SLEEP_S = 1.0
"""While work begins: what began meanwhile may be due earlier than what was next."""
_QUIET_SLEEP_S = 60.0
"""While none does; ``work_began`` ends it."""
_SHORTEST_SLEEP_S = 0.005
_LIMIT = 500


@dataclass(frozen=True, slots=True)
class Rescued:
    """What one pass did; ``waits_s`` above 0: nothing, it gives the agents time."""

    recovery: Recovery = field(default_factory=lambda: Recovery((), (), 0, None))
    waits_s: float = 0.0


class Rescuer(Loop[Rescued]):
    """Calls ``recover`` when the next lease or backoff ends.

    When the store could not be reached for longer than a lease, the agents could not renew either,
    and their leases ended through no fault of theirs: they get one lease of time to come back
    before anything is taken from them.
    """

    name = "rescuer"
    jitter = 0.0

    def __init__(
        self,
        store: RunVerbs,
        lease_s: float,
        gate: Callable[[], bool] | None = None,
        outage: Callable[[], Outage | None] = lambda: None,
        *,
        clock: Callable[[], float] = boot_seconds,
    ) -> None:
        """``outage``: the last time that the store was away, if it ever was."""
        super().__init__(gate)
        self._store = store
        self._lease_s = lease_s
        self._outage = outage
        self._clock = clock
        self._told: Outage | None = None
        self._work_began = False
        self._quiet = False
        self._woken = False

    def work_began(self) -> None:
        """A task runs, waits out a backoff or for a moment: there is something new to look after."""
        self._work_began = True
        if self._quiet:
            self._woken = True
            self.wake()

    async def pass_once(self) -> Rescued:
        self._work_began, self._quiet = self._woken, False
        self._woken = False
        if (waits_s := self._patience()) > 0:
            return Rescued(waits_s=waits_s)
        return Rescued(await self._store.recover(_LIMIT))

    def pause_after(self, did: Rescued) -> float:
        if did.waits_s:
            return did.waits_s
        due = did.recovery.next_in_ms
        wait_s = _QUIET_SLEEP_S if due is None else max(_SHORTEST_SLEEP_S, (due + 1) / 1000)
        # Work that began while the store was asked may be younger than its answer.
        self._quiet = wait_s > _BUSY_SLEEP_S and not self._work_began
        return min(wait_s, _QUIET_SLEEP_S if self._quiet else _BUSY_SLEEP_S)

    def tell(self, did: Rescued) -> str | None:
        counts = {
            "put back": len(did.recovery.requeued),
            "given up": len(did.recovery.failed),
        }
        return ", ".join(f"{count} {what}" for what, count in counts.items() if count) or None

    def _patience(self) -> float:
        outage = self._outage()
        if outage is None or outage.lasted_s <= self._lease_s:
            return 0.0
        left = outage.ended + self._lease_s - self._clock()
        if left > 0 and outage is not self._told:
            self._told = outage
            log.warning(
                "rescuer: the store was away for %.0f s; agents get %.0f s to renew their leases",
                outage.lasted_s,
                left,
            )
        return max(0.0, left)
