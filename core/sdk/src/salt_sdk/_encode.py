"""A Python value as JSON text. The value alone tells how: no annotation is needed here."""

from __future__ import annotations

import base64
import json
import math
from collections import deque
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import PurePath
from typing import Any, Callable
from uuid import UUID

from salt_sdk import _codecs, _data
from salt_sdk._errors import NotSendable

OnFuture = Callable[[Any], Any]
"""What stands for a future: called with it, gives a tree of JSON."""

_COMPACT = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode
_ASCII = json.JSONEncoder(ensure_ascii=True, allow_nan=False, separators=(",", ":")).encode

_KNOWN = (
    "None, bool, int, float, str, bytes, list, tuple, set, dict, dataclasses, NamedTuple, Enum, "
    "datetime, Decimal, UUID, Path, pydantic models, numpy arrays, frames of data, File and types "
    "with a codec can be sent"
)


def dumps(value: Any, on_future: OnFuture | None = None, data: list[str] | None = None) -> str:
    """JSON text of ``value``; always standard JSON, always encodable as UTF-8.

    Args:
        data: Takes the sha256 of each data file that was made for it; ``None``: none is made, and
            bytes of any size are in the text.

    Raises:
        NotSendable: Some part of it has no form in JSON; says which, of what type.
    """
    try:
        return write(_Encoder(on_future, data).tree(value))
    except RecursionError:
        raise NotSendable("a value that contains itself, or is nested too deep") from None


def write(tree: Any) -> str:
    """JSON text of what is JSON already."""
    try:
        text = _COMPACT(tree)
    except ValueError as error:  # an int of thousands of digits
        raise NotSendable(str(error)) from None
    try:
        text.encode()
    except UnicodeEncodeError:  # lone surrogates, as in the name of an odd file
        return _ASCII(tree)
    return text


def special_float(value: float) -> str:
    """NaN and the infinities: standard JSON has none, so they travel as strings."""
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"


def duration(value: timedelta) -> str:
    """ISO 8601, exact to the microsecond."""
    sign = "-" if value < timedelta(0) else ""
    value = abs(value)
    text = f"{sign}P{value.days}DT{value.seconds}"
    return f"{text}.{value.microseconds:06}S" if value.microseconds else f"{text}S"


class _Encoder:
    def __init__(self, on_future: OnFuture | None, data: list[str] | None) -> None:
        self.on_future = on_future
        self.data = data

    def tree(self, value: Any) -> Any:
        kind = type(value)
        if kind is str or kind is int or kind is bool or value is None:
            return value
        if kind is float:
            return value if math.isfinite(value) else special_float(value)
        if kind is list or kind is tuple:
            return self.items(value)
        if kind is dict:
            return self.mapping(value)
        return self.other(value)

    def items(self, values: Any) -> list[Any]:
        out: list[Any] = []
        try:
            for value in values:
                out.append(self.tree(value))
        except NotSendable as error:
            raise error.at(f"[{len(out)}]") from None
        return out

    def mapping(self, value: Any) -> dict[str, Any]:
        out: dict[str, Any] = {}
        for key, item in value.items():
            name = key if type(key) is str else self.key(key)
            if name.startswith("$"):
                name = "$" + name
            if name in out:
                raise NotSendable(f"two keys are written as {name!r}")
            try:
                out[name] = self.tree(item)
            except NotSendable as error:
                raise error.at(f"[{key!r}]") from None
        return out

    def key(self, key: Any) -> str:
        if isinstance(key, bytes):
            return base64.b64encode(key).decode("ascii")
        try:
            tree = self.tree(key)
        except NotSendable as error:
            raise error.at(f"[key {key!r}]") from None
        if isinstance(tree, dict) and ("$data" in tree or "$bytes" in tree):
            raise NotSendable(f"a value of type {type_name(type(key))} cannot be a key")
        return tree if isinstance(tree, str) else write(tree)

    def other(self, value: Any) -> Any:
        kind = type(value)
        if hasattr(kind, "_salt_future"):
            if self.on_future is None:
                raise NotSendable("a future; ask it for its result()")
            return self.on_future(value)
        codec = _codecs.of_class(kind)
        if codec is not None:
            return self.coded(codec.encode(value))
        if isinstance(value, Enum):
            return self.tree(value.value)
        if is_dataclass(value) and not isinstance(value, type):
            return self.dataclass(value)
        if hasattr(kind, "model_dump"):
            return self.tree(value.model_dump(mode="json"))
        simple = self.scalar(value)
        if simple is not None:
            return simple[0]
        if isinstance(value, (tuple, list, deque)):
            return self.items(value)
        if isinstance(value, Mapping):
            return self.mapping(value)
        if isinstance(value, (set, frozenset)):
            # Sorted by their text: the same set is always the same JSON.
            return sorted(self.items(value), key=write)
        hint = next((way for way in ("to_frame", "tolist", "collect") if hasattr(value, way)), None)
        if hint is not None:  # a column of data, an index, a lazy frame
            raise NotSendable(
                f"a value of type {type_name(kind)} cannot be sent; what its {hint}() gives can"
            )
        raise NotSendable(f"a value of type {type_name(kind)} cannot be sent; {_KNOWN}")

    def coded(self, form: Any) -> Any:
        """What a codec gave: bytes that are still to be written, bytes that are, or a value."""
        if isinstance(form, _data.Data):
            return form.tree()
        if not isinstance(form, _codecs.Written):
            return self.tree(form)
        sink = _data.Sink(self.data)
        try:
            form.write(sink)
            return sink.finish(form.codec, dict(form.more))
        except BaseException:
            sink.drop()
            raise

    def dataclass(self, value: Any) -> dict[str, Any]:
        out: dict[str, Any] = {}
        for field in fields(value):
            if not field.init:
                continue  # made again by __post_init__
            try:
                out[field.name] = self.tree(getattr(value, field.name))
            except NotSendable as error:
                raise error.at(f".{field.name}") from None
        return out

    def scalar(self, value: Any) -> list[Any] | None:
        """A list of one tree, or ``None`` when ``value`` is not a scalar that is known."""
        if isinstance(value, datetime):
            text = value.isoformat()
            return [None if text == "NaT" else text]  # pandas' missing time is a datetime
        if isinstance(value, (date, time)):
            return [value.isoformat()]
        if isinstance(value, timedelta):
            return [duration(value)]
        if isinstance(value, (Decimal, UUID, PurePath)):
            return [str(value)]
        if isinstance(value, (bytes, bytearray, memoryview)):
            if isinstance(value, memoryview):
                value = value.cast("B") if value.c_contiguous else value.tobytes()
            if self.data is not None and len(value) >= _data.INLINE_LIMIT and _data.files():
                return [self.coded(_codecs.of_bytes(value))]
            return [base64.b64encode(value).decode("ascii")]
        if isinstance(value, str):
            return [str.__str__(value)]
        if isinstance(value, int):
            return [int(value)]
        if isinstance(value, float):
            return [self.tree(float(value))]
        if type(value).__module__.partition(".")[0] == "numpy" and getattr(value, "shape", 0) == ():
            plain = value.item()
            return None if type(plain) is type(value) else [self.tree(plain)]
        return None


def type_name(kind: type) -> str:
    if kind.__module__ == "builtins":
        return kind.__qualname__
    return f"{kind.__module__}.{kind.__qualname__}"
