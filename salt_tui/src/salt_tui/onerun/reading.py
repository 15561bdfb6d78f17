"""One run with its calls, read as they change: what did not change is not read again."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from salt_core.ids import BODY
from salt_core.model.run import Run
from salt_core.model.task import Task
from salt_core.store.paging import task_pages
from salt_tui.onerun.sites import SiteGraph
from salt_tui.onerun.tree import Tree
from salt_tui.readmodel import ReadModel

_NEAR = 8
"""Calls whose numbers are this near are read together."""


class RunReader:
    """A run's head, and its calls as a tree and as a graph.

    Args:
        progress: Called after each page of a long run, while it is read first.
    """

    def __init__(
        self, model: ReadModel, run: str, progress: Callable[[], None] = lambda: None
    ) -> None:
        self._model = model
        self._progress = progress
        self.id = run
        self.run: Run | None = None
        self.tree = Tree(run)
        self.graph = SiteGraph()

    async def load(self) -> None:
        """Read all of it."""
        self.run = await self._model.run(self.id)
        if self.run is None:
            return
        known = set(self.tree.ids())
        async for page in task_pages(self._model.store, self.run):
            self._take(page)
            known.difference_update(task.id for task in page)
            self._progress()
        if known:
            self._drop(known)

    async def update(self, ids: Iterable[str]) -> None:
        """Read the head again, and the calls ``ids``."""
        before, self.run = self.run, await self._model.run(self.id)
        if self.run is None:
            return
        if self.run.status.final and self.run != before:
            # The end of a run ends what is left of its calls, and tells the run only.
            await self.load()
            return
        # The function's own task is told of as the run. What came before a call and is not known
        # yet is read with it.
        numbers = {int(task) for task in (BODY, *ids) if task.isdigit()}
        last = self.tree.last
        numbers |= set(range(last + 1, max([*numbers, last + 1])))
        for first, end in _stretches(numbers):
            found = await self._model.store.tasks(self.id, first, end - first + 1)
            if rolled := self._rolled(found):
                await self._roll(rolled)
                return
            there = {task.id for task in found}
            if any(str(n) not in there and self.tree.call(str(n)) for n in range(first, end + 1)):
                await self.load()  # a loop has forgotten calls: which else is not known
                return
            self._take(found)

    def _take(self, tasks: Iterable[Task]) -> None:
        self.graph.put(self.tree.put(tasks))

    def _rolled(self, found: Iterable[Task]) -> int | None:
        """The rolling loop that has ended a turn, so that calls behind it are forgotten."""
        for task in found:
            known = self.tree.call(task.id) if task.kind == "loop" else None
            if known is not None and known.task is not None and known.task.turn != task.turn:
                return int(task.id)
        return None

    async def _roll(self, loop: int) -> None:
        self.tree.cut(loop)
        self._regraph()
        assert self.run is not None
        first, last = loop, self.run.tasks_total
        while first <= last:
            self._take(await self._model.store.tasks(self.id, first, 500))
            first += 500

    def _drop(self, gone: set[str]) -> None:
        """Calls of long ago that a loop has forgotten."""
        kept = [task for task in self.tree.tasks() if task.id not in gone]
        self.tree.cut(-1)
        self.tree.put(kept)
        self._regraph()

    def _regraph(self) -> None:
        self.graph = SiteGraph()
        self.graph.put(self.tree.tasks())


def _stretches(numbers: set[int]) -> list[tuple[int, int]]:
    """As few stretches (first, last) as hold all of them and little else."""
    found: list[tuple[int, int]] = []
    for number in sorted(numbers):
        if found and number - found[-1][1] <= _NEAR and number - found[-1][0] < 500:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found
