"""From the names that a person types to what they name, or to a sentence that helps."""

from __future__ import annotations

from collections.abc import AsyncIterator

from salt_core.errors import BadInput, NotFound
from salt_core.model.run import Run, RunFilter
from salt_core.model.task import Task
from salt_core.store import Store

PAGE = 500


async def find_run(store: Store, name: str) -> Run:
    """The run with this id, or the only one whose id begins so.

    Raises:
        NotFound: There is none.
        BadInput: Several begin so.
    """
    exact = await store.run(name) if name else None
    if exact is not None:
        return exact
    found = [run async for run in _all_runs(store) if name and run.id.startswith(name)]
    if not found:
        raise NotFound(f"There is no run {name!r}.", "'salt runs' lists them.")
    if len(found) > 1:
        some = ", ".join(run.id for run in found[:3])
        raise BadInput(f"{len(found)} runs begin with {name!r}: {some}…", "Type more of the id.")
    return found[0]


async def all_tasks(store: Store, run: str) -> list[Task]:
    """All tasks of a run, in program order."""
    found: list[Task] = []
    offset = 0
    while page := await store.tasks(run, offset=offset, limit=PAGE):
        found += page
        offset += PAGE
    return found


async def _all_runs(store: Store) -> AsyncIterator[Run]:
    offset = 0
    while page := await store.runs(RunFilter(limit=PAGE, offset=offset)):
        for run in page:
            yield run
        offset += PAGE
