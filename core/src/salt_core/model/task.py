"""A task: one call in a run, its policy, and what an agent gets when it claims one."""

from __future__ import annotations

from dataclasses import dataclass, field

from salt_core.model.check import CheckResult
from salt_core.model.lease import Token
from salt_core.model.status import AttemptEnd, TaskStatus


@dataclass(frozen=True, slots=True)
class Limit:
    """How many tasks of a name may run at once, and how many may start in a time.

    Attributes:
        name: Shared by all workflows, ``api:42``.
        at_once: Most that hold it together; ``None``: no bound.
        rate: ``(n, seconds)``: at most ``n`` starts in any window of that length; ``None``: no bound.
    """

    name: str
    at_once: int | None = None
    rate: tuple[int, float] | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """How a task is run and tried again.

    Attributes:
        queue: Which agents may take it.
        priority: 0 is normal; higher is taken first; -512 to 511.
        retries: Tries after the first that fails (0: none).
        backoff_s: Seconds before the first retry; doubled each time.
        backoff_max_s: Ceiling of that delay.
        jitter: Share of the delay that chance may add or take, 0 to 1.
        timeout_s: Longest one attempt may run, in seconds; of a workflow function: longest that its
            run may take. ``None``: no limit.
        start_timeout_s: Longest it may be ready before its first attempt starts.
        heartbeat_s: Longest silence between two heartbeats of one attempt.
        limits: What it must hold to run.
        fair: Whose turn it takes among ready tasks; ``""``: its root run's.
        strict: Needs valid data; else it takes what there is.
        cache: Fingerprint of the task's code: its value may be one computed before; ``""``: no.
        cache_s: How long a value may be used again.
        history: How many earlier records its checks want.
    """

    queue: str = "default"
    priority: int = 0
    retries: int = 0
    backoff_s: float = 1.0
    backoff_max_s: float = 300.0
    jitter: float = 0.1
    timeout_s: float | None = None
    start_timeout_s: float | None = None
    heartbeat_s: float | None = None
    limits: tuple[Limit, ...] = ()
    fair: str = ""
    strict: bool = True
    cache: str = ""
    cache_s: float = 604_800.0
    history: int = 0


@dataclass(frozen=True, slots=True)
class Assignment:
    """One claimed attempt: all that an agent needs to run it.

    Attributes:
        workflow, version: Which artifact to run.
        name: The task's name, or the workflow's for a body.
        input: JSON text; for a body the run's parameters.
        results: For each call in ``needs``, the JSON text of its value.
        lease_ms: How long the lease lasts from the moment of the claim.
        created: When the run was created, Unix ms: the workflow function's ``now()``.
        body: Whether it is the workflow function itself.
        journal: Entries that the run's journal has, for a body.
    """

    token: Token
    workflow: str
    version: str
    name: str
    input: str
    policy: Policy
    lease_ms: int
    created: int
    body: bool = False
    results: dict[int, str] = field(default_factory=dict[int, str])
    journal: int = 0


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an attempt failed, as shown to people.

    Attributes:
        type: Name of the exception, or of what happened to the process.
        message: One line.
        traceback: The user's traceback, or ``""``.
        retryable: Whether another try could help.
    """

    type: str
    message: str
    traceback: str = ""
    retryable: bool = True


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try of a task; times are Unix ms of the Redis server, ``None`` while not yet there."""

    number: int
    agent: str
    started: int
    finished: int | None
    status: AttemptEnd | TaskStatus
    start: str
    """How its process came to be: ``fork`` or ``spawn``; ``""`` when it never had one."""
    error: Failure | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """One call in a run, as ``salt show`` tells it; times are Unix ms."""

    id: str
    name: str
    status: TaskStatus
    needs: tuple[str, ...]
    policy: Policy
    created: int
    started: int | None
    finished: int | None
    attempts: tuple[Attempt, ...]
    error: Failure | None = None
    kind: str = "task"
    """``task``, ``sleep``, ``event``, ``approve``, ``run`` or ``loop`` (see ``model.call``)."""
    at: str = ""
    """The source line that made the call."""
    checks: tuple[CheckResult, ...] = ()
    quarantined: bool = False
    """Its data is invalid, and a person has still to accept or reject it."""
    due: int | None = None
    """When a timer, the timeout of a wait, or a backoff ends (or did)."""
    child: str = ""
    """The run that a call of a workflow made."""
    message: str = ""
    """What an approval asks."""
    fields: str = ""
    """JSON Schema of what an approval must be given; ``""``: nothing."""
    where: str = ""
    """JSON text of an object: fields that the payload of its event must have; ``""``: any event."""
    decided: str = ""
    """JSON text: who accepted or rejected it and when; ``""``: nobody has."""
    turn: int = 0
    """Turns that a rolling loop has ended."""
    held: str = ""
    """The limit that it waits for, although nothing else keeps it."""
