"""What a workflow function can wait for besides tasks: time, events, people, other workflows.

Each is called, and waits; or its ``submit`` gives a future. While it waits it holds no slot, and
after a while no process.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any, TypeVar, Union, get_args, overload

from salt_sdk import _inline, _running
from salt_sdk._decode import decode, loads
from salt_sdk._encode import dumps
from salt_sdk._errors import NotSendable
from salt_sdk._futures import Asked, Future
from salt_sdk._input import run_input
from salt_sdk._kinds import NONE, is_union
from salt_sdk._policy import Duration, seconds

R = TypeVar("R")

Span = Union[Duration, timedelta]


def _ask(asked: Asked) -> Future[Any]:
    return (_running.engine() or _inline.ENGINE).ask(asked)


def _span(what: str, span: Span) -> float:
    try:
        return seconds(span.total_seconds() if isinstance(span, timedelta) else span)
    except ValueError as error:
        raise ValueError(f"{what}: {error}") from None


def _checked(what: str, name: object) -> str:
    if not (isinstance(name, str) and name and name.isprintable()):
        raise ValueError(f"{what}: its name {name!r} must be some printable text")
    return name


def _timeout(wire: dict[str, Any], what: str, timeout: Span | None) -> None:
    if timeout is not None:
        wire["timeout_s"] = _span(what, timeout)


class _Sleep:
    """Wait for a time."""

    def __call__(self, duration: Span | datetime) -> None:
        """Wait.

        Args:
            duration: Seconds, text such as ``"10m"``, a timedelta, or an aware datetime: until
                then.

        Raises:
            ValueError: It is none of these, or negative.
        """
        self.submit(duration).result()

    def submit(self, duration: Span | datetime) -> Future[None]:
        """As a call, and does not wait: a future."""
        if isinstance(duration, datetime):
            if duration.tzinfo is None:
                raise ValueError(f"sleep: {duration} says no time zone; give an aware datetime")
            wire: dict[str, Any] = {"until": round(duration.timestamp() * 1000)}
        else:
            wire = {"for_s": _span("sleep", duration)}
        return _ask(Asked("sleep", "sleep", lambda _: None, wire))


class _WaitEvent:
    """Wait for an event."""

    @overload
    def __call__(
        self,
        name: str,
        where: Mapping[str, Any] | None = None,
        timeout: Span | None = None,
        *,
        returns: type[R],
    ) -> R: ...

    @overload
    def __call__(
        self,
        name: str,
        where: Mapping[str, Any] | None = None,
        timeout: Span | None = None,
        returns: Any = Any,
    ) -> Any: ...

    def __call__(
        self,
        name: str,
        where: Mapping[str, Any] | None = None,
        timeout: Span | None = None,
        returns: Any = Any,
    ) -> Any:
        """Wait for the next event of a name; its payload.

        Args:
            where: Fields at the top of the payload that must be equal.
            timeout: For how long.
            returns: Type of the payload, as an annotation.

        Raises:
            TimedOut: None came in time.
        """
        return self.submit(name, where, timeout, returns).result()

    @overload
    def submit(
        self,
        name: str,
        where: Mapping[str, Any] | None = None,
        timeout: Span | None = None,
        *,
        returns: type[R],
    ) -> Future[R]: ...

    @overload
    def submit(
        self,
        name: str,
        where: Mapping[str, Any] | None = None,
        timeout: Span | None = None,
        returns: Any = Any,
    ) -> Future[Any]: ...

    def submit(
        self,
        name: str,
        where: Mapping[str, Any] | None = None,
        timeout: Span | None = None,
        returns: Any = Any,
    ) -> Future[Any]:
        """As a call, and does not wait: a future."""
        what = f"wait_event({name!r})"
        wire: dict[str, Any] = {}
        if where:
            try:
                wire["where"] = dumps(dict(where))
            except NotSendable as error:
                raise error.at(f"where of {what}") from None
        _timeout(wire, what, timeout)
        read = _reader(returns)
        return _ask(Asked("event", _checked("wait_event", name), read, wire))


class Approval:
    """A person said yes; it is always true.

    Attributes:
        by: Who.
        at: When, aware and in UTC.
        fields: What was given: a dict, or an instance of the class that was asked for.
    """

    def __init__(self, by: str, at: datetime, fields: Any) -> None:
        self.by = by
        self.at = at
        self.fields = fields

    def __repr__(self) -> str:
        return f"<Approval by {self.by} at {self.at}: {self.fields}>"

    def __bool__(self) -> bool:
        return True

    def __getitem__(self, name: str) -> Any:
        if isinstance(self.fields, dict):
            return self.fields[name]
        try:
            return getattr(self.fields, name)
        except AttributeError:
            raise KeyError(name) from None

    def get(self, name: str, default: Any = None) -> Any:
        """A field, or ``default`` where it was not given."""
        try:
            return self[name]
        except KeyError:
            return default


class _Approve:
    """Wait for a person."""

    def __call__(
        self, step: str, message: str = "", fields: Any = None, timeout: Span | None = None
    ) -> Approval:
        """Ask for an approval: ``salt approve RUN STEP``.

        Args:
            step: Its name in the run.
            message: What is asked.
            fields: What the person must give: names and types, or a dataclass, or a pydantic model.
            timeout: For how long.

        Raises:
            Rejected: The person said no; the message says who, and why.
            TimedOut: No answer came in time.
        """
        return self.submit(step, message, fields, timeout).result()

    def submit(
        self, step: str, message: str = "", fields: Any = None, timeout: Span | None = None
    ) -> Future[Approval]:
        """As a call, and does not wait: a future."""
        wire: dict[str, Any] = {}
        if message:
            wire["message"] = message
        if fields:
            wire["fields"] = json.dumps(fields_schema(fields), ensure_ascii=False)
        _timeout(wire, f"approve({step!r})", timeout)

        def read(text: str) -> Approval:
            told = loads(text)
            at = decode(datetime, told["at"]).astimezone(timezone.utc)
            return Approval(told["by"], at, _given(fields, told.get("fields") or {}))

        return _ask(Asked("approve", _checked("approve", step), read, wire))


class _Call:
    """Run another workflow."""

    @overload
    def __call__(
        self, workflow: str, /, version: str | None = None, *, returns: type[R], **params: Any
    ) -> R: ...

    @overload
    def __call__(
        self, workflow: str, /, version: str | None = None, returns: Any = Any, **params: Any
    ) -> Any: ...

    def __call__(
        self, workflow: str, /, version: str | None = None, returns: Any = Any, **params: Any
    ) -> Any:
        """Run a registered workflow, of whatever artifact, and wait for its value.

        Args:
            workflow: The name that it is registered under.
            version: Which; default: the live one.
            returns: Type of its value, as an annotation.
            params: Its parameters; futures in them are waited for.

        Raises:
            TaskFailed: That run failed, or was cancelled.
        """
        return self.submit(workflow, version, returns, **params).result()

    @overload
    def submit(
        self, workflow: str, /, version: str | None = None, *, returns: type[R], **params: Any
    ) -> Future[R]: ...

    @overload
    def submit(
        self, workflow: str, /, version: str | None = None, returns: Any = Any, **params: Any
    ) -> Future[Any]: ...

    def submit(
        self, workflow: str, /, version: str | None = None, returns: Any = Any, **params: Any
    ) -> Future[Any]:
        """As a call, and does not wait for the run: a future."""
        name = _checked("call", workflow)
        wire: dict[str, Any] = run_input(name, params)
        if version is not None:
            wire["version"] = version
        return _ask(Asked("run", name, _reader(returns), wire))


def _reader(hint: Any) -> Any:
    return lambda text: decode(hint, loads(text))


def fields_schema(fields: Any) -> dict[str, Any]:
    """JSON Schema of the object that an approval must be given."""
    from salt_sdk._schema import _Schemas

    made = _Schemas()
    if isinstance(fields, Mapping):
        schema: dict[str, Any] = {
            "type": "object",
            "properties": {name: made.of(hint) for name, hint in fields.items()},
        }
        required = [name for name, hint in fields.items() if not _optional(hint)]
        if required:
            schema["required"] = required
        schema["additionalProperties"] = False
    else:
        schema = made.of(fields)
        reference = schema.get("$ref", "").removeprefix("#/$defs/")
        if reference in made.definitions:
            schema = made.definitions[reference]
        if schema.get("type") != "object":
            raise TypeError(
                f"approve: fields={fields!r} must be names and types, a dataclass or a model"
            )
    if made.definitions:
        schema = {**schema, "$defs": made.definitions}
    return schema


def _optional(hint: Any) -> bool:
    return hint in (None, NONE) or (is_union(hint) and NONE in get_args(hint))


def _given(fields: Any, told: dict[str, Any]) -> Any:
    if fields is None:
        return told
    if isinstance(fields, Mapping):
        return {
            **told,
            **{name: decode(hint, told.get(name)) for name, hint in fields.items()},
        }
    return decode(fields, told)


sleep = _Sleep()
wait_event = _WaitEvent()
approve = _Approve()
call = _Call()
