"""One run with its tasks, kept up to date page by page."""

from __future__ import annotations

from collections.abc import Iterable

from salt_core.cli.finding import PAGE, all_tasks
from salt_core.model.run import Run
from salt_core.model.task import Task
from salt_tui.readmodel import ReadModel


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
        """Read the head again, and the pages that hold the tasks ``ids``."""
        self.run = await self._model.run(self.id)
        # A task's id is its place in program order, so it says which page holds the task.
        for page in sorted({int(task) // PAGE for task in ids if task.isdigit()}):
            start = min(page * PAGE, len(self.tasks))
            found = await self._model.store.tasks(self.id, start, PAGE)
            self.tasks[start : start + len(found)] = found
