"""The messages of WIRE.md, as an agent reads and writes them. Bytes in, values out: no I/O.

What an artifact says is read strictly in the fields that are known and ignores all others; a type
that is not known is ``None``, for an artifact may be newer than its agent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from salt_core.model.call import Call, CallKind, Wait
from salt_core.model.check import CheckResult, Record
from salt_core.model.journal import Called, Done, Entry, Turned
from salt_core.model.status import TaskStatus
from salt_core.model.task import Failure, Limit, Policy
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


class WireLimit(_Wire):
    """A limit that a task must hold; ``rate``: at most n starts in any window of s seconds."""

    name: str = Field(min_length=1, max_length=200)
    at_once: int | None = Field(default=None, ge=1)
    rate: tuple[Annotated[int, Field(ge=1)], Annotated[float, Field(gt=0)]] | None = None

    def limit(self) -> Limit:
        return Limit(self.name, self.at_once, self.rate)


class WirePolicy(_Wire):
    """What a call says about how it is run; ``None`` in a field that it leaves to the default."""

    queue: str | None = Field(default=None, min_length=1)
    priority: int | None = Field(default=None, ge=-512, le=511)
    retries: int | None = Field(default=None, ge=0)
    backoff_s: float | None = Field(default=None, ge=0)
    backoff_max_s: float | None = Field(default=None, ge=0)
    jitter: float | None = Field(default=None, ge=0, le=1)
    timeout_s: float | None = Field(default=None, gt=0)
    start_timeout_s: float | None = Field(default=None, gt=0)
    heartbeat_s: float | None = Field(default=None, gt=0)
    limits: tuple[WireLimit, ...] | None = None
    fair: str | None = Field(default=None, max_length=200)
    strict: bool | None = None
    cache: str | None = Field(default=None, max_length=200)
    cache_s: float | None = Field(default=None, gt=0)
    history: int | None = Field(default=None, ge=0, le=100)

    def policy(self, default: Policy) -> Policy:
        """``default`` with what is said here put over it."""
        said = self.model_dump(exclude_none=True, exclude={"limits"})
        if self.limits:
            # Named twice it would count twice against its own rate.
            said["limits"] = tuple({one.name: one.limit() for one in self.limits}.values())
        return replace(default, **said) if said else default


class WireCall(_Wire):
    """What a workflow function asks for; ``data`` are files that it made and that this refers to."""

    seq: int = Field(ge=1)
    name: str = Field(min_length=1)
    kind: CallKind = "task"
    at: str = ""
    input: str = ""
    needs: tuple[Annotated[int, Field(ge=1)], ...] = ()
    policy: WirePolicy = WirePolicy()
    data: tuple[str, ...] = ()
    for_s: float | None = Field(default=None, ge=0)
    until: int | None = None
    where: str = ""
    timeout_s: float | None = Field(default=None, ge=0)
    message: str = ""
    fields: str = ""
    own: bool = False
    version: str | None = None
    params: str = "{}"

    def call(self, default: Policy) -> Call:
        """As the store takes it; ``default`` holds for what the call does not say.

        The run that a call of kind ``run`` makes is put in by who knows the registry.
        """
        wait = self._wait() if self.kind in ("sleep", "event", "approve") else None
        return Call(
            self.seq,
            self.name,
            self.params if self.kind == "run" else self.input,
            self.needs,
            self.policy.policy(default),
            self.kind,
            self.at,
            wait,
        )

    def _wait(self) -> Wait:
        return Wait(
            for_ms=None if self.for_s is None else round(self.for_s * 1000),
            until_ms=self.until,
            timeout_ms=None if self.timeout_s is None else round(self.timeout_s * 1000),
            where=self.where,
            message=self.message,
            fields=self.fields,
        )


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


class WireCheck(_Wire):
    """What one check said of a task's value."""

    name: str = Field(min_length=1)
    severity: Literal["fail", "warn", "quarantine"] = "fail"
    passed: bool
    message: str = ""
    numbers: dict[str, float] = {}

    def result(self) -> CheckResult:
        """As the store keeps it."""
        return CheckResult(self.name, self.severity, self.passed, self.message, self.numbers)


