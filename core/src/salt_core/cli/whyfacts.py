"""What ``salt_core.why`` has to know of a task, asked of the store."""

from __future__ import annotations

from dataclasses import replace

from salt_core.cli.local_agent import is_gone
from salt_core.errors import NotFound
from salt_core.ids import BODY
from salt_core.model.agent import AgentInfo
from salt_core.model.run import Run
from salt_core.model.status import TaskStatus
from salt_core.model.task import Task
from salt_core.store import Store
from salt_core.store.paging import task_pages
from salt_core.why.facts import Facts, is_open, most_telling

_DEEPEST = 20
"""Runs that call runs are followed so far down."""
_ENOUGH = 1000
"""Open calls that are looked at, of a run that has very many."""


async def gather(store: Store, run: Run, task: Task | None = None) -> Facts:
    """All that is known of ``task``, or of the run, and of what keeps it.

    Raises:
        NotFound: The run was forgotten meanwhile.
    """
    now = await store.ping()
    agents = tuple(one for one in await store.agents() if not is_gone(one))
    depths = await store.queue_depths()
    return await _Gathering(store, now, agents, depths).facts(run, task, _DEEPEST)


class _Gathering:
    def __init__(
        self, store: Store, now: int, agents: tuple[AgentInfo, ...], depths: dict[str, int]
    ) -> None:
        self._store = store
        self._now = now
        self._agents = agents
        self._depths = depths

    async def facts(self, run: Run, task: Task | None, deep: int) -> Facts:
        one = task or await self._store.task(run.id, BODY)
        if one is None:
            raise NotFound(f"Run {run.id} was forgotten.", "'salt runs' lists those that are kept.")
        facts = Facts(
            now=self._now,
            run=run,
            task=one,
            agents=self._agents,
            ready=max(0, self._depths.get(one.policy.queue, 0) - 1),
            holders=await self._store.limit_holders(one.held) if one.held else (),
        )
        if one.status.final and not one.quarantined:
            return facts
        waits, count = await self._waits(run, one)
        facts = replace(facts, waits=waits, waits_count=count)
        beneath = await self._beneath(run, one, waits, deep - 1) if deep else None
        return replace(facts, beneath=beneath)

    async def _waits(self, run: Run, task: Task) -> tuple[tuple[Task, ...], int]:
        """The open calls that ``task`` waits for, as many as are looked at, and how many there are."""
        if task.id == BODY:
            return await self._open_calls(run)
        if task.status is not TaskStatus.BLOCKED:
            return (), 0
        some = [await self._store.task(run.id, need) for need in task.needs[:_ENOUGH]]
        found = tuple(one for one in some if one is not None and is_open(one))
        return found, len(found) + max(0, len(task.needs) - _ENOUGH)

    async def _open_calls(self, run: Run) -> tuple[tuple[Task, ...], int]:
        left = run.tasks_total - run.tasks_done
        found: list[Task] = []
        if left <= 0:
            return (), 0
        async for page in task_pages(self._store, run):
            found += [one for one in page if one.id != BODY and is_open(one)]
            if len(found) >= min(left, _ENOUGH):
                break
        return tuple(found), max(left, len(found)) if len(found) >= _ENOUGH else len(found)

    async def _beneath(
        self, run: Run, task: Task, waits: tuple[Task, ...], deep: int
    ) -> Facts | None:
        if task.child:
            child = await self._store.run(task.child)
            return None if child is None else await self.facts(child, None, deep)
        if task.id == BODY and task.status in (TaskStatus.BLOCKED, TaskStatus.QUEUED):
            return None  # what keeps it is not one of its calls
        telling = most_telling(waits)
        return None if telling is None else await self.facts(run, telling, deep)
