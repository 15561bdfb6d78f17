"""Fires the schedules: sleeps until the next slot is due, and makes its run.

The store's ``fire`` compares the schedule's cursor, makes the run and advances, all at once: two
hosts that both tick make one run per slot, and each sees by the answer which of them did.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from salt_core.clock import iso
from salt_core.errors import SaltError
from salt_core.ids import slot_run_id
from salt_core.model.run import NewRun
from salt_core.model.schedule import Schedule
from salt_core.model.workflow import Version, Workflow
from salt_core.scheduler.catchup import Plan, Step, plan
from salt_core.scheduler.overlap import Overlap
from salt_core.scheduler.service import Loop, log
from salt_core.scheduler.starting import slot_run
from salt_core.store import Store

_AT_ONCE = 16
"""Schedules that are seen to at the same time; the slots of one are in order."""
_LIMIT = 100
_LONGEST_SLEEP_S = 60.0
"""A change that was not heard of is seen after this."""
_ROOM_S = 5.0
"""How often a slot that waits for room looks again, should the end of a run not be heard of."""


@dataclass(slots=True)
class Ticked:
    """What one pass did.

    Attributes:
        fired: Runs that this host made.
        skipped: Stretches of slots that it passed over.
        lost: Slots that another host was faster at.
        next_at: Unix ms when there is more to do; ``None``: nothing is planned.
        waiting: Schedules with a slot that waits for its jitter or for room.
        crowded: Whether one waits for room.
    """

    now: int
    fired: int = 0
    skipped: int = 0
    lost: int = 0
    next_at: int | None = None
    waiting: int = 0
    crowded: bool = False

    def look_at(self, moment: int) -> None:
        self.next_at = moment if self.next_at is None else min(self.next_at, moment)


class Ticker(Loop[Ticked]):
    """Fires what is due."""

    name = "ticker"
    jitter = 0.0

    def __init__(self, store: Store, gate: Callable[[], bool] | None = None) -> None:
        super().__init__(gate)
        self._store = store
        self._limit = _LIMIT
        self._crowded = False

    async def pass_once(self) -> Ticked:
        did = Ticked(await self._store.ping())
        due, next_in = await self._store.due_schedules(self._limit)
        if next_in is not None:
            did.look_at(did.now + next_in)
        await self._see_to(due, did)
        self._crowded = did.crowded
        if len(due) == self._limit:
            did.look_at(did.now)  # there may be more
        # What waits for jitter or room stays due, and must not hide what comes after it.
        self._limit = _LIMIT + did.waiting
        return did

    def pause_after(self, did: Ticked) -> float:
        if did.next_at is None:
            return _LONGEST_SLEEP_S
        # A millisecond later, or the store's clock may not be there yet.
        return min(max(0, did.next_at - did.now + 1) / 1000, _LONGEST_SLEEP_S)

    def tell(self, did: Ticked) -> str | None:
        counts = {"fired": did.fired, "skipped": did.skipped, "fired elsewhere": did.lost}
        return ", ".join(f"{count} {what}" for what, count in counts.items() if count) or None

    def run_ended(self) -> None:
        """A run ended: a slot may have waited for that."""
        if self._crowded:
            self.wake()

    async def _see_to(self, due: list[Schedule], did: Ticked) -> None:
        few = asyncio.Semaphore(_AT_ONCE)
        known: dict[str, tuple[Workflow, Version] | None] = {}
        for name in {each.workflow for each in due}:
            known[name] = await self._live(name)

        async def one(schedule: Schedule) -> None:
            async with few:
                await self._one(schedule, known[schedule.workflow], did)

        async with asyncio.TaskGroup() as group:
            for schedule in due:
                group.create_task(one(schedule))

    async def _live(self, name: str) -> tuple[Workflow, Version] | None:
        workflow = await self._store.workflow(name)
        if workflow is None or not workflow.live or workflow.paused:
            return None
        version = await self._store.version(name, workflow.live)
        return (workflow, version) if version else None

    async def _one(
        self, schedule: Schedule, live: tuple[Workflow, Version] | None, did: Ticked
    ) -> None:
        todo: Plan = plan(schedule, did.now)
        if todo.ripe_at is not None:
            did.look_at(todo.ripe_at)
            did.waiting += 1
        for step in todo.steps:
            new = None
            if step.fires and live is not None and not schedule.paused:
                workflow, version = live
                overlap = Overlap.of(workflow.settings)
                blocking = await overlap.in_the_way(self._store, workflow.name)
                if blocking and overlap.on_overlap == "queue":
                    did.crowded = True
                    did.waiting += 1
                    did.look_at(did.now + round(_ROOM_S * 1000))
                    return
                if blocking and overlap.on_overlap == "cancel-running":
                    for run in blocking:
                        await self._store.cancel(run.id)
                        log.info("ticker: %s makes room for %s", run.id, schedule.id)
                    blocking = []
                new = None if blocking else _run(schedule, step, version, workflow)
            if not await self._fire(schedule, step, new, did):
                return

    async def _fire(self, schedule: Schedule, step: Step, new: NewRun | None, did: Ticked) -> bool:
        """``False``: the cursor was elsewhere; the next pass reads where."""
        # Nobody is told of the run here, so nothing is promised that a crash of the store could
        # break; and waiting for its disk (a second) would let a fast schedule fall behind.
        if not await self._store.fire(schedule.id, step.due, step.next_due, new):
            did.lost += 1
            did.look_at(did.now)
            return False
        did.look_at(step.next_due)
        if new is not None:
            did.fired += 1
        else:
            did.skipped += 1
            why = "" if step.fires else f" and what came before {iso(step.next_due)}"
            log.info("ticker: skipped %s%s", slot_run_id(schedule.id, step.due), why)
        return True


def _run(schedule: Schedule, step: Step, version: Version, workflow: Workflow) -> NewRun | None:
    try:
        return slot_run(schedule, step.due, version, workflow.settings)
    except (ValueError, SaltError) as error:
        log.error("ticker: %s cannot fire: %s", schedule.id, error)
        return None
