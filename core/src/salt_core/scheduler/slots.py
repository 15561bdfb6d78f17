"""Which moments a schedule names. Pure: the present is an argument.

A cron line is an appointment on the clock of its time zone:

* In spring, when the clock skips an hour, what it skipped comes at the first moment after the gap.
* In autumn, when an hour comes twice, an appointment in it is kept once, the first time.
* A line whose hour is ``*`` means every hour that passes: it goes on through the second of the two
  hours, and has nothing to catch up after the gap.

An interval is absolute time, counted from the registration; no clock change touches it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import islice, takewhile
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from salt_core.clock import from_millis, to_millis
from salt_core.model.schedule import Schedule
from salt_core.scheduler.cron import CronLine, parse_cron

_WIDEST_SHIFT = timedelta(hours=26)
"""More than any clock was ever set back or forward (a whole day, when a country changed sides)."""

_FIRST_WINDOW_MS = 60_000


def zone(name: str) -> tzinfo:
    """A time zone by its IANA name.

    Raises:
        ValueError: There is none of that name.
    """
    try:
        return UTC if name == "UTC" else ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"{name!r} is not a time zone such as Europe/Rome or UTC") from error


def next_slot(schedule: Schedule, after: int) -> int | None:
    """The first slot later than ``after`` (Unix ms); ``None``: there is none any more."""
    if schedule.every_s is not None:
        return _next_interval(schedule.next_due, schedule.every_s, after)
    return next_cron(schedule.cron or "", schedule.timezone, after)


def next_cron(line: str, timezone: str, after: int) -> int | None:
    """The first slot of a cron line later than ``after``; both in Unix ms.

    Raises:
        ValueError: The line or the time zone is none.
    """
    cron, where = parse_cron(line), zone(timezone)
    search = _next_real if cron.every_hour else _next_appointment
    try:
        found = search(cron, where, from_millis(after))
    except OverflowError:  # the year 9999
        return None
    return to_millis(found) if found else None


def slots_after(schedule: Schedule, after: int) -> Iterator[int]:
    """Slots later than ``after``, in order."""
    slot = next_slot(schedule, after)
    while slot is not None:
        yield slot
        slot = next_slot(schedule, slot)


def upcoming(schedule: Schedule, now: int, count: int) -> list[int]:
    """The next ``count`` slots that will fire: from the cursor on, none in the past."""
    return list(islice(slots_after(schedule, max(now, schedule.next_due - 1)), count))


def latest_slots(schedule: Schedule, until: int, count: int) -> list[int]:
    """The newest ``count`` slots from the cursor to ``until``, in order.

    Looks back in growing windows: what it costs grows with ``count``, not with the length of an
    outage.
    """
    window = _FIRST_WINDOW_MS
    while True:
        start = max(schedule.next_due, until - window)
        found = list(takewhile(lambda slot: slot <= until, slots_after(schedule, start - 1)))
        if len(found) >= count or start == schedule.next_due:
            return found[-count:]
        window *= 4


def _next_interval(anchor: int, every_s: float, after: int) -> int:
    # Whole milliseconds: APScheduler's interval divides floats, and now and then rounds past a slot.
    every = round(every_s * 1000)
    return anchor + ((after - anchor) // every + 1) * every


def _next_appointment(cron: CronLine, where: tzinfo, after: datetime) -> datetime | None:
    wall: datetime | None = after.astimezone(where).replace(tzinfo=None)
    while wall is not None:
        wall = cron.next_wall(wall)
        if wall is not None and (moment := _moment(wall, where)) > after:
            return moment
    return None


def _next_real(cron: CronLine, where: tzinfo, after: datetime) -> datetime | None:
    """Slots of every hour that passes, also of one that the clock shows a second time."""
    start, inclusive = after, False
    while True:
        offset = _offset(start, where)
        wall = cron.next_wall((start + offset).replace(tzinfo=None), inclusive=inclusive)
        if wall is None:
            return None
        naive = wall.replace(tzinfo=UTC)
        found = naive - offset
        change = _change(where, start, min(found, start + _WIDEST_SHIFT))
        if change is not None:
            start, inclusive = change, True
        elif found <= start + _WIDEST_SHIFT:
            return found
        else:
            # No face between here and `wall` matches, so a change far from both alters nothing.
            start, inclusive = max(start + _WIDEST_SHIFT, naive - _WIDEST_SHIFT), False


def _offset(moment: datetime, where: tzinfo) -> timedelta:
    return moment.astimezone(where).utcoffset() or timedelta()


def _moment(wall: datetime, where: tzinfo) -> datetime:
    """When the clock shows ``wall``: the first time; or the first moment after the gap it is in."""
    first = wall.replace(tzinfo=where, fold=0).astimezone(UTC)
    if first.astimezone(where).replace(tzinfo=None) == wall:
        return first
    before = wall.replace(tzinfo=where, fold=1).astimezone(UTC)
    return _change(where, before, first) or first


def _change(where: tzinfo, start: datetime, end: datetime) -> datetime | None:
    """The first moment in ``(start, end]`` at which the clock was set, to the second."""
    low = start
    while low < end:
        high = min(low + timedelta(hours=1), end)
        if _offset(high, where) != _offset(low, where):
            return _bisect(where, low, high)
        low = high
    return None


def _bisect(where: tzinfo, low: datetime, high: datetime) -> datetime:
    old = _offset(low, where)
    first, last = int(low.timestamp()), int(high.timestamp())
    if _offset(datetime.fromtimestamp(last, UTC), where) == old:
        last += 1
    while last - first > 1:
        middle = (first + last) // 2
        if _offset(datetime.fromtimestamp(middle, UTC), where) == old:
            first = middle
        else:
            last = middle
    return datetime.fromtimestamp(last, UTC)
