"""Recovery by an agent: when a lease, a backoff or a timer ends, and at no other moment.

A scheduler host does this where one leads. Agents do it for themselves where none does, where the
one that leads lets a lease lie (a host that was killed leads on paper for seconds), and for the
retries that they made.
"""

from __future__ import annotations

import asyncio
import random

from salt_agent.patience import Patience
from salt_agent.report import Report
from salt_core.model.task import Policy
from salt_core.store import Recovery, RunVerbs

_NEVER = float("inf")
_LEADER_FIRST_S = 0.7
"""How long a lease may be over before agents take the leading host for dead."""


_SHORTEST_S = 0.005
"""Between two passes, when one was not enough: others want the store too."""
_LATE_S = 0.002
"""How much later than the moment itself the store is asked: it counts whole milliseconds."""


class Recoverer:
    """Calls ``recover`` when something is due. Moments are of the loop's clock."""

    def __init__(self, store: RunVerbs, patience: Patience, report: Report, lease_s: float) -> None:
        self._store = store
        self._patience = patience
        self._report = report
        self._lease_s = lease_s
        self._loop = asyncio.get_running_loop()
        self._lease_due = _NEVER
        self._ours_due = _NEVER
        self._ours_until = 0.0
        """Until then something is due that we began."""
        self._led = False
        self._last = self._loop.time()
        self._changed = asyncio.Event()

    def heartbeat(self, next_lease_in_ms: int | None, *, leader: bool, holding: bool) -> None:
        """A heartbeat's answer: when the earliest lease or timer ends, and whether a host leads.

        Each answer moves the moment, so a lease that is renewed is never waited for. ``holding``:
        this agent has work; then it also looks once per lease for retries of agents that died.
        """
        self._led = leader
        before, self._lease_due = self._lease_due, self._moment(next_lease_in_ms)
        if next_lease_in_ms == 0:  # over already: an answer after this one must not put it off
            self._lease_due = min(self._lease_due, before)
        if holding and not leader:
            self._lease_due = min(self._lease_due, self._last + self._lease_s)
        self._changed.set()

    def retry_made(self, policy: Policy, attempt: int) -> None:
        """An attempt of ours failed and will be tried again: see to it that it is."""
        backoff_s = min(policy.backoff_s * 2.0 ** min(attempt - 1, 60), policy.backoff_max_s)
        latest = self._loop.time() + backoff_s * (1 + policy.jitter) + 1
        self._ours_until = max(self._ours_until, latest)
        self._ours_due = self._loop.time()
        self._changed.set()

    def timer_made(self, ends_in_s: float) -> None:
        """A workflow function of ours waits so long: where no host leads, nobody else will look."""
        if self._led:
            return
        ends = self._loop.time() + max(0.0, ends_in_s) + _LATE_S
        self._ours_until = max(self._ours_until, ends + 1)
        if ends < self._ours_due:
            self._ours_due = ends
            self._changed.set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            wait_s = min(self._lease_due, self._ours_due) - self._loop.time()
            if wait_s <= 0:
                await self._recover()
                continue
            self._changed.clear()
            try:
                async with asyncio.timeout(None if wait_s == _NEVER else wait_s):
                    await self._changed.wait()
            except TimeoutError:
                pass

    async def _recover(self) -> None:
        self._lease_due = self._ours_due = _NEVER
        done = await self._patience.answered(self._store.recover)
        self._last = now = self._loop.time()
        self._lease_due = min(self._lease_due, self._moment(done.next_in_ms))
        self._tell(done)
        if done.next_in_ms is None:
            return
        if now < self._ours_until or done.requeued or done.promoted:
            # The next may be ours, or was the dead agent's whose work this pass found.
            wait_s = max(done.next_in_ms / 1000 + _LATE_S, _SHORTEST_S)
            self._ours_due = min(self._ours_due, now + wait_s)

    def _moment(self, in_ms: int | None) -> float:
        """When to see to what is due in ``in_ms``: the host that leads goes first."""
        if in_ms is None:
            return _NEVER
        grace_s = _LEADER_FIRST_S if self._led else 0.0
        return self._loop.time() + in_ms / 1000 + grace_s + random.uniform(0.02, 0.3)

    def _tell(self, done: Recovery) -> None:
        if done.requeued or done.failed:
            text = f"recovered {len(done.requeued)} lost, gave up {len(done.failed)}"
            self._report.say("recovered", text, requeued=len(done.requeued))
