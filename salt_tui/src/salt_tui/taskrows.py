"""One run with its tasks, kept up to date stretch by stretch."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable

from salt_core.ids import BODY
from salt_core.model.run import Run
from salt_core.model.task import Task
from salt_core.store.paging import all_tasks
from salt_tui.readmodel import ReadModel

_STRETCH = 32
"""Tasks that are read again together when one of them has changed."""


class RunTasks:
    """A run's head and its tasks in program order; the workflow function itself comes first."""

    def __init__(self, model: ReadModel, run: str) -> None:
        self._model = model
        self.id = run
        self.run: Run | None = None
        self.tasks: list[Task] = []

    async def load(self) -> None:
        """Read all of it."""
        self.run = await self._model.run(self.id)
        self.tasks = await all_tasks(self._model.store, self.id)

    async def update(self, ids: Iterable[str]) -> None:
        """Read the head again, and what holds the tasks ``ids``."""
        before, self.run = self.run, await self._model.run(self.id)
        if self.run is not None and self.run.status.final and self.run != before:
            # The end of a run ends what is left of its tasks, and tells the run only.
            self.tasks = await all_tasks(self._model.store, self.id)
            return
        # The function's own task is told of as the run.
        numbers = {int(task) // _STRETCH for task in (BODY, *ids) if task.isdigit()}
        for number in sorted(numbers):
            # What came before it and is not known yet is read with it.
            known = _number(self.tasks[-1]) + 1 if self.tasks else 0
            start, end = min(number * _STRETCH, known), (number + 1) * _STRETCH
            found = await self._model.store.tasks(self.id, start, end - start)
            first = bisect_left(self.tasks, start, key=_number)
            last = bisect_left(self.tasks, end, key=_number)
            # A loop's calls of long ago are not there any more.
            self.tasks[first:last] = found


def _number(task: Task) -> int:
    return int(task.id)
