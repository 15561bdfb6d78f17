"""The parameters of a run, judged before the run exists.

A workflow's ``describe`` gives a JSON Schema of them. Only what such schemas say is understood
here (types, formats, enums, unions, objects, lists, bounds); any other keyword is left to the
workflow function itself, which reads its arguments once more.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, time
from difflib import get_close_matches
from typing import Any
from uuid import UUID

from salt_core.errors import BadInput
from salt_core.model.task import Policy

Schema = dict[str, Any]

_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
    "array": (list,),
    "object": (dict,),
}
_TYPE_WORDS = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
    "array": "a list in JSON, such as [1, 2]",
    "object": 'an object in JSON, such as {"a": 1}',
}
_FORMATS: dict[str, tuple[Callable[[str], object], str]] = {
    "date": (date.fromisoformat, "a date such as 2026-01-31"),
    "date-time": (datetime.fromisoformat, "a moment such as 2026-01-31T12:00:00Z"),
    "time": (time.fromisoformat, "a time such as 12:30:00"),
    "uuid": (UUID, "a UUID"),
    "data": (str, "data that a task or a calling workflow made; it cannot be typed in"),
}
_BOUNDS: dict[str, tuple[Callable[[Any, Any], bool], str]] = {
    "minimum": (lambda value, bound: value >= bound, "at least {}"),
    "maximum": (lambda value, bound: value <= bound, "at most {}"),
    "exclusiveMinimum": (lambda value, bound: value > bound, "above {}"),
    "exclusiveMaximum": (lambda value, bound: value < bound, "below {}"),
    "minLength": (lambda value, bound: len(value) >= bound, "at least {} characters long"),
    "maxLength": (lambda value, bound: len(value) <= bound, "at most {} characters long"),
    "minItems": (lambda value, bound: len(value) >= bound, "a list of at least {} items"),
    "maxItems": (lambda value, bound: len(value) <= bound, "a list of at most {} items"),
    "pattern": (lambda value, bound: re.search(bound, value) is not None, "text like {}"),
}
_BOUND_TYPES: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), (int, float)),
    **dict.fromkeys(("minLength", "maxLength", "pattern"), (str,)),
    **dict.fromkeys(("minItems", "maxItems"), (list,)),
}


@dataclass(frozen=True, slots=True)
class Wording:
    """What sentences about values call them, and who takes them."""

    noun: str
    owner: str


PARAMETERS = Wording("parameter", "The workflow")
_POLICY_KEYS = frozenset(field.name for field in fields(Policy))


class _Wrong(Exception):
    """A value does not fit: where, what is wanted, what was given."""

    def __init__(self, path: str, wanted: str, value: Any) -> None:
        super().__init__(wanted)
        self.path = path
        self.wanted = wanted
        self.value = value


def main_workflow(described: dict[str, Any]) -> dict[str, Any]:
    """The workflow that an artifact's entrypoint names, as ``describe`` tells it."""
    found: list[dict[str, Any]] = described.get("workflows") or [{}]
    return next((one for one in found if one.get("name") == described.get("default")), found[0])


def workflow_function(described: dict[str, Any], function: str = "") -> dict[str, Any]:
    """The workflow function ``function`` of an artifact; ``""``: its entrypoint's."""
    found: list[dict[str, Any]] = described.get("workflows") or []
    named = (one for one in found if function and one.get("name") == function)
    return next(named, None) or main_workflow(described)


def body_policy(described: dict[str, Any], settings: dict[str, Any], function: str = "") -> Policy:
    """The policy of a workflow function: the code's, with salt.yaml's queue and priority."""
    declared = workflow_function(described, function).get("policy") or {}
    chosen = {key: settings[key] for key in ("queue", "priority") if settings.get(key) is not None}
    return Policy(**{k: v for k, v in {**declared, **chosen}.items() if k in _POLICY_KEYS})


