"""Codecs: how values of some types become bytes, or JSON, and values again.

Built in are ``npy`` (numpy arrays), ``parquet`` (frames of pandas, polars and Arrow), ``bytes`` and
``file``. A user adds others with ``codec``; those go first, also for what is built in.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Callable

from salt_sdk import _codecs_frames, _codecs_numpy
from salt_sdk._data import CHUNK, Data, Sink
from salt_sdk._errors import BadInput, DataUnavailable, NotSendable
from salt_sdk._file import File
from salt_sdk._scalars import wants

_RESERVED = ("npy", "parquet", "bytes", "file", "pickle")
_JSON = (type(None), bool, int, float, str, list, dict, object)


@dataclass(frozen=True)
class Written:
    """A form in bytes that is still to be written: ``write`` fills a file."""

    codec: str
    write: Callable[[Sink], None]
    more: Mapping[str, Any]


@dataclass(frozen=True)
class Codec:
    """One way to write values of one type, and of those that derive from it.

    Attributes:
        encode: Gives bytes (``Written``), or what JSON is made of.
        decode: Takes data, or a tree of JSON, and the class that is wanted.
    """

    name: str
    type: type
    encode: Callable[[Any], Any]
    decode: Callable[[Any, Any], Any]


_registered: dict[type, Codec] = {}


def codec(
    type: type,
    name: str | None = None,
    *,
    encode: Callable[[Any], Any] | None = None,
    decode: Callable[[Any], Any] | None = None,
) -> None:
    """Say how values of a type travel, and those of classes that derive from it.

    ``codec(Model, "pickle")`` has them pickled, which no type is unless this is said.

    Args:
        name: Default: the type's name. It is written beside the bytes.
        encode: A value as bytes, or as something that JSON can be made of.
        decode: The same back.

    Raises:
        TypeError: It is no class, or one that JSON has; or one of the two functions is missing.
        ValueError: Another type has that name.
    """
    who = f"codec({getattr(type, '__name__', type)})"
    if not isinstance(type, _type) or type in _JSON:
        raise TypeError(f"{who}: a codec is for a class of one's own, and JSON has no need of it")
    if name == "pickle" and encode is None and decode is None:
        made = _pickle(type)
    elif encode is None or decode is None:
        raise TypeError(f'{who} needs both encode= and decode=, or "pickle" as its name')
    else:
        made = _of_user(type, name or type.__name__, encode, decode)
        for other in _registered.values():
            if other.name == made.name and _origin(other.type) != _origin(type):
                raise ValueError(f"{who}: {other.type.__name__} has a codec of the name {name!r}")
        if made.name in _RESERVED:
            raise ValueError(f"{who}: {made.name!r} is the name of a codec that is built in")
    for known in [known for known in _registered if _origin(known) == _origin(type)]:
        del _registered[known]  # a module that was imported again
    _registered[type] = made
    _known.clear()
    from salt_sdk._decode import forget

    forget()


_type = type


def _origin(kind: type) -> tuple[str, str]:
    return kind.__module__, kind.__qualname__


def _of_user(
    kind: type, name: str, encode: Callable[[Any], Any], decode: Callable[[Any], Any]
) -> Codec:
    def write(value: Any) -> Any:
        try:
            made = encode(value)
        except Exception as error:
            raise NotSendable(f"codec {name!r}: {type(error).__name__}: {error}") from error
        if isinstance(made, (bytes, bytearray, memoryview)):
            return of_bytes(made, name)
        if isinstance(made, kind):
            raise NotSendable(f"codec {name!r}: encode gave a {type(made).__name__} again")
        return made

    def read(given: Any, wanted: Any) -> Any:
        if isinstance(given, Data):
            if given.codec != name:
                raise wants(f"a {kind.__name__} (codec {name!r})", given)
            given = given.read()
        try:
            return decode(given)
        except (DataUnavailable, BadInput):
            raise
        except Exception as error:
            raise BadInput(f"codec {name!r}: {type(error).__name__}: {error}") from error

    return Codec(name, kind, write, read)


def _pickle(kind: type) -> Codec:
    import pickle

    def write(value: Any) -> Written:
        return Written("pickle", lambda sink: pickle.dump(value, sink, protocol=5), {})

    def read(given: Any, wanted: Any) -> Any:
        if not isinstance(given, Data) or given.codec != "pickle":
            raise wants(f"a {kind.__name__} (codec 'pickle')", given)
        try:
            with given.open() as file:
                value = pickle.load(file)
        except (pickle.UnpicklingError, AttributeError, ImportError, EOFError) as error:
            raise BadInput(f"codec 'pickle': {error}") from error
        if wanted is not None and not isinstance(value, wanted):
            raise wants(f"a {wanted.__name__}", given)
        return value

    return Codec("pickle", kind, write, read)


def of_bytes(content: Any, codec: str = "bytes") -> Written:
    """Bytes as they are."""

    def write(sink: Sink) -> None:
        sink.write(content)

    return Written(codec, write, {})


def _encode_file(value: File) -> Any:
    if value._data is not None:
        return value._data

    def write(sink: Sink) -> None:
        try:
            with open(value.path, "rb") as file:
                while chunk := file.read(CHUNK):
                    sink.write(chunk)
        except OSError as error:
            raise NotSendable(f"{value!r} cannot be read: {error.strerror}") from error

    return Written("file", write, {"name": value.name})


def _decode_file(given: Any, wanted: Any) -> File:
    if not isinstance(given, Data) or given.codec == "pickle":
        raise wants("a file that a task or a calling workflow made; it cannot be typed in", given)
    return File._of(given)


_FILE = Codec("file", File, _encode_file, _decode_file)


def _frame_codec(library: str) -> Codec:
    def encode(value: Any) -> Written:
        write = _codecs_frames.writer(library, value)
        return Written("parquet", write, {"of": library})

    return Codec("parquet", object, encode, functools.partial(_codecs_frames.read, library))


def _encode_array(value: Any) -> Written:
    return Written("npy", _codecs_numpy.writer(value), {})


_BUILT_IN: dict[tuple[str, str], Codec] = {
    ("numpy", "ndarray"): Codec("npy", object, _encode_array, _codecs_numpy.read),
    **{(library, name): _frame_codec(library) for library, name in _codecs_frames.TYPES.items()},
}
"""By top-level package and name of the class: what a user does not have is never imported."""


_known: dict[type, Codec | None] = {}


def of_class(kind: type) -> Codec | None:
    """The codec of a class, if it has one: the nearest along its bases, the user's first."""
    try:
        return _known[kind]
    except KeyError:
        found = _known[kind] = _find(kind)
        return found


