"""JSON text as a Python value, by the annotation of who takes it.

``decoder(hint)`` gives a function from a tree of JSON to a value. Decoders are made once per
annotation, and those of classes look at their fields when first used: a class may hold itself.
"""

from __future__ import annotations

import collections
import json
import typing
from collections import abc
from collections.abc import Mapping, Sequence
from dataclasses import is_dataclass
from enum import Enum
from pathlib import Path, PurePath
from typing import Any, Callable

from salt_sdk import _codecs, _data
from salt_sdk._classes import field_hints, is_typed_dict, required_fields
from salt_sdk._errors import BadInput
from salt_sdk._kinds import NONE, bare, is_union, kinds, plain_form
from salt_sdk._scalars import SIMPLE, Decoder, text_as, wants

_cache: dict[Any, Decoder] = {}


def loads(text: str, results: Mapping[int, str] | None = None) -> Any:
    """A tree of JSON from text, with each ``{"$ref": seq}`` replaced and ``$$`` taken back.

    Raises:
        BadInput: It is not JSON, or refers to a result that is not there.
    """
    try:
        if '"$' not in text and '"\\u0024' not in text:
            return json.loads(text)

        def special(found: dict[str, Any]) -> Any:
            if len(found) == 1 and "$ref" in found:
                seq = found["$ref"]
                if results is None or seq not in results:
                    raise BadInput(f"it refers to call {seq}, whose result did not come with it")
                return loads(results[seq])
            data = _data.referred(found)
            if data is not None:
                return data
            return {key[1:] if key.startswith("$$") else key: v for key, v in found.items()}

        return json.loads(text, object_hook=special)
    except RecursionError:
        raise BadInput("JSON that is nested too deep") from None
    except BadInput:
        raise
    except ValueError as error:
        raise BadInput(f"not JSON: {error}") from None


def decode(hint: Any, tree: Any) -> Any:
    """``tree`` as a value of type ``hint``.

    Raises:
        BadInput: It does not fit; says where.
    """
    return decoder(hint)(tree)


def decoder(hint: Any) -> Decoder:
    """The decoder of an annotation.

    Raises:
        BadInput: No JSON can become a value of that type.
    """
    try:
        found = _cache.get(hint)
        if found is None:
            found = _cache[hint] = _make(hint)
        return found
    except TypeError:  # an annotation that cannot be hashed
        return _make(hint)


def forget() -> None:
    """Make decoders anew: a class has another codec than when they were made."""
    _cache.clear()


def _make(hint: Any) -> Decoder:
    hint = bare(hint)
    if hint in (Any, object):
        return _same
    if is_union(hint):
        return _union(typing.get_args(hint))
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Literal:
        return _literal(args)
    base = origin or hint
    if base in (bytes, bytearray):
        return _bytes(base)
    simple = SIMPLE.get(base)
    if simple is not None:
        return simple
    if isinstance(base, type):
        codec = _codecs.of_class(base)
        made = _of_class(base, hint, args) if codec is None else _coded(codec, base)
        if made is not None:
            return made
    raise BadInput(f"no JSON can become a {getattr(hint, '__qualname__', hint)}")


def _of_class(base: type, hint: Any, args: tuple[Any, ...]) -> Decoder | None:
    if issubclass(base, Enum):
        return _enum(base)
    if is_dataclass(base) or is_typed_dict(base):
        return _object(base, hint)
    if hasattr(base, "model_validate"):
        return _pydantic(hint)
    if issubclass(base, tuple):
        return _named_tuple(base, hint) if hasattr(base, "_fields") else _tuple(args)
    for wanted, build in _ITEMS:
        if base is wanted:
            return _items(build, args[0] if args else Any)
    for wanted, make in _MAPPINGS:
        if base is wanted:
            return _mapping(make, args)
    if issubclass(base, PurePath):
        return _path(base)
    return None


def _same(tree: Any) -> Any:
    """No annotation: JSON as it is, and data as what wrote it says."""
    return _codecs.resolved(tree) if _data.met() else tree


def _coded(codec: _codecs.Codec, base: type) -> Decoder:
    def take(tree: Any) -> Any:
        return codec.decode(tree if isinstance(tree, _data.Data) else _same(tree), base)

    return take


def _bytes(base: Any) -> Decoder:
    text = SIMPLE[base]

    def take(tree: Any) -> Any:
        if not isinstance(tree, _data.Data):
            return text(tree)
        if tree.codec not in ("bytes", "file"):
            raise wants("bytes", tree)
        return tree.read() if base is bytes else bytearray(tree.read())

    return take


_ITEMS: list[tuple[Any, Callable[[Any], Any]]] = [
    (list, list),
    (set, set),
    (frozenset, frozenset),
    (collections.deque, collections.deque),
    (abc.Sequence, list),
    (abc.MutableSequence, list),
    (abc.Iterable, list),
    (abc.Collection, list),
    (abc.Set, set),
    (abc.MutableSet, set),
]

_MAPPINGS: list[tuple[Any, Callable[[Any], Any]]] = [
    (dict, dict),
    (abc.Mapping, dict),
    (abc.MutableMapping, dict),
    (collections.OrderedDict, collections.OrderedDict),
    (collections.Counter, collections.Counter),
    (collections.defaultdict, lambda found: collections.defaultdict(None, found)),
]


def _path(base: Any) -> Decoder:
    make = Path if base.__name__ == "PosixPath" else base
    return text_as("a path", make)


