"""Whether a value can be read as an annotation says, judged where the value was made.

What has the very types that the annotation names fits at first sight, and most values do. Else the
parts are looked at one by one, down to those that are simple: these are written as JSON and read
again, which is what decides (numpy's number for an ``int``, text for a date).
"""

from __future__ import annotations

import typing
from collections import abc
from collections.abc import Iterable
from dataclasses import is_dataclass
from enum import Enum
from typing import Any, Callable

from salt_sdk import _codecs
from salt_sdk._classes import field_hints, is_typed_dict, required_fields
from salt_sdk._decode import decoder, hint_name, loads
from salt_sdk._encode import dumps, type_name
from salt_sdk._errors import BadInput, NotSendable
from salt_sdk._file import File
from salt_sdk._kinds import NONE, bare, is_union
from salt_sdk._scalars import SIMPLE

Fit = Callable[[Any], bool]
"""Whether a value fits at first sight; ``False``: it has to be looked at closer."""

_cache: dict[Any, Fit] = {}
_LISTS = (list, tuple, set, frozenset, abc.Set, abc.Sequence)
_BYTES = (bytes, bytearray)


def check(hint: Any, value: Any) -> None:
    """Nothing, when ``value`` can be read as ``hint``.

    Raises:
        BadInput: It cannot; says where, what is wanted, and the type that was given.
    """
    if _fit(hint)(value):
        return
    hint = bare(hint)
    if is_union(hint):
        _union(hint, value)
        return
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    base = origin or hint
    if isinstance(base, type):
        codec = _codecs.of_class(base)
        if codec is not None:
            _coded(codec, base, value)
            return
        if base in _BYTES and isinstance(value, (*_BYTES, memoryview, File)):
            return
        if is_dataclass(base) and isinstance(value, base):
            for name, part in field_hints(hint).items():
                _part(f".{name}", part, getattr(value, name))
            return
        if _is_record(base) and isinstance(value, (tuple, dict)):
            _record(hint, base, value)
            return
        if base is tuple and args and args[-1] is not ... and isinstance(value, (tuple, list)):
            wanted = [part for part in args if part != ()]
            if len(wanted) != len(value):
                raise BadInput(f"has {len(value)} parts, {hint_name(hint)} has {len(wanted)}")
            for number, (part, one) in enumerate(zip(wanted, value)):
                _part(f"[{number}]", part, one)
            return
        if issubclass(base, abc.Mapping) and isinstance(value, abc.Mapping):
            _mapping(args, value)
            return
        if _is_list(base) and isinstance(value, _LISTS) and not isinstance(value, (str, *_BYTES)):
            for number, one in enumerate(value):
                _part(f"[{number}]", args[0] if args else Any, one)
            return
    _read_back(hint, value)


def _part(step: str, hint: Any, value: Any) -> None:
    try:
        check(hint, value)
    except BadInput as error:
        raise error.at(step) from None


def _union(hint: Any, value: Any) -> None:
    members = typing.get_args(hint)
    first: BadInput | None = None
    for member in members:
        try:
            check(member, value)
        except BadInput as error:
            first = error if first is None and member is not NONE else first
        else:
            return
    if first is not None and len([member for member in members if member is not NONE]) == 1:
        raise first
    raise BadInput(f"a value of type {type_name(type(value))} does not fit {hint_name(hint)}")


def _coded(codec: _codecs.Codec, base: type, value: Any) -> None:
    """Any frame can be read as any other kind of frame; else the class decides."""
    given = _codecs.of_class(type(value))
    if not isinstance(value, base) and (
        given is None or codec.name != given.name or codec.name != "parquet"
    ):
        raise BadInput(f"a value of type {type_name(type(value))} does not fit {hint_name(base)}")


def _is_record(base: type) -> bool:
    return is_typed_dict(base) or hasattr(base, "_fields")


def _record(hint: Any, base: Any, value: Any) -> None:
    """NamedTuples and TypedDicts: their fields, if they have the right ones."""
    hints = field_hints(hint)
    given = dict(zip(hints, value)) if isinstance(value, tuple) else value
    whole = len(hints) == len(value) if isinstance(value, tuple) else set(given) <= set(hints)
    if not whole or (is_typed_dict(base) and any(k not in given for k in required_fields(base))):
        _read_back(hint, value)
        return
    for name, part in given.items():
        _part(f".{name}", hints[name], part)