def read_words(
    schema: Schema, words: Sequence[str], wording: Wording = PARAMETERS
) -> dict[str, Any]:
    """``KEY=VALUE`` words as parameters, each value read by its key's type in ``schema``.

    Raises:
        BadInput: A word has no ``=``, a key comes twice or is none, a value is of another type.
    """
    params: dict[str, Any] = {}
    known: dict[str, Schema] = schema.get("properties") or {}
    for word in words:
        key, sign, text = word.partition("=")
        if not sign or not key:
            raise BadInput(
                f"{word!r} is not a {wording.noun}.",
                f"{_capital(wording.noun)}s are written KEY=VALUE.",
                key=word,
            )
        if key in params:
            raise BadInput(f"{_capital(wording.noun)} {key!r} is given twice.", key=key)
        if key not in known and not _takes_more(schema):
            raise _unknown(key, schema, wording)
        own = known.get(key) or {}
        try:
            params[key] = _from_text(own, text, schema)
        except _Wrong as wrong:
            raise _told(_Wrong(key, wrong.wanted, text), wording) from None
    return params


def check(schema: Schema, params: dict[str, Any], wording: Wording = PARAMETERS) -> None:
    """Judge all parameters of a run.

    Raises:
        BadInput: One is unknown, missing or of another type; names it, its type, the nearest name.
    """
    known: dict[str, Schema] = schema.get("properties") or {}
    for key in params:
        if key not in known and not _takes_more(schema):
            raise _unknown(key, schema, wording)
    for key in schema.get("required") or ():
        if key not in params:
            wanted = expected(known.get(key) or {}, schema)
            raise BadInput(
                f"{_capital(wording.noun)} {key!r} is missing: {wanted}.", f"Add {key}=…", key=key
            )
    for key, value in params.items():
        try:
            _fit(known.get(key) or {}, value, key, schema)
        except _Wrong as wrong:
            raise _told(wrong, wording) from None


def expected(schema: Schema, root: Schema) -> str:
    """What a schema wants, in words: ``a whole number``, ``one of a, b``."""
    schema = _resolved(schema, root)
    if "const" in schema:
        return json.dumps(schema["const"])
    if "enum" in schema:
        return "one of " + ", ".join(str(value) for value in schema["enum"])
    options = list(_options(schema))
    if options:
        return " or ".join(dict.fromkeys(expected(option, root) for option in options))
    if schema.get("format") in _FORMATS:
        return _FORMATS[schema["format"]][1]
    return _TYPE_WORDS.get(str(schema.get("type")), "any value")


def _from_text(schema: Schema, text: str, root: Schema) -> Any:
    schema = _resolved(schema, root)
    for value in _readings(schema, text, root):
        try:
            _fit(schema, value, "", root)
        except _Wrong:
            continue
        return value
    raise _Wrong("", expected(schema, root), text)


def _readings(schema: Schema, text: str, root: Schema) -> Iterator[Any]:
    """What ``text`` may mean, the most special first."""
    if "enum" in schema or "const" in schema:
        values = schema.get("enum", [schema.get("const")])
        yield from (value for value in values if _as_text(value) == text)
        return
    options = list(_options(schema))
    if options:
        resolved = [_resolved(option, root) for option in options]
        for option in sorted(resolved, key=lambda one: one.get("type") == "string"):
            yield from _readings(option, text, root)
    elif schema.get("type") == "string":
        yield text
    else:
        try:
            yield json.loads(text, parse_constant=lambda name: _no_constant(text))
        except ValueError:
            if "type" not in schema:
                yield text


def _no_constant(text: str) -> Any:
    raise ValueError(f"{text} is not JSON")


def _fit(schema: Schema, value: Any, path: str, root: Schema) -> None:
    schema = _resolved(schema, root)
    options = list(_options(schema))
    if options and not any(_fits(option, value, root) for option in options):
        raise _Wrong(path, expected(schema, root), value)
    kind = schema.get("type")
    wrong_type = isinstance(kind, str) and not _is_a(value, kind)
    if wrong_type or not _is_listed(schema, value) or not _has_format(schema, value):
        raise _Wrong(path, expected(schema, root), value)
    for word, (holds, wanted) in _BOUNDS.items():
        bound = schema.get(word)
        judged = bound is not None and isinstance(value, _BOUND_TYPES[word])
        if judged and not holds(value, bound):
            raise _Wrong(path, wanted.format(bound), value)
    for part in schema.get("allOf") or ():
        _fit(part, value, path, root)
    if isinstance(value, list):
        _fit_items(schema, value, path, root)
    elif isinstance(value, dict):
        _fit_object(schema, value, path, root)


