"""A list of runs: the keys of all that match, and the heads of those in sight.

The server looks through all runs and names those that match, stretch by stretch; of a hundred
thousand keys the console holds a few megabytes. A head is read when its row comes into sight, and
read again when it changed meanwhile.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import overload

from salt_core.model.query import RunQuery
from salt_core.model.run import Run
from salt_tui.readmodel import ReadModel

_KEPT = 3_000
"""Heads that are kept; those of the rows that were in sight last."""
_CHUNK = 200
_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class RunRow:
    """One row; ``run`` is ``None`` until it was read."""

    id: str
    created: int
    run: Run | None


class RunRows(Sequence[RunRow]):
    """The rows of a list, newest first; made when they are asked for."""

    def __init__(self, keys: list[tuple[int, str]], heads: dict[str, Run]) -> None:
        self._keys = keys
        self._heads = heads

    def __len__(self) -> int:
        return len(self._keys)

    @overload
    def __getitem__(self, index: int) -> RunRow: ...
    @overload
    def __getitem__(self, index: slice) -> list[RunRow]: ...
    def __getitem__(self, index: int | slice) -> RunRow | list[RunRow]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        created, run = self._keys[-1 - index if index >= 0 else -index - 1]
        return RunRow(run, created, self._heads.get(run))


class RunList:
    """What one run list shows.

    Attributes:
        looked: Runs that were looked at.
        complete: Whether there are no more to look at.
    """

    def __init__(self, model: ReadModel, query: RunQuery) -> None:
        self._model = model
        self._keys: list[tuple[int, str]] = []  # oldest first: what is new is appended
        self._created: dict[str, int] = {}
        self._heads: dict[str, Run] = {}
        self._in_sight: frozenset[str] = frozenset()
        self._next: tuple[int, int] | None = None
        self.query = query
        self.rows = RunRows(self._keys, self._heads)
        self.looked = 0
        self.complete = False

    def at(self, run: str) -> int | None:
        """The number of the row of ``run``."""
        created = self._created.get(run)
        if created is None:
            return None
        return len(self._keys) - 1 - bisect_left(self._keys, (created, run))

    async def more(self) -> None:
        """Look at one further stretch of runs, if there is one."""
        if self.complete:
            return
        found = await self._model.store.find_runs(self.query, self._next)
        self.looked += found.looked
        self._next = found.next
        self.complete = found.next is None
        fresh = [key for key in reversed(found.keys) if key[1] not in self._created]
        self._created.update((run, created) for created, run in fresh)
        in_order = not fresh or not self._keys or fresh[-1] < self._keys[0]
        self._keys[:0] = fresh
        if not in_order:  # something of the same moment came in between
            self._keys.sort()

    async def want(self, first: int, last: int) -> bool:
        """Have the heads of the rows ``first`` … ``last``; whether any had to be read."""
        for attempt in range(_ATTEMPTS):
            ids = [row.id for row in self.rows[max(first, 0) : last + 1]]
            self._in_sight = frozenset(ids)
            missing = [run for run in ids if run not in self._heads]
            if not missing:
                return attempt > 0
            await self._read(missing)  # one that is not there any more lets others move up
        return True

    async def update(self, runs: Collection[str], tasks: Collection[str] = ()) -> None:
        """Runs ``runs`` changed or are new, and tasks of the runs ``tasks``."""
        again = {run for run in tasks if run in self._in_sight}
        for run in runs:
            if run in self._in_sight or run not in self._created or not self.query.everything:
                again.add(run)
            else:
                self._heads.pop(run, None)  # read again when it comes into sight
        await self._read(sorted(again))

    async def _read(self, ids: Sequence[str]) -> None:
        now = self._model.now()
        for begin in range(0, len(ids), _CHUNK):
            some = ids[begin : begin + _CHUNK]
            found = await self._model.store.read_runs(some)
            self._forget(set(some) - {run.id for run in found})
            self._forget({run.id for run in found if not self.query.matches(run, now)})
            for run in found:
                if self.query.matches(run, now) and self._was_looked_at(run):
                    self._put(run)

    def _was_looked_at(self, run: Run) -> bool:
        """Whether its stretch was looked at; what is older comes with its own."""
        return self.complete or (self._next is not None and run.created >= self._next[0])

    def _put(self, run: Run) -> None:
        if self._created.get(run.id) != run.created:
            self._forget({run.id})
            self._created[run.id] = run.created
            insort(self._keys, (run.created, run.id))
        self._heads.pop(run.id, None)
        self._heads[run.id] = run
        if len(self._heads) > _KEPT:
            self._drop_oldest()

    def _drop_oldest(self) -> None:
        for run in list(self._heads)[: _KEPT // 4]:
            if run not in self._in_sight:
                del self._heads[run]

    def _forget(self, ids: Iterable[str]) -> None:
        for run in ids:
            self._heads.pop(run, None)
            created = self._created.pop(run, None)
            if created is not None:
                del self._keys[bisect_left(self._keys, (created, run))]
