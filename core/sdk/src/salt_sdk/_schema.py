"""Annotations as JSON Schema (draft 2020-12): what ``describe`` tells of a workflow's parameters."""

from __future__ import annotations

import inspect
import typing
from collections import abc
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum, Flag
from pathlib import PurePath
from typing import Any
from uuid import UUID

from salt_sdk import _codecs
from salt_sdk._classes import field_hints, is_typed_dict, required_fields
from salt_sdk._decode import decoder
from salt_sdk._errors import NotSendable
from salt_sdk._kinds import NONE, bare, is_union, kinds, plain_form
from salt_sdk._signature import Signature

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_SIMPLE: dict[Any, Schema] = {
    NONE: {"type": "null"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    str: {"type": "string"},
    date: {"type": "string", "format": "date"},
    datetime: {"type": "string", "format": "date-time"},
    time: {"type": "string", "format": "time"},
    timedelta: {"type": ["string", "number"], "format": "duration"},
    Decimal: {"type": ["string", "number"], "format": "decimal"},
    UUID: {"type": "string", "format": "uuid"},
}

_DATA: Schema = {
    "type": "object",
    "format": "data",
    "properties": {"codec": {"type": "string"}},
    "required": ["codec"],
}
"""What only a task or a calling workflow can give: no person types in a file."""

_BYTES: Schema = {"anyOf": [{"type": "string", "contentEncoding": "base64"}, _DATA]}


def params_schema(signature: Signature) -> Schema:
    """The object of a workflow's parameters.

    Raises:
        BadInput: A parameter is of a type that no JSON can become.
        Unresolved: An annotation cannot be read.
    """
    made = _Schemas()
    properties: Schema = {}
    required: list[str] = []
    others: Any = False
    for name, parameter in signature.parameters.items():
        hint = signature.hints.get(name, Any)
        decoder(hint)
        schema = made.of(hint)
        if parameter.kind is inspect.Parameter.VAR_KEYWORD:
            others = schema or True
            continue
        if parameter.default is parameter.empty:
            required.append(name)
        else:
            schema = _with_default(schema, parameter.default)
        properties[name] = schema
    document: Schema = {"$schema": DIALECT, "type": "object", "properties": properties}
    if required:
        document["required"] = required
    document["additionalProperties"] = others
    if made.definitions:
        document["$defs"] = made.definitions
    return document


def returns_schema(signature: Signature) -> Schema:
    """A workflow's value; ``{}`` (anything) when there is no annotation."""
    made = _Schemas()
    document = made.of(signature.hints.get("return", Any))
    if made.definitions:
        document = {**document, "$defs": made.definitions}
    return document


def _with_default(schema: Schema, default: Any) -> Schema:
    try:
        return {**schema, "default": plain_form(default)}
    except NotSendable:
        return schema


class _Schemas:
    """Schemas that share their definitions of classes.

    Attributes:
        definitions: ``$defs``: name to schema.
    """

    def __init__(self) -> None:
        self.definitions: Schema = {}
        self._names: dict[Any, str] = {}

    def of(self, hint: Any) -> Schema:
        schema = self._of(bare(hint))
        said = [part for part in getattr(hint, "__metadata__", ()) if isinstance(part, str)]
        return {**schema, "description": said[0]} if said else schema

    def _of(self, hint: Any) -> Schema:
        if hint in (Any, object):
            return {}
        origin, args = typing.get_origin(hint), typing.get_args(hint)
        if is_union(hint):
            return {"anyOf": [self.of(part) for part in args]}
        if origin is typing.Literal:
            return {"enum": [plain_form(value) for value in args]}
        base = origin or hint
        if base in _SIMPLE:
            return dict(_SIMPLE[base])
        if not isinstance(base, type):
            return {}
        if base in (bytes, bytearray):
            return dict(_BYTES)
        if _codecs.of_class(base) is not None:
            return dict(_DATA) if _codecs.is_built_in(base) else {}
        if issubclass(base, PurePath):
            return {"type": "string", "format": "path"}
        if issubclass(base, Enum) or is_dataclass(base) or is_typed_dict(base):
            return self._named(hint, base)
        if hasattr(base, "model_json_schema"):
            return self._pydantic(hint)
        if issubclass(base, tuple):
            return self._tuple(base, args)
        if issubclass(base, abc.Mapping):
            return self._mapping(args)
        if kinds(hint) == {list}:
            items = self.of(args[0]) if args else {}
            schema: Schema = {"type": "array", "items": items} if items else {"type": "array"}
            if issubclass(base, abc.Set):
                schema["uniqueItems"] = True
            return schema
        return {}

    def _named(self, hint: Any, base: Any) -> Schema:
        """A reference to a definition; what holds itself refers back."""
        if hint not in self._names:
            name = base.__name__
            while name in self.definitions:
                name += "_"
            self._names[hint] = name
            self.definitions[name] = {}
            self.definitions[name] = self._definition(hint, base)
        return {"$ref": f"#/$defs/{self._names[hint]}"}

    def _definition(self, hint: Any, base: Any) -> Schema:
        about: Schema = {"title": base.__name__}
        doc = inspect.getdoc(base) or ""
        made_up = doc.startswith(f"{base.__name__}(")  # by dataclass
        if doc and not made_up and doc not in map(inspect.getdoc, base.__mro__[1:]):
            about["description"] = doc.partition("\n\n")[0].replace("\n", " ")
        if issubclass(base, Flag):
            return {**about, "type": "integer"}
        if issubclass(base, Enum):
            return {**about, "enum": [plain_form(member) for member in base]}
        properties = {name: self.of(part) for name, part in field_hints(hint).items()}
        for field in fields(base) if is_dataclass(base) else ():
            if field.init and field.default is not MISSING:
                properties[field.name] = _with_default(properties[field.name], field.default)
        required = required_fields(base)
        return {
            **about,
            "type": "object",
            "properties": properties,
            **({"required": required} if required else {}),
            "additionalProperties": False,
        }

    def _pydantic(self, hint: Any) -> Schema:
        schema: Schema = hint.model_json_schema(ref_template="#/$defs/{model}")
        self.definitions.update(schema.pop("$defs", {}))
        return schema

    def _tuple(self, base: Any, args: tuple[Any, ...]) -> Schema:
        if hasattr(base, "_fields"):
            named = field_hints(base).items()
            parts = [{"title": name, **self.of(part)} for name, part in named]
        elif len(args) == 2 and args[1] is ...:
            return {"type": "array", "items": self.of(args[0])}
        elif args:
            parts = [self.of(part) for part in args if part != ()]
        else:
            return {"type": "array"}
        count = len(parts)
        schema: Schema = {"type": "array", "minItems": count, "maxItems": count}
        return {**schema, "prefixItems": parts} if parts else schema

    def _mapping(self, args: tuple[Any, ...]) -> Schema:
        schema: Schema = {"type": "object"}
        if len(args) == 2:
            item = self.of(args[1])
            if item:
                schema["additionalProperties"] = item
            if kinds(args[0]) == {str} and bare(args[0]) is not str:
                schema["propertyNames"] = self.of(args[0])
        return schema