def _fit_items(schema: Schema, value: list[Any], path: str, root: Schema) -> None:
    first = schema.get("prefixItems") or []
    rest = schema.get("items")
    for number, item in enumerate(value):
        own = first[number] if number < len(first) else rest
        if own is False:
            raise _Wrong(path, f"a list of {len(first)} items", value)
        if isinstance(own, dict):
            _fit(own, item, f"{path}[{number}]", root)


def _fit_object(schema: Schema, value: dict[str, Any], path: str, root: Schema) -> None:
    known: dict[str, Schema] = schema.get("properties") or {}
    more = schema.get("additionalProperties", True)
    for key in schema.get("required") or ():
        if key not in value:
            raise _Wrong(path, f"an object with the key {key!r}", value)
    for key, item in value.items():
        if key in known:
            _fit(known[key], item, f"{path}.{key}", root)
        elif more is False:
            raise _Wrong(path, f"an object without the key {key!r}", value)
        elif isinstance(more, dict):
            _fit(more, item, f"{path}.{key}", root)


def _fits(schema: Schema, value: Any, root: Schema) -> bool:
    try:
        _fit(schema, value, "", root)
    except _Wrong:
        return False
    return True


def _is_a(value: Any, kind: str) -> bool:
    if isinstance(value, bool) and kind != "boolean":
        return False
    if kind == "integer" and isinstance(value, float):
        return value.is_integer()
    return isinstance(value, _TYPES.get(kind, (object,)))


def _is_listed(schema: Schema, value: Any) -> bool:
    listed = [schema["const"]] if "const" in schema else schema.get("enum")
    if listed is None:
        return True
    return any(one == value and isinstance(one, bool) == isinstance(value, bool) for one in listed)


def _has_format(schema: Schema, value: Any) -> bool:
    known = _FORMATS.get(schema.get("format", ""))
    if known is None or not isinstance(value, str):
        return True
    try:
        known[0](value)
    except ValueError:
        return False
    return True


def _options(schema: Schema) -> Iterator[Schema]:
    yield from schema.get("anyOf") or ()
    yield from schema.get("oneOf") or ()
    kinds = schema.get("type")
    if isinstance(kinds, list):
        yield from ({**schema, "type": kind} for kind in kinds)


def _resolved(schema: Schema, root: Schema) -> Schema:
    """``schema`` with a ``$ref`` into ``root`` followed."""
    for _ in range(20):
        reference = schema.get("$ref")
        if not isinstance(reference, str) or not reference.startswith("#/"):
            return schema
        found: Any = root
        for step in reference[2:].split("/"):
            found = found.get(step, {}) if isinstance(found, dict) else {}
        schema = found if isinstance(found, dict) else {}
    return {}


def _takes_more(schema: Schema) -> bool:
    return schema.get("additionalProperties", False) is not False


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _capital(noun: str) -> str:
    return noun[0].upper() + noun[1:]


def _unknown(key: str, schema: Schema, wording: Wording) -> BadInput:
    known: dict[str, Schema] = schema.get("properties") or {}
    near = get_close_matches(key, known, n=1)
    if near:
        remedy = f"Did you mean {near[0]!r}?"
    elif known:
        listed = (f"{name} ({expected(own, schema)})" for name, own in known.items())
        remedy = f"It takes {', '.join(listed)}."
    else:
        remedy = "It takes none."
    return BadInput(f"{wording.owner} has no {wording.noun} {key!r}.", remedy, key=key)


def _told(wrong: _Wrong, wording: Wording) -> BadInput:
    shown = json.dumps(wrong.value, ensure_ascii=False)
    if len(shown) > 80:
        shown = f"{shown[:77]}…"
    return BadInput(
        f"{_capital(wording.noun)} {wrong.path!r} must be {wrong.wanted}, not {shown}.",
        key=wrong.path,
    )
