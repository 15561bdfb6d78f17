"""Which moments a cron line names: the same rules as the scheduler's, for tests.

A line is an appointment on the clock of its time zone: what the clock skips in spring comes right
after the gap; in autumn the first of two equal faces counts. A line whose hour is ``*`` means every
hour that passes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone, tzinfo

_FIELDS = [
    ("minute", 0, 59, []),
    ("hour", 0, 23, []),
    ("day", 1, 31, []),
    (
        "month",
        1,
        12,
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
    ),
    ("weekday", 0, 7, ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]),
]
_ITEM = re.compile(r"(?:(\*)|(\w+)(?:-(\w+))?)(?:/(\d+))?")
_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
_LONGEST = 28 * 366
"""Days in which every date comes on every weekday."""


class Cron:
    """A cron line of five fields.

    Raises:
        ValueError: It is none; says which field and why.
    """

    def __init__(self, line: str) -> None:
        parts = line.split()
        if len(parts) != len(_FIELDS):
            raise ValueError(
                "a cron line has five fields (minute hour day month weekday), "
                f"this has {len(parts)}"
            )
        found = [_values(part, *field) for part, field in zip(parts, _FIELDS)]
        self._minutes, self._hours, self._days, self._months, weekdays = found
        self._weekdays = {day % 7 for day in weekdays}
        self._either = not parts[2].startswith("*") and not parts[4].startswith("*")
        self._every_hour = len(self._hours) == 24

    def after(self, moment: datetime, zone: tzinfo) -> Iterator[datetime]:
        """The moments later than ``moment``, aware and in UTC, in order."""
        return self._passing(moment, zone) if self._every_hour else self._faces(moment, zone)

    def _day(self, wall: datetime) -> bool:
        weekday = (wall.weekday() + 1) % 7 in self._weekdays
        day = wall.day in self._days
        return wall.month in self._months and (
            (day or weekday) if self._either else (day and weekday)
        )

    def _faces(self, moment: datetime, zone: tzinfo) -> Iterator[datetime]:
        day = moment.astimezone(zone).replace(
            tzinfo=None, hour=0, minute=0, second=0, microsecond=0
        )
        last, empty = moment, 0
        while empty < _LONGEST:
            empty += 1
            if self._day(day):
                for hour in sorted(self._hours):
                    for minute in sorted(self._minutes):
                        found = _real(day.replace(hour=hour, minute=minute), zone)
                        if found > last:
                            last, empty = found, 0
                            yield found
            day += _DAY

    def _passing(self, moment: datetime, zone: tzinfo) -> Iterator[datetime]:
        at = moment.astimezone(timezone.utc).replace(second=0, microsecond=0) + _MINUTE
        end = at + _LONGEST * _DAY
        while at < end:
            wall = at.astimezone(zone)
            if not self._day(wall):
                at += _HOUR - _MINUTE * wall.minute
            else:
                if wall.minute in self._minutes:
                    yield at
                    end = at + _LONGEST * _DAY
                at += _MINUTE


def _real(wall: datetime, zone: tzinfo) -> datetime:
    """When a clock shows ``wall`` for the first time; or the first moment after the gap it is in."""
    found = wall.replace(tzinfo=zone).astimezone(timezone.utc)
    shown = found.astimezone(zone).replace(tzinfo=None)
    if shown > wall:
        offset = found.astimezone(zone).utcoffset()
        while (found - _MINUTE).astimezone(zone).utcoffset() == offset:
            found -= _MINUTE
    return found


def _values(text: str, field: str, low: int, high: int, names: list[str]) -> set[int]:
    chosen: set[int] = set()
    for item in text.split(","):
        found = _ITEM.fullmatch(item)
        if found is None:
            raise ValueError(f"{item!r} is not a {field}")
        star, first, last, step = found.groups()
        if step is not None and int(step) == 0:
            raise ValueError(f"the step in {item!r} is 0")
        top = 6 if field == "weekday" else high
        if star:
            begin, end = low, top
        else:
            begin = _number(first, field, low, high, names)
            end = _number(last, field, low, high, names) if last else (top if step else begin)
        if begin > end:
            raise ValueError(f"{item!r} runs backwards")
        chosen.update(range(begin, end + 1, int(step or 1)))
    return chosen


def _number(text: str, field: str, low: int, high: int, names: list[str]) -> int:
    if text.lower() in names:
        return names.index(text.lower()) + (1 if field == "month" else 0)
    if not text.isdigit():
        raise ValueError(f"{text!r} is not a {field}")
    if not low <= int(text) <= high:
        raise ValueError(f"{field} {text} is not between {low} and {high}")
    return int(text)
