"""Whether a cron line can be meant: five fields, standard words, at least one possible day."""

from __future__ import annotations

import re

_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
_LONGEST = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
"""Days of each month, in a leap year."""

_FIELDS: tuple[tuple[str, int, int, list[str]], ...] = (
    ("minute", 0, 59, []),
    ("hour", 0, 23, []),
    ("day of the month", 1, 31, []),
    ("month", 1, 12, _MONTHS),
    ("day of the week", 0, 7, _DAYS),
)
_PART = re.compile(r"(?:(\*)|(\w+)(?:-(\w+))?)(?:/(\d+))?", re.ASCII)


def check_cron(line: str) -> str:
    """``line`` itself, with single spaces.

    Raises:
        ValueError: It is not a cron line; says which field and why.
    """
    fields = line.split()
    if len(fields) != len(_FIELDS):
        raise ValueError(
            f"a cron line has five fields (minute, hour, day, month, day of the week), "
            f"and {line!r} has {len(fields)}"
        )
    named = zip(_FIELDS, fields, strict=True)
    values = [_values(text, *field) for field, text in named]
    if fields[4] == "*" and min(values[2]) > max(_LONGEST[month - 1] for month in values[3]):
        raise ValueError(f"{line!r} never comes: no such month has that day")
    return " ".join(fields)


def _values(text: str, name: str, low: int, high: int, words: list[str]) -> set[int]:
    """The numbers that one field stands for."""
    chosen: set[int] = set()
    for part in text.split(","):
        found = _PART.fullmatch(part)
        if found is None:
            raise ValueError(f"{part!r} is not a {name}")
        star, first, last, step = found.groups()
        begin = low if star else _number(first, name, low, high, words)
        end = high if star or (step and not last) else begin
        if last:
            end = _number(last, name, low, high, words)
        if end < begin:
            raise ValueError(f"the {name} {part!r} runs backwards")
        if step is not None and int(step) == 0:
            raise ValueError(f"the {name} {part!r} has a step of 0")
        chosen.update(range(begin, end + 1, int(step or 1)))
    return chosen


def _number(text: str, name: str, low: int, high: int, words: list[str]) -> int:
    if text.lower() in words:
        return words.index(text.lower()) + (1 if words is _MONTHS else 0)
    if not text.isdigit():
        raise ValueError(f"{text!r} is not a {name}")
    if not low <= int(text) <= high:
        raise ValueError(f"the {name} {text} is not between {low} and {high}")
    return int(text)
