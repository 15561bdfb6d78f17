"""What an annotation says, without its wrappers, and in which types of JSON its values are written."""

from __future__ import annotations

import json
import typing
from collections import abc
from dataclasses import is_dataclass
from enum import Enum
from typing import Any

from salt_sdk._encode import dumps

NONE = type(None)
_ALL_KINDS = frozenset({NONE, bool, int, float, str, list, dict})


def kinds(hint: Any) -> frozenset[type]:
    """Types of JSON in which values of ``hint`` are written: how a union tells its members apart."""
    hint = bare(hint)
    if hint in (Any, object):
        return _ALL_KINDS
    origin = typing.get_origin(hint)
    if origin is typing.Literal:
        return frozenset(type(plain_form(value)) for value in typing.get_args(hint))
    if is_union(hint):
        return frozenset().union(*(kinds(part) for part in typing.get_args(hint)))
    base = origin or hint
    if base in (NONE, bool, int, float, str):
        return frozenset({base})
    if not isinstance(base, type):
        return _ALL_KINDS
    if issubclass(base, Enum):
        return frozenset(type(plain_form(member)) for member in base)
    if is_dataclass(base) or hasattr(base, "model_validate") or issubclass(base, abc.Mapping):
        return frozenset({dict})
    if issubclass(base, (abc.Set, abc.Sequence)) and not issubclass(base, (str, bytes, bytearray)):
        return frozenset({list})
    for plain in (bool, int, float):
        if issubclass(base, plain):
            return frozenset({plain})
    return frozenset({str})


def plain_form(value: Any) -> Any:
    return json.loads(dumps(value))


def bare(hint: Any) -> Any:
    """Without what says nothing about the type: Annotated, Final, NewType, ``type`` aliases."""
    while True:
        if hasattr(hint, "__metadata__"):
            hint = hint.__origin__
        elif hasattr(hint, "__supertype__"):
            hint = hint.__supertype__
        elif type(hint).__name__ == "TypeAliasType":
            hint = hint.__value__
        elif typing.get_origin(hint) in (typing.Final, typing.ClassVar):
            hint = typing.get_args(hint)[0]
        elif isinstance(hint, typing.TypeVar):
            hint = hint.__bound__ or Any
        else:
            return NONE if hint is None else hint


def is_union(hint: Any) -> bool:
    return typing.get_origin(hint) is typing.Union or type(hint).__name__ == "UnionType"
