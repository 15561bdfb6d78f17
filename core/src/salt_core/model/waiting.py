"""What waits in any run, and the events that end such waits."""

from __future__ import annotations

from dataclasses import dataclass

from salt_core.model.run import Run
from salt_core.model.task import Task


@dataclass(frozen=True, slots=True)
class Waiting:
    """A call that waits for a person or an event, its run, and since when (Unix ms)."""

    run: Run
    task: Task
    since: int

    @property
    def member(self) -> str:
        """``run/task``."""
        return f"{self.run.id}/{self.task.id}"


@dataclass(frozen=True, slots=True)
class Told:
    """An event that was told.

    Attributes:
        id: What told it apart when it was told.
        entry: Its place among the events of its name.
        at: Unix ms.
        woken: Waits that it ended at once.
        begins: How its payload (JSON text) begins.
        size: Bytes of the payload.
    """

    event: str
    id: str
    entry: str
    at: int
    woken: int
    begins: str
    size: int
