"""A form's fields from a JSON Schema, and what was typed into them as parameters. Knows no Textual."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from salt_core.errors import BadInput
from salt_core.parameters import PARAMETERS, Schema, Wording, check, expected, read_words

NOT_GIVEN = ""
"""What is typed into a field that is left out; text without a letter is written ``""``."""


@dataclass(frozen=True, slots=True)
class Field:
    """One parameter.

    Attributes:
        wants: In words: ``a whole number``.
        default: As one would type it; ``""``: there is none.
        choices: Where it is one of a few, as one would type them.
    """

    name: str
    wants: str
    required: bool
    default: str = ""
    choices: tuple[str, ...] = ()
    about: str = ""


def fields(schema: Schema) -> list[Field]:
    """One field for each parameter, in the order in which they are declared."""
    known: dict[str, Schema] = schema.get("properties") or {}
    required = schema.get("required") or ()
    return [_field(name, own, schema, name in required) for name, own in known.items()]


def _field(name: str, own: Schema, root: Schema, required: bool) -> Field:
    default = "" if required or "default" not in own else as_text(own["default"])
    values = own.get("enum") or ([True, False] if own.get("type") == "boolean" else [])
    return Field(
        name,
        expected(own, root),
        required,
        default,
        tuple(as_text(value) for value in values),
        str(own.get("description", "")),
    )


def as_text(value: Any) -> str:
    """A value as one would type it."""
    if value == "":
        return '""'
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def typed(params: Mapping[str, Any], schema: Schema) -> dict[str, str]:
    """What one would type for ``params``, of those that there are."""
    return {
        field.name: as_text(params[field.name]) for field in fields(schema) if field.name in params
    }


@dataclass(frozen=True, slots=True)
class Judged:
    """What was typed, judged.

    Attributes:
        params: The parameters; ``None`` where something is wrong.
        problems: For fields what is wrong with them; under ``""`` what is wrong with all of them.
    """

    params: dict[str, Any] | None
    problems: dict[str, str]


def judge(schema: Schema, texts: Mapping[str, str], wording: Wording = PARAMETERS) -> Judged:
    """Read what was typed, field by field, and judge all of it."""
    params: dict[str, Any] = {}
    problems: dict[str, str] = {}
    required = schema.get("required") or ()
    for name, text in texts.items():
        if text == NOT_GIVEN:
            if name in required:
                problems[name] = "It is needed."
            continue
        try:
            params |= read_words(schema, [f"{name}={_said(text)}"], wording)
        except BadInput as error:
            problems[name] = _closer(schema, name, text, wording) or error.message
    if not problems:
        try:
            check(schema, params, wording)
        except BadInput as error:
            name = (error.key or "").partition(".")[0].partition("[")[0]
            problems[name if name in texts else ""] = error.message
    return Judged(None if problems else params, problems)


def _closer(schema: Schema, name: str, text: str, wording: Wording) -> str:
    """What is wrong inside of a value that is of the right kind: a bound, a key."""
    own = (schema.get("properties") or {}).get(name) or {}
    try:
        value = text if own.get("type") == "string" else json.loads(text)
        check({**schema, "required": []}, {name: value}, wording)
    except ValueError:
        return ""
    except BadInput as error:
        return error.message
    return ""


def _said(text: str) -> str:
    return "" if text == '""' else text


def as_words(params: Mapping[str, Any]) -> str:
    """Parameters as a command line has them: ``year=2015 city='San Jose'``."""
    pairs: Iterable[tuple[str, str]] = (
        (key, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
        for key, value in params.items()
    )
    return " ".join(f"{key}={shlex.quote(text)}" for key, text in pairs)
