"""The contract of salt.yaml: when and where a workflow runs, and nothing of what it does.

``salt.schema.json`` beside this file is its JSON Schema, for editors. What this release does not
carry out yet (triggers, notifications) is read and judged all the same.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    JsonValue,
    Tag,
    WithJsonSchema,
    model_validator,
)

from salt_core.clock import parse_duration
from salt_core.ids import is_name
from salt_core.project.cron import check_cron

_IDENTIFIER = r"[A-Za-z_][A-Za-z0-9_]*"
_ENTRYPOINT = re.compile(rf"{_IDENTIFIER}(\.{_IDENTIFIER})*:{_IDENTIFIER}(\.{_IDENTIFIER})*")


def _duration(value: object) -> float:
    if isinstance(value, str | float) or type(value) is int:
        return parse_duration(value)
    raise ValueError("this is not a duration such as 30s, 10m, 2h or 1d")


def _name(value: str) -> str:
    if not is_name(value):
        raise ValueError(f"{value!r} is not a name: small letters, digits, '-', '_' and '.'")
    return value


def _entrypoint(value: str) -> str:
    if _ENTRYPOINT.fullmatch(value) is None:
        raise ValueError(f"{value!r} is not an entrypoint such as report.graph:nightly")
    return value


def _timezone(value: str) -> str:
    from zoneinfo import ZoneInfo

    if value != "UTC":
        try:
            ZoneInfo(value)
        except (OSError, ValueError, LookupError):
            raise ValueError(_no_zone(value)) from None
    return value


def _no_zone(value: str) -> str:
    from difflib import get_close_matches
    from zoneinfo import available_timezones

    near = get_close_matches(value, available_timezones(), n=1)
    return f"{value!r} is not a time zone" + (f"; did you mean {near[0]!r}?" if near else "")


def _variable(value: str) -> str:
    if re.fullmatch(_IDENTIFIER, value) is None:
        raise ValueError(f"{value!r} cannot be the name of an environment variable")
    return value


def _text(value: object) -> object:
    if isinstance(value, bool | int | float) or value is None:
        raise ValueError("an environment variable is text: put the value in quotes")
    return value


Duration = Annotated[
    float,
    BeforeValidator(_duration),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": r"^\d+(\.\d+)?(ms|s|m|h|d)?$"},
                {"type": "number", "exclusiveMinimum": 0},
            ],
            "description": "A duration such as 30s, 10m, 2h or 1d.",
        }
    ),
]
"""Seconds, written ``30s``, ``10m``, ``2h`` or ``1d``."""

Name = Annotated[str, AfterValidator(_name), Field(max_length=63)]
Variable = Annotated[str, AfterValidator(_variable)]
Text = Annotated[str, BeforeValidator(_text)]
Words = Annotated[str, Field(min_length=1)]
Params = dict[str, JsonValue]
Url = Annotated[str, Field(pattern=r"^https?://[^\s/]+")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Concurrency(_Part):
    """How many runs of the workflow may be alive, and what a further one does.

    Attributes:
        runs: At most this many at once; default: 1.
        on_overlap: A further run waits its turn, is not made, takes the place of the oldest, or
            is made all the same.
    """

    runs: Annotated[int, Field(ge=1)] | None = None
    on_overlap: Literal["queue", "skip", "cancel-running", "allow"] = "queue"


class ScheduleSettings(_Part):
    """One schedule: a cron line or an interval.

    Attributes:
        every: Seconds between two slots.
        timezone: IANA name of the zone that the cron line is meant in.
        params: Of the run; ``{{ due | date }}`` in a text stands for the slot.
        catchup: Which of the slots that nobody was there to fire are fired late.
        jitter: A slot is fired up to this many seconds later.
    """

    cron: Annotated[str, AfterValidator(check_cron)] | None = None
    every: Duration | None = None
    timezone: Annotated[str, AfterValidator(_timezone)] = "UTC"
    params: Params = {}
    catchup: Literal["none", "latest", "all"] = "latest"
    jitter: Duration | None = None

    @model_validator(mode="after")
    def _one_clock(self) -> Self:
        if (self.cron is None) == (self.every is None):
            raise ValueError("a schedule has either 'cron' or 'every'")
        return self


class _Trigger(_Part):
    params: Params = {}


class EventTrigger(_Trigger):
    """A run for each event of that name for which ``when`` holds."""

    event: Words
    when: Words | None = None


class DatasetTrigger(_Trigger):
    """A run when all, or any, of these datasets have changed."""

    dataset: Words | Annotated[list[Words], Field(min_length=1)]
    mode: Literal["all", "any"] = "all"


class WorkflowTrigger(_Trigger):
    """A run when a run of another workflow has ended so."""

    workflow: Name
    on: Literal["succeeded", "failed", "cancelled", "finished"] = "succeeded"


class FileTrigger(_Trigger):
    """A run for each new or changed file that matches."""

    file: Words
    every: Duration | None = None


class S3Trigger(_Trigger):
    """A run for each new or changed object below a prefix."""

    s3: Annotated[str, Field(pattern=r"^s3://[^/]+(/.*)?$")]
    every: Duration | None = None


class HttpTrigger(_Trigger):
    """A run when what this address answers has changed."""

    http: Url
    every: Duration | None = None


TRIGGERS: dict[str, type[_Trigger]] = {
    "event": EventTrigger,
    "dataset": DatasetTrigger,
    "workflow": WorkflowTrigger,
    "file": FileTrigger,
    "s3": S3Trigger,
    "http": HttpTrigger,
}
"""The kinds of trigger, by the key that says what is watched."""


def _kind(value: Any) -> str | None:
    if isinstance(value, _Trigger):
        return next(kind for kind, model in TRIGGERS.items() if isinstance(value, model))
    kinds = [kind for kind in TRIGGERS if isinstance(value, dict) and kind in value]
    return kinds[0] if len(kinds) == 1 else None


Trigger = Annotated[
    Annotated[EventTrigger, Tag("event")]
    | Annotated[DatasetTrigger, Tag("dataset")]
    | Annotated[WorkflowTrigger, Tag("workflow")]
    | Annotated[FileTrigger, Tag("file")]
    | Annotated[S3Trigger, Tag("s3")]
    | Annotated[HttpTrigger, Tag("http")],
    Discriminator(
        _kind,
        custom_error_type="no_trigger",
        custom_error_message=f"a trigger has exactly one of the keys {', '.join(TRIGGERS)}",
    ),
]

Ending = Literal["succeeded", "failed", "cancelled", "invalid", "waiting"]


class Notification(_Part):
    """Who is told of what: a JSON message to a web hook."""

    on: Ending | Annotated[list[Ending], Field(min_length=1)]
    webhook: Url


class Settings(_Part):
    """The whole of salt.yaml.

    Attributes:
        workflow: The name that it is registered under; default: the project's.
        entrypoint: ``package.module:function``; default: the only workflow in the sources.
        queue: Which agents may take its tasks; default: what the code says, else ``default``.
        priority: Higher is taken first; default: what the code says, else 0.
        env: Variables of its tasks' processes.
        secrets: Names of variables whose values come from the agent's side.
    """

    workflow: Name | None = None
    entrypoint: Annotated[str, AfterValidator(_entrypoint)] | None = None
    queue: Name | None = None
    priority: Annotated[int, Field(ge=-512, le=511)] | None = None
    concurrency: Concurrency | None = None
    schedules: list[ScheduleSettings] = []
    triggers: list[Trigger] = []
    notify: list[Notification] = []
    env: dict[Variable, Text] = {}
    secrets: list[Variable] = []
