"""When schedules fire, as a line of the next 24 hours."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import takewhile

from salt_core.model.schedule import Schedule
from salt_core.scheduler.slots import slots_after

LINE = 24
"""Cells of a line."""
REST = "·"
_HOUR_MS = 3_600_000
_MOST = 10 * LINE
"""A schedule that fires more often is the same all day."""


def time_line(schedule: Schedule, now: int) -> str:
    """One cell an hour from now on: how often it fires in it; ``+`` is more than nine times."""
    end = now + LINE * _HOUR_MS
    counts = [0] * LINE
    slots = slots_after(schedule, max(now, schedule.next_due - 1))
    for number, slot in enumerate(takewhile(lambda slot: slot < end, slots)):
        if number == _MOST:
            return "+" * LINE
        counts[(slot - now) // _HOUR_MS] += 1
    return "".join(REST if not count else str(count) if count < 10 else "+" for count in counts)


def time_lines(schedules: Iterable[Schedule], now: int) -> dict[str, str]:
    """The lines of many, by id."""
    return {one.id: time_line(one, now) for one in schedules}
