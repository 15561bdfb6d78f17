"""YAML as plain data plus the place of every key and value; only what a settings file needs.

One document of mappings, lists and scalars as YAML 1.2 reads them (``on`` and ``no`` are words,
``2026-01-01`` is text). Aliases, tags and keys given twice are refused: each makes a file mean
something else than it shows.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from salt_core.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Iterator

    from yaml.events import Event
    from yaml.nodes import Node

MAX_BYTES = 256 << 10
_MAX_DEPTH = 40

Path = tuple[str | int, ...]
Place = tuple[int, int]
"""Line and column, both from 1."""

_INT = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_TAGS = frozenset(
    f"tag:yaml.org,2002:{kind}"
    for kind in ["map", "seq", "str", "int", "float", "bool", "null", "timestamp", "merge", "value"]
)
_CONSTANTS: dict[str, object] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


@dataclass(slots=True)
class Document:
    """What a file holds, and where.

    Attributes:
        keys: For the path of each mapping entry, the place of its key.
        values: For each path, the place of its value.
    """

    data: Any
    keys: dict[Path, Place] = field(default_factory=dict[Path, Place])
    values: dict[Path, Place] = field(default_factory=dict[Path, Place])


def read(raw: bytes, file: str) -> Document:
    """Parse one document; an empty one is ``None``.

    Raises:
        BadInput: It is not such a document; names ``file``, line and column.
    """
    import yaml

    if len(raw) > MAX_BYTES:
        raise BadInput(f"This is larger than {MAX_BYTES >> 10} KiB.", file=file)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise BadInput("This is not UTF-8 text.", file=file, line=line) from error
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        _check_events(yaml.parse(text, Loader=loader), file)
        node = yaml.compose(text, Loader=loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        why = error.problem or error.context or "it cannot be read"
        raise BadInput(
            f"This is not YAML: {why}.",
            file=file,
            line=mark.line + 1 if mark else None,
            column=mark.column + 1 if mark else None,
        ) from error
    except yaml.YAMLError as error:
        why = str(error).splitlines()[0]
        raise BadInput(f"This is not YAML: {why}.", file=file) from error
    document = Document(None)
    if node is not None:
        document.data = _value(node, (), document, file)
    return document


def _check_events(events: Iterator[Event], file: str) -> None:
    # Before anything recursive sees the document.
    import yaml

    depth = 0
    for event in events:
        if isinstance(event, yaml.AliasEvent):
            raise _bad("Aliases are not allowed here: write the value out", event, file)
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > _MAX_DEPTH:
            raise _bad("This is nested too deeply", event, file)


def _value(node: Node, path: Path, into: Document, file: str) -> Any:
    import yaml

    into.values[path] = _place(node)
    if node.tag not in _TAGS:
        raise _bad(f"The tag {node.tag!r} is not allowed here", node, file)
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, (*path, n), into, file) for n, item in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, into, file)
    return _scalar(node)


def _mapping(node: Node, path: Path, into: Document, file: str) -> dict[str, Any]:
    import yaml

    found: dict[str, Any] = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise _bad("A key is a word", key, file)
        name = str(key.value)
        if name in found:
            line = into.keys[*path, name][0]
            raise _bad(f"The key {name!r} is given twice (first in line {line})", key, file)
        into.keys[*path, name] = _place(key)
        found[name] = _value(value, (*path, name), into, file)
    return found


def _scalar(node: Any) -> Any:
    text = str(node.value)
    if node.style:  # quoted, or a block
        return text
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _INT.fullmatch(text) and len(text) < 300:
        return int(text)
    if _FLOAT.fullmatch(text) and math.isfinite(float(text)):
        return float(text)
    return text


def _place(node: Any) -> Place:
    return node.start_mark.line + 1, node.start_mark.column + 1


def _bad(message: str, node: Any, file: str) -> BadInput:
    line, column = _place(node)
    return BadInput(f"{message}.", file=file, line=line, column=column)
