"""Limits by name: how many tasks may run at once, and how many may start in a time.

A name, and a key of fairness, may hold arguments of the call: ``api:{customer}``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from pathlib import PurePath
from string import Formatter
from typing import Any
from uuid import UUID

from salt_sdk._errors import BadInput

_RATE = re.compile(r"(\d+)\s*/\s*(\d+(?:\.\d+)?)?\s*(ms|s|m|h|d)")
UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PLAIN = (str, int, float, Decimal, UUID, date, PurePath)


@dataclass(frozen=True)
class Limit:
    """A limit that every task of that name shares, of whatever workflow.

    Attributes:
        name: May hold arguments of the call: ``api:{customer}``.
        at_once: Most that run at the same time.
        rate: Most that start in any window of a time: ``"50/s"``, ``"100/10s"``, ``"3/h"``.

    With neither ``at_once`` nor ``rate`` one runs at a time.

    Raises:
        ValueError: A part is not as above; names it.
    """

    name: str
    at_once: int | None = None
    rate: str | None = None

    def __post_init__(self) -> None:
        names_in(self.name, f"Limit {self.name!r}")
        if self.at_once is not None and (type(self.at_once) is not int or self.at_once < 1):
            raise ValueError(f"Limit {self.name!r}: at_once={self.at_once!r} must be 1 or more")
        if self.rate is not None:
            self.window()

    def window(self) -> tuple[int, float]:
        """``rate`` as a number of starts, and seconds."""
        found = _RATE.fullmatch(self.rate.strip()) if isinstance(self.rate, str) else None
        if found is not None:
            most, span = int(found[1]), float(found[2] or 1) * UNITS[found[3]]
            if most > 0 and span > 0:
                return most, span
        raise ValueError(
            f"Limit {self.name!r}: rate={self.rate!r} must be like '50/s' or '100/10m'"
        )

    def wire(self, name: str) -> dict[str, Any]:
        """As POLICY of WIRE.md has it, under a name that is filled in."""
        limit: dict[str, Any] = {"name": name}
        if self.at_once is not None or self.rate is None:
            limit["at_once"] = self.at_once or 1
        if self.rate is not None:
            limit["rate"] = list(self.window())
        return limit


def names_in(template: object, who: str) -> list[str]:
    """The arguments that a name refers to.

    Raises:
        ValueError: It is no text, is empty, or what is in braces is no name.
    """
    if not (isinstance(template, str) and template and template.isprintable()):
        raise ValueError(f"{who}: {template!r} must be some printable text")
    try:
        parts = list(Formatter().parse(template))
    except ValueError as error:
        raise ValueError(f"{who}: {template!r} cannot be read: {error}") from None
    found = []
    for _, name, form, conversion in parts:
        if name is None:
            continue
        if not name.isidentifier() or form or conversion:
            raise ValueError(f"{who}: {template!r} may hold names of arguments only, as '{{name}}'")
        found.append(name)
    return found


def fill(template: str, arguments: Mapping[str, Any], who: str) -> str:
    """``template`` with the arguments of one call.

    Raises:
        BadInput: One is a future, or no plain value.
    """
    if "{" not in template and "}" not in template:
        return template
    values = {
        name: _text(name, arguments.get(name), f"{who}: {template!r}")
        for name in names_in(template, who)
    }
    return template.format_map(values)


def _text(name: str, value: Any, where: str) -> str:
    if hasattr(type(value), "_salt_future"):
        raise BadInput(
            f"{where} needs the value of {name!r} when the call is made, and {name!r} is a future; "
            "pass its result() instead"
        )
    if isinstance(value, Enum):
        value = value.value
    if value is not None and not isinstance(value, _PLAIN):
        raise BadInput(
            f"{where} needs a plain value such as text or a number for {name!r}, "
            f"not a {type(value).__name__}"
        )
    return str(value)