class Result(_Wire):
    """A task or workflow function returned; ``value`` is JSON text.

    ``data``: files that it made and that the value refers to.
    """

    type: Literal["result"] = "result"
    value: str
    data: tuple[str, ...] = ()
    checks: tuple[WireCheck, ...] = ()


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
    """A replay asked for something else than its journal holds; both sides in words.

    ``expected_at`` is the source line that the journal remembers.
    """

    type: Literal["diverged"] = "diverged"
    expected: str
    got: str
    expected_at: str | None = None
    file: str | None = None
    line: int | None = None


class Roll(_Wire):
    """Loop ``loop`` has ended turn ``turn``: its calls up to ``seq`` may be forgotten."""

    type: Literal["roll"] = "roll"
    loop: int = Field(ge=1)
    seq: int = Field(ge=1)
    turn: int = Field(ge=1)
    value: str
    data: tuple[str, ...] = ()


class Heartbeat(_Wire):
    """A task gets on."""

    type: Literal["heartbeat"] = "heartbeat"


class Fetch(_Wire):
    """A process wants a data file."""

    type: Literal["fetch"] = "fetch"
    data: str = Field(pattern="^[0-9a-f]{64}$")


FromArtifact = (
    Hello
    | Failed
    | Forked
    | Exited
    | Result
    | Error
    | Calls
    | Waiting
    | Diverged
    | Roll
    | Heartbeat
    | Fetch
)

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
    files: str = "",
    history: Iterable[Record] = (),
) -> bytes:
    """Run one task.

    Args:
        results: JSON text of each call that ``input`` refers to.
        files: The folder where it puts data files.
        history: Records of earlier values, oldest first, for its checks.
    """
    records = [
        {"run": one.run, "at": one.at, "numbers": one.numbers, "value": one.value}
        for one in history
    ]
    return encode(
        {
            **({"history": records} if records else {}),
            "files": files,
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
    files: str = "",
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
            "files": files,
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


def fetched(data: str, *, path: str = "", failure: Failure | None = None) -> bytes:
    """The answer to ``fetch``: where the file is, or why it cannot be had."""
    told = {"error": wire_error(failure)} if failure is not None else {"path": path}
    return encode({"type": "fetched", "data": data, **told})


def wire_entry(entry: Entry) -> dict[str, Any]:
    """An entry of the journal as WIRE.md section 4.2 has it."""
    if isinstance(entry, Called):
        called: dict[str, Any] = {"kind": "call", "seq": entry.seq, "name": entry.name}
        if entry.what != "task":
            called["what"] = entry.what
        if entry.at:
            called["at"] = entry.at
        return called
    if isinstance(entry, Turned):
        return {
            "kind": "turn",
            "loop": entry.loop,
            "seq": entry.seq,
            "turn": entry.turn,
            "value": entry.value,
        }
    done: dict[str, Any] = {"kind": "done", "seq": entry.seq, "status": entry.status.value}
    if entry.ms:
        done["ms"] = entry.ms
    if entry.value is not None:
        done["value"] = entry.value
    if entry.status is not TaskStatus.SUCCEEDED:
        failure = entry.error or Failure(entry.status.value, f"The task is {entry.status.value}.")
        done["error"] = wire_error(failure)
    return done


def read_entry(entry: Mapping[str, Any]) -> Entry:
    """The opposite of ``wire_entry``, for tests and tools that replay a transcript."""
    if entry["kind"] == "call":
        what, at = entry.get("what", "task"), entry.get("at", "")
        return Called(entry["seq"], entry["name"], what, at)
    if entry["kind"] == "turn":
        return Turned(entry["loop"], entry["seq"], entry["turn"], entry["value"])
    error = entry.get("error")
    return Done(
        entry["seq"],
        TaskStatus(entry["status"]),
        entry.get("value"),
        WireError.model_validate(error).failure() if error is not None else None,
        entry.get("ms", 0),
    )
