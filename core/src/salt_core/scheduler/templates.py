"""``{{ due | date }}`` in the parameters of a schedule: names and filters, and no code.

A string that is one template keeps the template's type (``epoch`` is a number); templates inside
other text become text.

    names    due       the slot's moment           schedule   the schedule's id
             previous  the slot before (or null)   workflow   the workflow's name
    filters  (none)    ISO 8601 in UTC             date       2026-01-31, in the schedule's zone
             local     ISO 8601 in the schedule's zone
             epoch     Unix seconds                plus 1d, minus 2h    another moment
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from salt_core.clock import parse_duration

Json = object
_TEMPLATE = re.compile(r"\{\{\s*(.*?)\s*\}\}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment, and the time zone in which people speak of it."""

    at: datetime
    zone: tzinfo

    def text(self) -> str:
        """ISO 8601 in UTC; the milliseconds only where there are any."""
        spec = "milliseconds" if self.at.microsecond else "seconds"
        return self.at.astimezone(UTC).isoformat(timespec=spec).replace("+00:00", "Z")


Value = Moment | str | int | None


def render(params: Json, names: Mapping[str, Value]) -> Json:
    """``params`` with every template in it filled in.

    Raises:
        ValueError: A template names something that there is not; says what there is.
    """
    if isinstance(params, str):
        return _string(params, names)
    if isinstance(params, list):
        return [render(each, names) for each in params]
    if isinstance(params, dict):
        return {key: render(each, names) for key, each in params.items()}
    return params


def _string(text: str, names: Mapping[str, Value]) -> Json:
    if (whole := _TEMPLATE.fullmatch(text)) and "}}" not in whole[1]:
        return _plain(_evaluate(whole[1], names))
    return _TEMPLATE.sub(lambda found: _text(_plain(_evaluate(found[1], names))), text)


def _plain(value: Value) -> str | int | None:
    return value.text() if isinstance(value, Moment) else value


def _text(value: str | int | None) -> str:
    return "" if value is None else str(value)


def _evaluate(expression: str, names: Mapping[str, Value]) -> Value:
    name, *filters = (part.strip() for part in expression.split("|"))
    if name not in names:
        raise ValueError(f"{{{{ {expression} }}}}: there is no {name!r}; there are {_list(names)}")
    value = names[name]
    for each in filters:
        value = _filter(value, each, expression)
    return value


def _filter(value: Value, text: str, expression: str) -> Value:
    name, _, argument = text.partition(" ")
    if value is None:
        return None
    if name not in _FILTERS:
        raise ValueError(
            f"{{{{ {expression} }}}}: there is no filter {name!r}; there are {_list(_FILTERS)}"
        )
    if not isinstance(value, Moment):
        raise ValueError(  # noqa: TRY004 - what a user wrote
            f"{{{{ {expression} }}}}: {name!r} needs a moment such as due"
        )
    if bool(argument.strip()) != (name in ("plus", "minus")):
        wants = "a duration such as 1d" if not argument else "no argument"
        raise ValueError(f"{{{{ {expression} }}}}: {name!r} takes {wants}")
    local = value.at.astimezone(value.zone)
    match name:
        case "date":
            return local.date().isoformat()
        case "local":
            return local.isoformat(timespec="seconds")
        case "epoch":
            return int(value.at.timestamp())
        case _:
            step = _step(argument)
            # A day is a day on the clock of the zone, also when that has 23 or 25 hours.
            moved = local + (step if name == "plus" else -step)
            return Moment(moved.astimezone(UTC), value.zone)


_FILTERS = ("date", "local", "epoch", "plus", "minus")


def _step(text: str) -> timedelta:
    return timedelta(seconds=parse_duration(text))


def _list(names: Mapping[str, Value] | tuple[str, ...]) -> str:
    return ", ".join(names)
