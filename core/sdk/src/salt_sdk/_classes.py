"""Fields of dataclasses, NamedTuples and TypedDicts: their types, and which must be given."""

from __future__ import annotations

import typing
from dataclasses import MISSING, fields, is_dataclass
from typing import Any

from salt_sdk import _hints

_MARKS = ("Required", "NotRequired", "ReadOnly")


def is_typed_dict(base: Any) -> bool:
    return isinstance(base, type) and issubclass(base, dict) and hasattr(base, "__total__")


def field_hints(hint: Any) -> dict[str, Any]:
    """Type of each field that can be given, with type variables filled in.

    Raises:
        Unresolved: An annotation cannot be read.
    """
    base = typing.get_origin(hint) or hint
    found = _hints.of_class(base)
    if is_dataclass(base):
        found = {field.name: found[field.name] for field in fields(base) if field.init}
    elif hasattr(base, "_fields"):
        found = {name: found.get(name, Any) for name in base._fields}
    elif is_typed_dict(base):
        found = {name: _unmarked(part) for name, part in found.items()}
    bound = _hints.bindings(hint)
    return {name: _hints.substitute(part, bound) for name, part in found.items()}


def required_fields(base: Any) -> list[str]:
    """Fields without a default, in order."""
    if is_dataclass(base):
        return [
            field.name
            for field in fields(base)
            if field.init and field.default is MISSING and field.default_factory is MISSING
        ]
    if is_typed_dict(base):
        return _required_keys(base)
    return [name for name in base._fields if name not in base._field_defaults]


def _mark(hint: Any) -> str:
    return str(typing.get_origin(hint)).rpartition(".")[2]


def _unmarked(hint: Any) -> Any:
    """``Required[X]``, ``NotRequired[X]`` and ``ReadOnly[X]`` of a TypedDict as ``X``."""
    while _mark(hint) in _MARKS:
        hint = typing.get_args(hint)[0]
    return hint


def _required_keys(base: Any) -> list[str]:
    """Also where annotations are strings (PEP 563), which Python itself cannot tell."""
    keys = set(base.__required_keys__)
    for name, hint in _hints.of_class(base).items():
        if _mark(hint) == "NotRequired":
            keys.discard(name)
        elif _mark(hint) == "Required":
            keys.add(name)
    return sorted(keys)
