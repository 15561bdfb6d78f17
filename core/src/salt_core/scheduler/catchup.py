"""Which of a schedule's due slots fire, and which are skipped. Pure.

Mostly one slot is due, a few milliseconds ago. After an outage, or where slots come faster than
they are fired, there are several, and ``catchup`` decides:

    latest   the newest one fires, the others are skipped
    all      every one fires, in order; of more than ``ALL_AT_MOST`` only the newest that many
    none     the newest one fires when it is at most ``ON_TIME_MS`` late; all others are skipped

``jitter`` delays a slot by a share of itself that follows from schedule and slot, so that every
host counts the same delay; never beyond the next slot. A slot that waits for its delay is not due.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from itertools import pairwise

from salt_core.model.schedule import Schedule
from salt_core.scheduler.slots import latest_slots, next_slot

ALL_AT_MOST = 1000
ON_TIME_MS = 10_000

NEVER = 253_402_300_799_000
"""A cursor beyond the last slot: the end of the year 9999."""


@dataclass(frozen=True, slots=True)
class Step:
    """One call of ``fire``: the cursor goes from ``due`` to ``next_due``.

    Attributes:
        due: Unix ms; where the cursor stands.
        fires: Whether a run is made for ``due``; else all slots before ``next_due`` are skipped.
    """

    due: int
    next_due: int
    fires: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do about a schedule now.

    Attributes:
        steps: In order.
        ripe_at: When the slot after them that is due already has waited out its jitter; or None.
    """

    steps: tuple[Step, ...]
    ripe_at: int | None = None


def delay(schedule: Schedule, slot: int) -> int:
    """How many ms ``slot`` fires after its time, for jitter."""
    if schedule.jitter_s <= 0:
        return 0
    longest = round(schedule.jitter_s * 1000)
    following = next_slot(schedule, slot)
    if following is not None:
        longest = min(longest, following - slot - 1)
    digest = hashlib.sha256(f"{schedule.id}@{slot}".encode()).digest()
    return longest * int.from_bytes(digest[:4], "big") >> 32


def plan(schedule: Schedule, now: int) -> Plan:
    """What is to be done about ``schedule`` at ``now`` (Unix ms)."""
    if schedule.next_due > now:
        return Plan(())
    count = ALL_AT_MOST if schedule.catchup == "all" else 1
    due = latest_slots(schedule, now, count + 1)  # one more: the newest may have to wait
    end = next_slot(schedule, now) or NEVER
    ripe_at: int | None = None
    if due and (moment := due[-1] + delay(schedule, due[-1])) > now:
        end, ripe_at = due.pop(), moment
    fires = due[-count:]
    if schedule.catchup == "none":
        fires = [slot for slot in fires if now - slot - delay(schedule, slot) <= ON_TIME_MS]
    cursor, steps = schedule.next_due, []
    for slot, following in pairwise([*fires, end]):
        if cursor < slot:
            steps.append(Step(cursor, slot, fires=False))
        steps.append(Step(slot, following, fires=True))
        cursor = following
    if cursor < end:
        steps.append(Step(cursor, end, fires=False))
    return Plan(tuple(steps), ripe_at)
