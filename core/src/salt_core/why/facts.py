"""What has to be known of a task to say why it is where it is."""

from __future__ import annotations

from dataclasses import dataclass

from salt_core.ids import BODY
from salt_core.model.agent import AgentInfo
from salt_core.model.run import Run
from salt_core.model.status import TaskStatus
from salt_core.model.task import Task


@dataclass(frozen=True, slots=True)
class Facts:
    """A task of a run, and what it stands beside; all of one moment.

    Attributes:
        now: Unix ms.
        run: The run.
        task: The task; of a run that was asked about as a whole its body.
        agents: Those that were heard of lately.
        ready: How many others are ready in its queue.
        holders: Who holds the limit that keeps it.
        waits: Calls that it waits for: of a body those of its calls that have not ended (a part
            of them, where there are very many), of another task those that it needs.
        waits_count: How many those are in all.
        beneath: The same facts of the one thing that keeps it: one of ``waits``, or the body of
            the run that the call made.
    """

    now: int
    run: Run
    task: Task
    agents: tuple[AgentInfo, ...] = ()
    ready: int = 0
    holders: tuple[str, ...] = ()
    waits: tuple[Task, ...] = ()
    waits_count: int = 0
    beneath: Facts | None = None


def is_open(task: Task) -> bool:
    """Whether something has still to happen to it."""
    return not task.status.final or task.quarantined


_TELLING = (
    (TaskStatus.INVALID, ""),
    (TaskStatus.WAITING, "approve"),
    (TaskStatus.WAITING, "event"),
    (TaskStatus.WAITING, "run"),
    (TaskStatus.RETRYING, ""),
    (TaskStatus.RUNNING, ""),
    (TaskStatus.QUEUED, ""),
    (TaskStatus.WAITING, "sleep"),
)


def most_telling(tasks: tuple[Task, ...]) -> Task | None:
    """The one of ``tasks`` to tell of: what a person can do something about comes first.

    What is blocked comes last, for it waits for others of them.
    """

    def rank(task: Task) -> int:
        for place, (status, kind) in enumerate(_TELLING):
            if task.status is status and kind in ("", task.kind):
                return place
        return len(_TELLING)

    return min((one for one in tasks if is_open(one) and one.id != BODY), key=rank, default=None)
