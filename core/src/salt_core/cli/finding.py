"""From the names that a person types to what they name, or to a sentence that helps."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import suppress

from salt_core.errors import BadInput, NotFound
from salt_core.model.run import Run, RunFilter
from salt_core.model.task import Task
from salt_core.store import Store
from salt_core.store.paging import task_pages
from salt_core.why.facts import is_open

PAGE = 500


_CALLED = re.compile(r"(.+?)((?:\.\d+)+)")
"""The id of a run that another one called: the caller's, and the call's number."""


async def find_run(store: Store, name: str) -> Run:
    """The run with this id, or the only one whose id begins so.

    Of a run that another one called, only the part of the id before the first call's number may be
    shortened.

    Raises:
        NotFound: There is none.
        BadInput: Several begin so.
    """
    exact = await store.run(name) if name else None
    if exact is not None:
        return exact
    found = [run async for run in _all_runs(store) if name and run.id.startswith(name)]
    if len(found) > 1:
        some = ", ".join(run.id for run in found[:3])
        raise BadInput(f"{len(found)} runs begin with {name!r}: {some}…", "Type more of the id.")
    if found:
        return found[0]
    called = _CALLED.fullmatch(name)
    if called is not None:
        with suppress(NotFound):
            caller = await find_run(store, called[1])
            child = await store.run(caller.id + called[2])
            if child is not None:
                return child
    raise NotFound(f"There is no run {name!r}.", "'salt runs' lists them.")


async def find_task(store: Store, run: Run, name: str) -> Task:
    """The task with this id or name; of several of a name the only one that has not ended.

    Raises:
        NotFound: There is none.
        BadInput: Several have this name.
    """
    exact = await store.task(run.id, name) if name.isdigit() else None
    if exact is not None:
        return exact
    named = [one async for page in task_pages(store, run) for one in page if one.name == name]
    going = [one for one in named if is_open(one)]
    for some in (named, going):
        if len(some) == 1:
            return some[0]
    if named:
        ids = ", ".join(one.id for one in (going or named)[:5])
        more = ", …" if len(going or named) > 5 else ""
        raise BadInput(
            f"Run {run.id} has {len(named):,} tasks {name!r}: {ids}{more}.", "Give the id of one."
        )
    raise NotFound(f"Run {run.id} has no task {name!r}.", f"'salt show {run.id}' lists them.")


async def _all_runs(store: Store) -> AsyncIterator[Run]:
    offset = 0
    while page := await store.runs(RunFilter(limit=PAGE, offset=offset)):
        for run in page:
            yield run
        offset += PAGE
