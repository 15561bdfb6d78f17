"""Cron lines: what five fields mean on a clock face, with no time zone yet.

APScheduler's trigger finds the matching moments; two of its rules are not cron's and are put right
here: it counts weekdays from Monday (cron: 0 and 7 are Sunday), and it asks for both the day of the
month and the weekday where cron asks for either.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from apscheduler.triggers.cron import CronTrigger  # type: ignore[import-untyped]

_FIELDS = ("minute", "hour", "day", "month", "day_of_week")
_LIMITS = {
    "minute": (0, 59),
    "hour": (0, 23),
    "day": (1, 31),
    "month": (1, 12),
    "day_of_week": (0, 7),
}
_NAMES = {
    "month": ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
    "day_of_week": ["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
}
_FIRST_NAMED = {"month": 1, "day_of_week": 0}
_ITEM = re.compile(r"(?:(\*)|(\w+)(?:-(\w+))?)(?:/(\d+))?")
_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class CronLine:
    """A cron line that was understood.

    Attributes:
        text: Five fields, as written, with single spaces.
        every_hour: The hour is ``*``: the line means every hour that passes, not hours of the clock.
    """

    text: str
    every_hour: bool
    _triggers: tuple[CronTrigger, ...]

    def next_wall(self, wall: datetime, *, inclusive: bool = False) -> datetime | None:
        """The first matching face of the clock after ``wall`` (or at it); both are naive."""
        start = wall.replace(tzinfo=UTC)
        if not inclusive:
            start += _TICK
        found = [trigger.get_next_fire_time(None, start) for trigger in self._triggers]
        return min((each.replace(tzinfo=None) for each in found if each), default=None)


def _number(text: str, field: str) -> int:
    low, high = _LIMITS[field]
    names = _NAMES.get(field, [])
    if text.lower() in names:
        return names.index(text.lower()) + _FIRST_NAMED[field]
    if not text.isdigit():
        raise ValueError(f"{text!r} is not a {field.replace('_', ' ')}")
    if not low <= int(text) <= high:
        raise ValueError(f"{field.replace('_', ' ')} {text} is not between {low} and {high}")
    return int(text)


def _values(text: str, field: str) -> list[int] | None:
    """The numbers that a field allows, sorted; ``None``: all of them."""
    low, high = _LIMITS[field]
    if field == "day_of_week":
        high = 6
    chosen: set[int] = set()
    for item in text.split(","):
        found = _ITEM.fullmatch(item)
        if found is None:
            raise ValueError(f"{item!r} is not a {field.replace('_', ' ')}")
        star, first, last, step = found.groups()
        if step is not None and int(step) == 0:
            raise ValueError(f"the step in {item!r} is 0")
        if star:
            begin, end = low, high
        else:
            begin = _number(first, field)
            end = _number(last, field) if last else (high if step else begin)
        if begin > end:
            raise ValueError(f"{item!r} runs backwards")
        chosen.update(range(begin, end + 1, int(step or 1)))
    if field == "day_of_week":
        chosen = {day % 7 for day in chosen}
    return None if len(chosen) == high - low + 1 else sorted(chosen)


def _trigger(values: dict[str, list[int] | None]) -> CronTrigger:
    fields: dict[str, str] = {}
    for name, numbers in values.items():
        if numbers is None:
            fields[name] = "*"
        elif name == "day_of_week":
            fields[name] = ",".join(_NAMES[name][number] for number in numbers)
        else:
            fields[name] = ",".join(map(str, numbers))
    return CronTrigger(**fields, second="0", timezone=UTC)


@lru_cache(maxsize=512)
def parse_cron(line: str) -> CronLine:
    """Understand a cron line of five fields.

    Raises:
        ValueError: It is none, or names no day that exists; says which field and why.
    """
    parts = line.split()
    if len(parts) != len(_FIELDS):
        raise ValueError(
            f"a cron line has five fields (minute hour day month weekday), this has {len(parts)}"
        )
    values = {name: _values(part, name) for name, part in zip(_FIELDS, parts, strict=True)}
    # cron's own rule: a field that begins with a star does not restrict on its own
    restricted = [name for name in ("day", "day_of_week") if not _starred(name, parts)]
    if len(restricted) == 2:
        either = [{**values, "day_of_week": None}, {**values, "day": None}]
    else:
        either = [values]
    # Four years that hold a 29 February: what has no slot in them never has one.
    probe, until = datetime(2024, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)
    triggers = []
    for each in either:
        trigger = _trigger(each)
        trigger.end_date = until
        if trigger.get_next_fire_time(None, probe) is not None:
            trigger.end_date = None
            triggers.append(trigger)
    if not triggers:
        raise ValueError("no such day ever comes")
    return CronLine(" ".join(parts), values["hour"] is None, tuple(triggers))


def _starred(name: str, parts: list[str]) -> bool:
    return parts[_FIELDS.index(name)].startswith("*")
