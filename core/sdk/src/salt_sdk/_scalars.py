"""Decoders of the simple types: a tree of JSON in, a value out, or ``BadInput``."""

from __future__ import annotations

import base64
import binascii
import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Callable
from uuid import UUID

from salt_sdk._errors import BadInput
from salt_sdk._policy import seconds

NONE = type(None)

Decoder = Callable[[Any], Any]

_FLOATS = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}
_DURATION = re.compile(r"(-?)P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.(\d{1,6}))?S)?)?")
_SHORT_FRACTION = re.compile(r"\.(\d+)")


def _shown(tree: Any) -> str:
    text = repr(tree)
    return text if len(text) <= 60 else text[:57] + "..."


def wants(what: str, tree: Any) -> BadInput:
    return BadInput(f"wants {what}, got {_shown(tree)}")


def _none(tree: Any) -> None:
    if tree is not None:
        raise wants("null", tree)


def _bool(tree: Any) -> bool:
    if type(tree) is not bool:
        raise wants("true or false", tree)
    return tree


def _int(tree: Any) -> int:
    if type(tree) is int:
        return tree
    if type(tree) is float and tree.is_integer():
        return int(tree)
    raise wants("a whole number", tree)


def _float(tree: Any) -> float:
    if type(tree) is float:
        return tree
    if type(tree) is int:
        try:
            return float(tree)
        except OverflowError:
            raise wants("a number that a float can hold", tree) from None
    if type(tree) is str and tree in _FLOATS:
        return _FLOATS[tree]
    raise wants("a number", tree)


def _str(tree: Any) -> str:
    if type(tree) is not str:
        raise wants("a string", tree)
    return tree


def text_as(what: str, read: Callable[[str], Any]) -> Decoder:
    def take(tree: Any) -> Any:
        if type(tree) is str:
            try:
                return read(tree)
            except (ValueError, binascii.Error, InvalidOperation):
                pass
        raise wants(what, tree)

    return take


def _moment(text: str) -> str:
    """What Python 3.9 and 3.10 can read too: no ``Z``, six digits of a second."""
    if text[-1:] in ("Z", "z"):
        text = text[:-1] + "+00:00"
    return _SHORT_FRACTION.sub(lambda found: "." + found[1][:6].ljust(6, "0"), text)


def _timedelta(tree: Any) -> timedelta:
    try:
        if type(tree) in (int, float):
            return timedelta(seconds=tree)
        if type(tree) is str:
            found = _DURATION.fullmatch(tree)
            if found is None or tree.endswith(("P", "T")):
                return timedelta(seconds=seconds(tree))
            sign, days, hours, minutes, whole, fraction = found.groups()
            value = timedelta(
                days=int(days or 0),
                hours=int(hours or 0),
                minutes=int(minutes or 0),
                seconds=int(whole or 0),
                microseconds=int((fraction or "").ljust(6, "0")),
            )
            return -value if sign else value
    except (ValueError, OverflowError):
        pass
    raise wants("a duration such as 'PT90S', '10m' or a number of seconds", tree)


def _decimal(tree: Any) -> Decimal:
    if type(tree) in (int, float, str):
        try:
            return Decimal(str(tree))
        except InvalidOperation:
            pass
    raise wants("a decimal number as a string", tree)


_base64 = text_as("bytes in base64", lambda text: base64.b64decode(text, validate=True))

SIMPLE: dict[Any, Decoder] = {
    NONE: _none,
    bool: _bool,
    int: _int,
    float: _float,
    str: _str,
    date: text_as("a date such as '2026-01-31'", date.fromisoformat),
    datetime: text_as(
        "a moment such as '2026-01-31T12:00:00+00:00'",
        lambda text: datetime.fromisoformat(_moment(text)),
    ),
    time: text_as(
        "a time such as '12:30:00'",
        lambda text: time.fromisoformat(_moment(text)),
    ),
    timedelta: _timedelta,
    Decimal: _decimal,
    UUID: text_as("a UUID", UUID),
    bytes: _base64,
    bytearray: lambda tree: bytearray(_base64(tree)),
}