def _items(build: Callable[[Any], Any], item: Any) -> Decoder:
    inner: list[Decoder] = []

    def take(tree: Any) -> Any:
        if type(tree) is not list:
            raise wants("a list", tree)
        if not inner:
            inner.append(decoder(item))
        one = inner[0]
        if one is _same:
            return build(_same(tree))
        out: list[Any] = []
        try:
            for part in tree:
                out.append(one(part))
        except BadInput as error:
            raise error.at(f"[{len(out)}]") from None
        try:
            return build(out)
        except TypeError as error:  # a set of what cannot be hashed
            raise BadInput(str(error)) from None

    return take


def _tuple(args: tuple[Any, ...]) -> Decoder:
    if not args:
        return _items(tuple, Any)
    if len(args) == 2 and args[1] is ...:
        return _items(tuple, args[0])
    if args == ((),):  # Tuple[()] before Python 3.11
        args = ()
    return _fixed(args, lambda parts: tuple(parts))


def _fixed(hints: Sequence[Any], build: Callable[[list[Any]], Any]) -> Decoder:
    def take(tree: Any) -> Any:
        if type(tree) is not list or len(tree) != len(hints):
            raise wants(f"a list of {len(hints)}", tree)
        out: list[Any] = []
        try:
            for hint, part in zip(hints, tree):
                out.append(decoder(hint)(part))
        except BadInput as error:
            raise error.at(f"[{len(out)}]") from None
        return build(out)

    return take


def _named_tuple(base: Any, hint: Any) -> Decoder:
    as_object = _object(base, hint)

    def take(tree: Any) -> Any:
        if type(tree) is dict:
            return as_object(tree)
        return _fixed(list(field_hints(hint).values()), lambda parts: base(*parts))(tree)

    return take


def _mapping(build: Callable[[Any], Any], args: tuple[Any, ...]) -> Decoder:
    key_hint, item_hint = (args[0], args[1]) if len(args) == 2 else (Any, Any)
    if len(args) == 1:  # Counter[str]
        key_hint, item_hint = args[0], int

    def take(tree: Any) -> Any:
        if type(tree) is not dict:
            raise wants("an object", tree)
        key_of, item_of = _key(key_hint), decoder(item_hint)
        if key_of is _same and item_of is _same:
            return build(_same(tree))
        out: dict[Any, Any] = {}
        for name, part in tree.items():
            try:
                out[key_of(name)] = item_of(part)
            except BadInput as error:
                raise error.at(f"[{name!r}]") from None
        return build(out)

    return take


def _key(hint: Any) -> Decoder:
    """Keys are strings in JSON: those of other types hold the JSON text of the key."""
    if bare(hint) in (Any, object, str):
        return _same
    one = decoder(hint)
    written = kinds(hint)

    def take(name: Any) -> Any:
        if written != {str}:
            try:
                return one(json.loads(name))
            except ValueError:
                pass
        return one(name)

    return take


def _literal(values: tuple[Any, ...]) -> Decoder:
    known = [(plain_form(value), value) for value in values]

    def take(tree: Any) -> Any:
        for plain, value in known:
            if type(plain) is type(tree) and plain == tree:
                return value
        raise wants("one of " + ", ".join(repr(plain) for plain, _ in known), tree)

    return take


def _enum(base: Any) -> Decoder:
    known = [(plain_form(member), member) for member in base.__members__.values()]

    def take(tree: Any) -> Any:
        for plain, member in known:
            if type(plain) is type(tree) and plain == tree:
                return member
        try:
            return base(tree)  # a combination of flags
        except (ValueError, TypeError):
            pass
        raise wants("one of " + ", ".join(repr(plain) for plain, _ in known), tree)

    return take


def _union(members: tuple[Any, ...]) -> Decoder:
    """The first member that fits; those written in this type of JSON are asked first."""
    table: list[tuple[frozenset[type], Any]] = []

    def take(tree: Any) -> Any:
        if not table:
            table.extend((kinds(member), member) for member in members)
        written = [member for found, member in table if type(tree) in found]
        others = [member for found, member in table if type(tree) not in found]
        first: BadInput | None = None
        for member in written + others:
            try:
                return decoder(member)(tree)
            except BadInput as error:
                first = first or error
        if len(written) == 1 and first is not None:
            raise first
        raise wants(" or ".join(hint_name(member) for member in members), tree)

    return take


def hint_name(hint: Any) -> str:
    if hint is NONE:
        return "null"
    if typing.get_args(hint):
        return str(hint).replace("typing.", "")
    return getattr(hint, "__name__", None) or str(hint)


def _object(base: Any, hint: Any) -> Decoder:
    """Objects with known fields: dataclasses, TypedDicts, and NamedTuples written as one."""
    table: list[tuple[dict[str, Any], list[str]]] = []

    def take(tree: Any) -> Any:
        if not table:  # now, not earlier: a class may hold itself
            table.append((field_hints(hint), required_fields(base)))
        hints, required = table[0]
        if type(tree) is not dict:
            raise wants(f"an object with the fields of {base.__name__}", tree)
        missing = [name for name in required if name not in tree]
        if missing:
            raise BadInput(f"{base.__name__} needs {', '.join(missing)}")
        out: dict[str, Any] = {}
        for name, part in tree.items():
            if name not in hints:
                raise BadInput(f"{base.__name__} has no field {name!r}")
            try:
                out[name] = decoder(hints[name])(part)
            except BadInput as error:
                raise error.at(f".{name}") from None
        try:
            return base(**out)
        except (TypeError, ValueError) as error:  # __post_init__ refused it
            raise BadInput(f"{base.__name__} refused it: {error}") from error

    return take


def _pydantic(hint: Any) -> Decoder:
    def take(tree: Any) -> Any:
        try:
            return hint.model_validate(_same(tree))
        except ValueError as error:
            raise BadInput(" ".join(str(error).split())) from None

    return take
