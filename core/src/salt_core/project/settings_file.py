"""salt.yaml from disk to ``Settings``; every error names file, line, column and key."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from salt_core.errors import BadInput
from salt_core.project.pyproject import SETTINGS_FILE
from salt_core.project.settings import (
    TRIGGERS,
    Concurrency,
    Notification,
    ScheduleSettings,
    Settings,
)

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

    from salt_core.project.yaml_positions import Document


_PARTS: dict[str, type[BaseModel]] = {
    "concurrency": Concurrency,
    "schedules": ScheduleSettings,
    "notify": Notification,
}
_WORDS = {
    "missing": "this key is missing",
    "too_short": "this list is empty",
    "bool_type": "this must be true or false",
    "int_type": "this must be a whole number",
    "string_type": "this must be text",
    "list_type": "this must be a list",
    "dict_type": "this must be a mapping of keys to values",
    "model_type": "this must be a mapping of keys to values",
}


def read_settings(file: Path) -> Settings:
    """The settings in ``file``; all defaults when there is no such file.

    Raises:
        BadInput: It cannot be used as it stands.
    """
    from salt_core.project import yaml_positions

    try:
        raw = file.read_bytes()
    except FileNotFoundError:
        return Settings()
    except OSError as error:
        raise BadInput(
            f"{SETTINGS_FILE} cannot be read: {error.strerror}.", file=str(file)
        ) from error
    document = yaml_positions.read(raw, str(file))
    if document.data is None:
        return Settings()
    try:
        return Settings.model_validate(document.data)
    except ValidationError as error:
        raise _explained(_first(error, document), document, str(file)) from error


def _first(error: ValidationError, document: Document) -> ErrorDetails:
    """The first one in the file, and of one place the most exact one."""
    return min(
        error.errors(),
        key=lambda one: (_place(_path(one, document), document), one["type"].endswith("_type")),
    )


def _path(one: ErrorDetails, document: Document) -> tuple[str | int, ...]:
    """Pydantic's location without what it adds for unions: as far as the file goes, and a key."""
    steps = list(one["loc"])
    if steps[:1] == ["triggers"] and len(steps) > 2:
        del steps[2]  # the kind of trigger, which may also be the name of a key
    path: tuple[str | int, ...] = ()
    for step in steps:
        if (*path, step) in document.values:
            path = (*path, step)
    return (*path, steps[-1]) if one["type"] == "missing" else path


def _place(path: tuple[str | int, ...], document: Document) -> tuple[int, int]:
    while path and path not in document.values:
        path = path[:-1]
    return document.keys.get(path) or document.values[path]


def _explained(one: ErrorDetails, document: Document, file: str) -> BadInput:
    path = _path(one, document)
    kind = one["type"]
    if kind == "no_trigger":
        entry = document.data["triggers"][path[1]]
        unknown = [key for key in entry if get_close_matches(key, TRIGGERS, n=1)]
        if unknown and not any(key in TRIGGERS for key in entry):
            path, kind = (*path, unknown[0]), "extra_forbidden"
    key = next((str(step) for step in reversed(path) if isinstance(step, str)), "")
    line, column = _place(path, document)
    if kind == "extra_forbidden":
        message = f"There is no key {key!r} {_where(path)}."
        valid = _valid_keys(path, document.data)
        near = get_close_matches(key, valid, n=1, cutoff=0.5)
        remedy = f"Did you mean {near[0]!r}?" if near else f"Valid keys: {', '.join(valid)}."
    else:
        why = _why(one)
        sentence = f"{key}: {why}" if key else f"{why[:1].upper()}{why[1:]}"
        message, remedy = sentence if sentence.endswith("?") else f"{sentence}.", ""
    return BadInput(message, remedy, file=file, line=line, column=column, key=key)


def _why(one: ErrorDetails) -> str:
    if one["type"] == "literal_error":
        return f"this must be one of {one['ctx']['expected']}"
    known = _WORDS.get(one["type"])
    if known:
        return known
    return one["msg"].removeprefix("Value error, ").replace("Input should", "this should")


def _where(path: tuple[str | int, ...]) -> str:
    return f"in {path[0]!r}" if len(path) > 1 else f"in {SETTINGS_FILE}"


def _valid_keys(path: tuple[str | int, ...], data: Any) -> list[str]:
    """The keys that may stand where ``path`` has one that may not."""
    if len(path) == 1:
        return list(Settings.model_fields)
    top = str(path[0])
    if top != "triggers":
        return list(_PARTS[top].model_fields)
    kinds = [TRIGGERS[kind] for kind in TRIGGERS if kind in data[top][path[1]]]
    return list(kinds[0].model_fields) if kinds else list(TRIGGERS)
