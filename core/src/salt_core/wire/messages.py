"""The messages of WIRE.md, as an agent reads and writes them. Bytes in, values out: no I/O.

What an artifact says is read strictly in the fields that are known and ignores all others; a type
that is not known is ``None``, for an artifact may be newer than its agent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from salt_core.model.journal import Called, Done, Entry
from salt_core.model.status import TaskStatus
from salt_core.model.call import Call
from salt_core.model.task import Failure, Policy
from salt_core.wire.frames import encode


class _Wire(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class WireError(_Wire):
    """Why user code failed; ``file`` and ``line`` point at the user's innermost frame."""

    type: str
    message: str
    traceback: str = ""
    retryable: bool = True
    file: str | None = None
    line: int | None = None

    def failure(self) -> Failure:
        """As the store keeps it."""
        return Failure(self.type, self.message, self.traceback, self.retryable)


class WirePolicy(_Wire):
    """What a call says about how it is run; ``None`` in a field that it leaves to the default."""

    queue: str | None = Field(default=None, min_length=1)
    priority: int | None = Field(default=None, ge=-512, le=511)
    retries: int | None = Field(default=None, ge=0)
    backoff_s: float | None = Field(default=None, ge=0)
    backoff_max_s: float | None = Field(default=None, ge=0)
    jitter: float | None = Field(default=None, ge=0, le=1)
    timeout_s: float | None = Field(default=None, gt=0)

    def policy(self, default: Policy) -> Policy:
        """``default`` with what is said here put over it."""
        said = self.model_dump(exclude_none=True)
        return replace(default, **said) if said else default


class WireCall(_Wire):
    """A task that a workflow function asks for."""

    seq: int = Field(ge=1)
    name: str = Field(min_length=1)
    input: str
    needs: tuple[Annotated[int, Field(ge=1)], ...] = ()
    policy: WirePolicy = WirePolicy()

    def call(self, default: Policy) -> Call:
        """As the store takes it; ``default`` holds for what the call does not say."""
        return Call(self.seq, self.name, self.input, self.needs, self.policy.policy(default))


class Hello(_Wire):
    """An artifact is ready; ``fork`` says whether a parent can fork safely, ``reason`` why not."""

    type: Literal["hello"] = "hello"
    protocol: int
    sdk: str
    role: Literal["parent", "child"]
    pid: int
    token: str | None = None
    fork: bool = False
    reason: str = ""
    threads: int = 0
    start: str = ""


class Failed(_Wire):
    """The user's code does not import; the artifact exits with 125."""

    type: Literal["failed"] = "failed"
    token: str | None = None
    error: WireError


class Forked(_Wire):
    """Child ``id`` exists; ``pid`` is its supervisor's."""

    type: Literal["forked"] = "forked"
    id: int
    pid: int


class Exited(_Wire):
    """Child ``id`` and all its descendants are gone."""

    type: Literal["exited"] = "exited"
    id: int
    code: int | None = None
    signal: int | None = None
    cpu_s: float = 0.0
    rss_kb: int = 0
    deadline: bool = False


class Result(_Wire):
    """A task or workflow function returned; ``value`` is JSON text."""

    type: Literal["result"] = "result"
    value: str


class Error(_Wire):
    """A task or workflow function raised."""

    type: Literal["error"] = "error"
    error: WireError


class Calls(_Wire):
    """A workflow function asks for tasks."""

    type: Literal["call"] = "call"
    calls: tuple[WireCall, ...]


class Waiting(_Wire):
    """A workflow function has used ``entries`` of its journal and needs more to go on."""

    type: Literal["waiting"] = "waiting"
    entries: int = Field(ge=0)


class Diverged(_Wire):
    """A replay asked for something else than its journal holds; both sides in words."""

    type: Literal["diverged"] = "diverged"
    expected: str
    got: str
    file: str | None = None
    line: int | None = None


FromArtifact = Hello | Failed | Forked | Exited | Result | Error | Calls | Waiting | Diverged

_ADAPTER: TypeAdapter[FromArtifact] = TypeAdapter(
    Annotated[FromArtifact, Field(discriminator="type")]
)


def read(line: bytes) -> FromArtifact | None:
    """One frame from an artifact; ``None`` when its type is not known here.

    Raises:
        ValueError: It is not a frame, or a field that is known does not fit; one sentence.
    """
    try:
        return _ADAPTER.validate_json(line)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        if first["type"] == "union_tag_invalid":
            return None
        where = ".".join(str(part) for part in first["loc"]) or "frame"
        raise ValueError(f"The artifact sent a bad message: {where}: {first['msg']}.") from None


def fork(id: int, slot: int) -> bytes:
    """Make child ``id``, whose deadline is entry ``slot``; sent with three descriptors."""
    return encode({"type": "fork", "id": id, "slot": slot})


def task(
    *,
    run: str,
    task: str,
    attempt: int,
    name: str,
    input: str,
    key: str,
    cwd: str,
    env: Mapping[str, str],
    results: Mapping[int, str],
) -> bytes:
    """Run one task; ``results`` holds the JSON text of each call that ``input`` refers to."""
    return encode(
        {
            "type": "task",
            "run": run,
            "task": task,
            "attempt": attempt,
            "name": name,
            "input": input,
            "results": {str(seq): value for seq, value in results.items()},
            "key": key,
            "cwd": cwd,
            "env": dict(env),
        }
    )


def workflow(
    *,
    run: str,
    attempt: int,
    name: str,
    params: str,
    now: int,
    entries: Iterable[Entry],
    more: bool,
    cwd: str,
    env: Mapping[str, str],
) -> bytes:
    """Run a workflow function; ``now`` is the run's creation in Unix ms, ``entries`` its journal."""
    return encode(
        {
            "type": "workflow",
            "run": run,
            "attempt": attempt,
            "name": name,
            "params": params,
            "now": now,
            "journal": [wire_entry(entry) for entry in entries],
            "more": more,
            "cwd": cwd,
            "env": dict(env),
        }
    )


def journal(entries: Iterable[Entry], *, more: bool) -> bytes:
    """The next entries of the journal; ``more``: others follow before the function may start."""
    return encode(
        {"type": "journal", "entries": [wire_entry(entry) for entry in entries], "more": more}
    )


def wire_error(failure: Failure) -> dict[str, Any]:
    """A failure as ERROR of WIRE.md."""
    return {
        "type": failure.type,
        "message": failure.message,
        "traceback": failure.traceback,
        "retryable": failure.retryable,
    }


def wire_entry(entry: Entry) -> dict[str, Any]:
    """An entry of the journal as WIRE.md section 4.2 has it."""
    if isinstance(entry, Called):
        return {"kind": "call", "seq": entry.seq, "name": entry.name}
    if entry.status is TaskStatus.SUCCEEDED:
        return {"kind": "done", "seq": entry.seq, "status": "succeeded", "value": entry.value}
    failure = entry.error or Failure(entry.status.value, f"The task is {entry.status.value}.")
    return {
        "kind": "done",
        "seq": entry.seq,
        "status": entry.status.value,
        "error": wire_error(failure),
    }


def read_entry(entry: Mapping[str, Any]) -> Entry:
    """The opposite of ``wire_entry``, for tests and tools that replay a transcript."""
    if entry["kind"] == "call":
        return Called(entry["seq"], entry["name"])
    error = entry.get("error")
    return Done(
        entry["seq"],
        TaskStatus(entry["status"]),
        entry.get("value"),
        WireError.model_validate(error).failure() if error is not None else None,
    )
