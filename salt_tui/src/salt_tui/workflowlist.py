"""All workflows with their health: heads at once, the last runs of those in sight."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from salt_core.model.run import Run
from salt_core.model.workflow import Workflow
from salt_tui.changes import Changes
from salt_tui.readmodel import ReadModel

RECENT = 10
"""Runs of which a workflow's line tells."""
_AT_ONCE = 20
_FEW = 10
"""Schedules that fired are read one by one up to so many workflows; else all of them."""


@dataclass(frozen=True, slots=True)
class WorkflowRow:
    """A workflow with what its line shows.

    Attributes:
        recent: Its last runs, newest first; ``None`` until they were read.
        next_due: Unix ms; ``None``: nothing is due.
    """

    workflow: Workflow
    recent: tuple[Run, ...] | None = None
    next_due: int | None = None

    def with_run(self, run: Run) -> WorkflowRow:
        """This row after ``run`` changed."""
        if self.recent is None:
            return self
        others = [known for known in self.recent if known.id != run.id]
        runs = sorted([run, *others], key=lambda known: known.created, reverse=True)
        return replace(self, recent=tuple(runs[:RECENT]))


class WorkflowList:
    """What the list of workflows shows; ``words`` filter it."""

    def __init__(self, model: ReadModel, words: str = "") -> None:
        self._model = model
        self._all: dict[str, WorkflowRow] = {}
        self._read: set[str] = set()
        """Workflows whose last runs were read and are followed since."""
        self.words = words.lower().split()
        self.rows: list[WorkflowRow] = []

    @property
    def total(self) -> int:
        return len(self._all)

    @property
    def broken(self) -> int:
        return sum(bool(row.workflow.build_error) for row in self._all.values())

    def narrow(self, words: str) -> None:
        """Show only those that fit ``words``: of name or folder, or ``is:broken``, ``is:paused``."""
        self.words = words.lower().split()
        self._arrange()

    async def update(self, changes: Changes) -> None:
        """Read again what changed."""
        if changes.everything or not self._all:
            self._read.clear()
            await self._read_heads(None)
            await self._read_due(None)
        else:
            if changes.workflows:
                await self._read_heads(changes.workflows)
            if about := changes.schedules | changes.workflows:
                await self._read_due(
                    {name for key in about for name in (key, key.rpartition(".")[0])}
                )
            if changes.runs:
                for run in await self._model.store.read_runs(sorted(changes.runs)):
                    if not run.parent and (row := self._all.get(run.workflow)):
                        self._all[run.workflow] = row.with_run(run)
        self._arrange()

    async def want(self, first: int, last: int) -> bool:
        """Have the last runs of the rows ``first`` … ``last``; whether any had to be read."""
        in_sight = (row.workflow.name for row in self.rows[max(first, 0) : last + 1])
        names = [name for name in in_sight if name not in self._read]
        for begin in range(0, len(names), _AT_ONCE):
            some = names[begin : begin + _AT_ONCE]
            found = await self._model.store.recent_runs(some, RECENT)
            for name, runs in found.items():
                self._read.add(name)
                if name in self._all:
                    self._all[name] = replace(self._all[name], recent=tuple(runs))
        if names:
            self._arrange()
        return bool(names)

    async def _read_heads(self, names: Collection[str] | None) -> None:
        if names is None or len(names) > _FEW:
            heads = await self._model.store.workflows()
            gone = self._all.keys() - {head.name for head in heads}
        else:
            found = {name: await self._model.store.workflow(name) for name in names}
            heads = [head for head in found.values() if head is not None]
            gone = {name for name, head in found.items() if head is None}
        for name in gone:
            self._all.pop(name, None)
        for head in heads:
            known = self._all.get(head.name) or WorkflowRow(head)
            self._all[head.name] = replace(known, workflow=head)

    async def _read_due(self, names: Iterable[str] | None) -> None:
        some = None if names is None else [name for name in names if name in self._all]
        if some is None or len(some) > _FEW:
            schedules, some = await self._model.store.schedules(), list(self._all)
        else:
            schedules = [one for name in some for one in await self._model.store.schedules(name)]
        due: dict[str, int] = {}
        for schedule in schedules:
            if not schedule.paused:
                earliest = min(due.get(schedule.workflow, schedule.next_due), schedule.next_due)
                due[schedule.workflow] = earliest
        for name in some:
            self._all[name] = replace(self._all[name], next_due=due.get(name))

    def _arrange(self) -> None:
        rows = sorted(self._all.values(), key=lambda row: row.workflow.name)
        self.rows = [row for row in rows if all(_fits(row, word) for word in self.words)]


def _fits(row: WorkflowRow, word: str) -> bool:
    match word:
        case "is:broken":
            return bool(row.workflow.build_error)
        case "is:paused":
            return row.workflow.paused
        case _:
            return word in f"{row.workflow.name} {row.workflow.source}".lower()
