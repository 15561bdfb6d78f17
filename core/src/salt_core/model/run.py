"""A run: one execution of a workflow, on the version that it began with."""

from __future__ import annotations

from dataclasses import dataclass, field

from salt_core.model.status import RunStatus
from salt_core.model.task import Failure, Policy


@dataclass(frozen=True, slots=True)
class NewRun:
    """What it takes to create a run.

    Attributes:
        id: Creating the same id again is a no-op.
        params: JSON text of the workflow function's keyword arguments, an object.
        policy: Of the workflow function: its queue and priority are the run's.
        trigger: What made it: ``manual``, ``schedule``, ``demo`` …
    """

    id: str
    workflow: str
    version: str
    params: str
    policy: Policy = field(default_factory=Policy)
    trigger: str = "manual"
    function: str = ""
    """The workflow function to run; ``""``: the one that the version's entrypoint names."""


@dataclass(frozen=True, slots=True)
class Run:
    """A run's head, as ``salt runs`` lists it; times are Unix ms of the Redis server."""

    id: str
    workflow: str
    version: str
    status: RunStatus
    params: str
    trigger: str
    created: int
    started: int | None
    finished: int | None
    tasks_total: int
    tasks_done: int
    error: Failure | None = None
    function: str = ""
    """The workflow function, where it is not the one that the version's entrypoint names."""
    parent: str = ""
    """``<run>/<call>`` of the workflow function that called it."""
    root: str = ""
    """The run at the top of its family; its own id when nobody called it."""
    replayed: str = ""
    """What the replay after its end showed, where agents make one: ``same``, or the difference."""


@dataclass(frozen=True, slots=True)
class RunFilter:
    """Which runs to list; newest first."""

    workflow: str | None = None
    status: RunStatus | None = None
    since: int | None = None
    """Created at or after this moment, Unix ms."""
    limit: int = 50
    offset: int = 0
