"""The parts of a run's tree: a call, many calls from one line, a loop with its turns."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

from salt_core.model.task import Task

Kind = Literal["task", "group", "loop", "turn"]

LOUDEST = (
    "failed",
    "quarantined",
    "invalid",
    "running",
    "retrying",
    "queued",
    "waiting",
    "blocked",
    "cancelled",
    "succeeded",
)
"""Of many statuses the one that is told for all."""


def status_of(task: Task) -> str:
    """What is shown as a task's status."""
    return "quarantined" if task.quarantined else str(task.status)


@dataclass(slots=True, eq=False)
class Node:
    """One line of the tree, or one that could be.

    Attributes:
        key: The same as long as the run lasts.
        site: What was called, and where: calls of one site belong together.
        task: Of a call, as it was read last.
        counts: Of the others: how many calls have which status.
        started, finished: Of all calls in it, Unix ms; ``finished``: of those that have.
    """

    key: str
    kind: Kind
    site: str
    parent: Node | None = None
    children: list[Node] = field(default_factory=list["Node"])
    task: Task | None = None
    counts: Counter[str] = field(default_factory=Counter[str])
    started: int | None = None
    finished: int | None = None

    @property
    def total(self) -> int:
        """Calls in it."""
        return 1 if self.task is not None else sum(self.counts.values())

    @property
    def status(self) -> str:
        """The status of the call, or the loudest of many."""
        if self.task is not None:
            return status_of(self.task)
        return next((one for one in LOUDEST if self.counts[one] > 0), "blocked")

    @property
    def is_over(self) -> bool:
        """Whether nothing in it can still happen."""
        if self.task is not None:
            return self.task.status.final
        ended = ("succeeded", "failed", "cancelled", "invalid")
        return sum(self.counts[one] for one in ended) == self.total

    def add(self, child: Node) -> None:
        """Put ``child`` at the end."""
        child.parent = self
        self.children.append(child)

    def note(self, before: Task | None, now: Task) -> None:
        """A call in it is ``now``, and was ``before``."""
        if before is not None:
            was = status_of(before)
            self.counts[was] -= 1
        self.counts[status_of(now)] += 1
        if now.started is not None and (self.started is None or now.started < self.started):
            self.started = now.started
        if now.finished is not None and (self.finished is None or now.finished > self.finished):
            self.finished = now.finished

    def join(self, part: Node) -> None:
        """``part``, with all that it holds, has come into it."""
        self.counts.update(part.counts)
        begun = [one.started for one in (self, part) if one.started is not None]
        ended = [one.finished for one in (self, part) if one.finished is not None]
        self.started = min(begun, default=None)
        self.finished = max(ended, default=None)
