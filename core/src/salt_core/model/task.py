"""A task: one call in a run, its policy, and what an agent gets when it claims one."""

from __future__ import annotations

from dataclasses import dataclass, field

from salt_core.model.lease import Token
from salt_core.model.status import AttemptEnd, TaskStatus


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
        timeout_s: Longest one attempt may run, in seconds; ``None``: no limit.
    """

    queue: str = "default"
    priority: int = 0
    retries: int = 0
    backoff_s: float = 1.0
    backoff_max_s: float = 300.0
    jitter: float = 0.1
    timeout_s: float | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """A task that a workflow function asks for.

    Attributes:
        seq: The number that the call took in program order, from 1; the task's id is its text.
        name: The task's name in the artifact.
        input: JSON text ``{"args": […], "kwargs": {…}}``; a result of another call in it is
            ``{"$ref": seq}``. Opaque to the store.
        needs: The calls whose results it refers to.
    """

    seq: int
    name: str
    input: str
    needs: tuple[int, ...] = ()
    policy: Policy = field(default_factory=Policy)


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