def _mapping(args: tuple[Any, ...], value: Any) -> None:
    if len(args) != 2:
        return
    for key, one in value.items():
        if not _fit(args[0])(key):
            _part(f"[key {key!r}]", args[0], key)
        _part(f"[{key!r}]", args[1], one)


def _is_list(base: type) -> bool:
    if issubclass(base, (str, *_BYTES)):
        return False
    return issubclass(base, (abc.Set, abc.Sequence)) or base in (abc.Iterable, abc.Collection)


def _read_back(hint: Any, value: Any) -> None:
    if _codecs.is_built_in(type(value)):  # bytes, and many of them
        raise BadInput(f"a value of type {type_name(type(value))} does not fit {hint_name(hint)}")
    try:
        decoder(hint)(loads(dumps(value)))
    except (BadInput, NotSendable) as error:
        raise BadInput(
            f"a value of type {type_name(type(value))} does not fit {hint_name(hint)}: "
            f"{error.message}",
            error.path,
        ) from None


def _fit(hint: Any) -> Fit:
    try:
        found = _cache.get(hint)
        if found is None:
            found = _cache[hint] = _make(hint)
        return found
    except TypeError:  # an annotation that cannot be hashed
        return _make(hint)


def _yes(value: Any) -> bool:
    return True


def _never(value: Any) -> bool:
    return False


def _make(hint: Any) -> Fit:
    hint = bare(hint)
    if hint in (Any, object):
        return _yes
    try:
        decoder(hint)
    except BadInput:  # no JSON can become one: who reads the value says so
        return _yes
    if is_union(hint):
        members = [_fit(part) for part in typing.get_args(hint)]
        return lambda value: any(fit(value) for fit in members)
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    base = origin or hint
    if not isinstance(base, type):
        return _never
    if base in SIMPLE:
        kinds = _kinds(base)
        return lambda value: type(value) in kinds
    if _codecs.of_class(base) is not None or issubclass(base, Enum):
        return lambda value: isinstance(value, base)
    if hasattr(base, "model_validate"):
        return lambda value: isinstance(value, base)
    if is_dataclass(base):
        return _of_fields(base, hint)
    if base in (list, set, frozenset):
        each = _all(args[0] if args else Any)
        return lambda value: type(value) is base and each(value)
    if base is tuple and len(args) == 2 and args[1] is ...:
        each = _all(args[0])
        return lambda value: type(value) is tuple and each(value)
    if base is tuple and args:
        return _of_parts(base, [part for part in args if part != ()])
    if issubclass(base, tuple) and hasattr(base, "_fields"):
        return _of_parts(base, list(field_hints(hint).values()))
    if base is dict:
        return _of_mapping(args)
    return _never


def _kinds(base: type) -> set[type]:
    return {float, int} if base is float else {base}


def _of_fields(base: type, hint: Any) -> Fit:
    table: list[tuple[str, Fit]] = []

    def fit(value: Any) -> bool:
        if type(value) is not base:
            return False
        if not table:  # now, not earlier: a class may hold itself
            table.extend((name, _fit(part)) for name, part in field_hints(hint).items())
        return all(one(getattr(value, name)) for name, one in table)

    return fit


def _of_parts(base: type, hints: list[Any]) -> Fit:
    table: list[Fit] = []

    def fit(value: Any) -> bool:
        if type(value) is not base:
            return False
        parts = typing.cast("tuple[Any, ...]", value)
        if not table:
            table.extend(map(_fit, hints))
        return len(parts) == len(table) and all(one(part) for one, part in zip(table, parts))

    return fit


def _of_mapping(args: tuple[Any, ...]) -> Fit:
    if len(args) != 2:
        return lambda value: type(value) is dict
    keys, items = _all(args[0]), _all(args[1])
    return lambda value: type(value) is dict and keys(value) and items(value.values())


def _all(part: Any) -> Callable[[Iterable[Any]], bool]:
    """Whether each fits: of simple types by the set of their types, at the speed of C."""
    base = bare(part)
    if base in (Any, object):
        return _yes
    if isinstance(base, type) and base in SIMPLE:
        kinds = _kinds(base)
        return lambda values: set(map(type, values)) <= kinds
    return lambda values: all(map(_fit(part), values))
