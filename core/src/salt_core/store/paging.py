"""A run's tasks, a page at a time: there may be a hundred thousand."""

from __future__ import annotations

from collections.abc import AsyncIterator

from salt_core.model.run import Run
from salt_core.model.task import Task
from salt_core.store import QuestionVerbs

PAGE = 500


async def task_pages(store: QuestionVerbs, run: Run) -> AsyncIterator[list[Task]]:
    """All tasks of a run, in program order; those too that it got since ``run`` was read.

    A loop's calls of long ago are forgotten: a page may be short, and others follow.
    """
    offset, last = 0, run.tasks_total
    while offset <= last:
        page = await store.tasks(run.id, offset=offset, limit=PAGE)
        offset += PAGE
        if page:
            if int(page[-1].id) == offset - 1:
                last = max(last, offset)
            yield page


async def all_tasks(store: QuestionVerbs, run: str) -> list[Task]:
    """All tasks of a run, in program order; none when there is no such run."""
    head = await store.run(run)
    if head is None:
        return []
    return [one async for page in task_pages(store, head) for one in page]
