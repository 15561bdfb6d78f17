"""The run list: pages of runs from the store, newest first, filtered and kept up to date."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable

from salt_core.model.run import Run
from salt_tui.filters import RunQuery
from salt_tui.readmodel import ReadModel

PAGE = 200
_READ_AGAIN = 400
"""Above so many changed runs at once the newest page is read again instead of each one."""


def _order(run: Run) -> tuple[int, str]:
    return (-run.created, run.id)


class RunList:
    """What one run list shows.

    ``rows`` are the runs that match, newest first; ``read`` counts the runs that were looked at,
    and ``complete`` says whether there are no more of them.
    """

    def __init__(self, model: ReadModel, query: RunQuery) -> None:
        self._model = model
        self._known: dict[str, Run] = {}
        self.query = query
        self.rows: list[Run] = []
        self.complete = False

    @property
    def read(self) -> int:
        return len(self._known)

    async def more(self, wanted: int = PAGE) -> None:
        """Read on until ``wanted`` further rows match, or there are no more runs."""
        goal = len(self.rows) + wanted
        while not self.complete and len(self.rows) < goal:
            before = self.read
            page = await self._page(self._counted())
            self._take(page)
            self.complete = len(page) < PAGE
            if self.read == before:  # rows moved while we read: the next change tells
                return

    async def update(self, ids: Iterable[str]) -> None:
        """Read the runs ``ids`` again: they changed, or are new."""
        changed = set(ids)
        runs: list[Run] = []
        if len(changed) > _READ_AGAIN:
            runs = await self._page(0)
            unfinished = {run.id for run in self.rows if not run.status.final}
            changed = (changed & unfinished) - {run.id for run in runs}
        runs += await self._model.read_runs(sorted(changed))
        self._forget(changed - {run.id for run in runs})
        # What is older than all that was read comes with its page.
        oldest = min((run.created for run in self._known.values()), default=0)
        self._take(
            run for run in runs if self.complete or run.id in self._known or run.created >= oldest
        )

    def _forget(self, ids: set[str]) -> None:
        """Drop runs that the store no longer has."""
        if any(self._known.pop(run, None) for run in ids):
            self.rows = [run for run in self.rows if run.id in self._known]

    async def _page(self, offset: int) -> list[Run]:
        return await self._model.store.runs(self.query.asked(PAGE, offset))

    def _counted(self) -> int:
        return sum(self.query.counts(run) for run in self._known.values())

    def _take(self, runs: Iterable[Run]) -> None:
        for run in runs:
            self._known[run.id] = run
            at = bisect_left(self.rows, _order(run), key=_order)
            shown = at < len(self.rows) and self.rows[at].id == run.id
            if self.query.matches(run):
                self.rows[at : at + shown] = [run]
            elif shown:
                del self.rows[at]