def _find(kind: type) -> Codec | None:
    for base in kind.__mro__:
        if base in _registered:
            return _registered[base]
    for base in kind.__mro__:
        if base is File:
            return _FILE
        found = _BUILT_IN.get((base.__module__.partition(".")[0], base.__name__))
        if found is not None:
            return found
    return None


def unnamed(data: Data) -> Any:
    """Data for which no annotation says what it should be: what wrote it says.

    Raises:
        BadInput: Nothing here knows its codec.
    """
    if data.codec == "bytes":
        return data.read()
    if data.codec == "file":
        return File._of(data)
    if data.codec == "npy":
        return _codecs_numpy.read(data, None)
    if data.codec == "parquet":
        return _codecs_frames.read(str(data.more.get("of", "")), data, None)
    for known in _registered.values():
        if known.name == data.codec:
            return known.decode(data, None)
    raise BadInput(f"no codec {data.codec!r} is declared here; declare it with salt_sdk.codec()")


def resolved(tree: Any) -> Any:
    """A tree of JSON with all data in it read, as what wrote it says."""
    if isinstance(tree, Data):
        return unnamed(tree)
    if type(tree) is list:
        return [resolved(part) for part in tree]
    if type(tree) is dict:
        return {key: resolved(part) for key, part in tree.items()}
    return tree


def is_built_in(kind: type) -> bool:
    """Whether the codec of a class always gives bytes, which no person can type in."""
    found = of_class(kind)
    return found is not None and found.name in _RESERVED
