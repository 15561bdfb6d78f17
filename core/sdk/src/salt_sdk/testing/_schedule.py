"""A schedule on the clock of a simulation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from datetime import datetime, timedelta, timezone, tzinfo
from typing import Any, Callable, Union

from salt_sdk import _surroundings
from salt_sdk._declare import WorkflowFunction
from salt_sdk._policy import Duration, seconds
from salt_sdk.testing._cron import Cron
from salt_sdk.testing._simulation import START, When, World, moment, simulate

Params = Union[Mapping[str, Any], Callable[[datetime], Mapping[str, Any]], None]


def run_schedule(
    workflow: WorkflowFunction[..., Any],
    *,
    every: Duration | timedelta | None = None,
    cron: str | None = None,
    timezone: str = "UTC",
    start: When | None = None,
    until: When,
    params: Params = None,
) -> list[tuple[datetime, Any]]:
    """Run a workflow at each slot of a schedule, one run after the other; time skips.

    Inside of ``simulate`` it takes place in that world; a slot whose run before it is still under
    way comes when that has ended.

    Args:
        every: A time; the first slot comes when it has passed once.
        cron: Five fields, on the clock of ``timezone``.
        start: When the schedule is registered. Default: the clock of the simulation.
        until: The last moment at which a slot may be; or how long after the start.
        params: Of each run; or a function that gives them for a slot.

    Returns:
        When each slot was due (aware, in UTC), and the run's value.

    Raises:
        ValueError: There is not exactly one of ``every`` and ``cron``, or it cannot be read.
        Exception: What a run raises.
    """
    if (every is None) == (cron is None):
        raise ValueError("run_schedule() needs either every= or cron=")
    with ExitStack() as stack:
        world = _surroundings.around[-1]
        if not isinstance(world, World):
            begin = START if start is None else moment(start, START)
            stack.enter_context(simulate(start=begin))
            world = _surroundings.around[-1]
        begin = world.now() if start is None else moment(start, world.now())
        world.wait_until(begin)
        end = moment(until, begin)
        found: list[tuple[datetime, Any]] = []
        slots = (
            _every(every, begin)
            if every is not None
            else Cron(cron or "").after(begin, _zone(timezone))
        )
        for due in slots:
            if due > end:
                break
            world.wait_until(due)
            given = params(due) if callable(params) else params or {}
            found.append((due, workflow(**given)))
        return found


def _every(every: Duration | timedelta, start: datetime) -> Iterator[datetime]:
    step = every if isinstance(every, timedelta) else timedelta(seconds=seconds(every))
    if step <= timedelta(0):
        raise ValueError(f"every={every!r} must be above zero")
    due = start + step
    while True:
        yield due
        due += step


def _zone(name: str) -> tzinfo:
    if name == "UTC":
        return timezone.utc
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{name!r} is not a time zone such as Europe/Rome or UTC") from None
