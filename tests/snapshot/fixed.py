"""A store that answers with fixed values, so that a picture of the console is always the same.

It knows no transitions: what a run goes through is tested on real servers.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

from salt_core.blobs import Blobs
from salt_core.errors import Unreachable
from salt_core.model.agent import AgentInfo
from salt_core.model.deed import Deed
from salt_core.model.journal import Entry
from salt_core.model.log import Chunk, Line, LogState
from salt_core.model.query import Found, RunQuery
from salt_core.model.run import NewRun, Run, RunFilter
from salt_core.model.schedule import Schedule
from salt_core.model.task import Task
from salt_core.model.workflow import Version, Workflow
from salt_core.store import Store

NOW = 1_768_485_731_000
"""2026-01-15 14:02:11 UTC."""


@dataclass
class FixedStore:
    """What the console can ask for. ``down`` makes every question fail."""

    all_workflows: list[Workflow] = field(default_factory=list[Workflow])
    all_versions: dict[str, Version] = field(default_factory=dict[str, Version])
    all_runs: list[Run] = field(default_factory=list[Run])
    all_tasks: dict[str, list[Task]] = field(default_factory=dict[str, list[Task]])
    all_agents: list[AgentInfo] = field(default_factory=list[AgentInfo])
    all_schedules: list[Schedule] = field(default_factory=list[Schedule])
    logs: dict[tuple[str, str, int], list[Line]] = field(
        default_factory=dict[tuple[str, str, int], list[Line]]
    )
    inputs: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])
    """JSON text of what calls were given, by run and task."""
    task_values: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])
    results: dict[str, str] = field(default_factory=dict[str, str])
    queues: dict[str, int] = field(default_factory=dict[str, int])
    leading: str | None = None
    down: str = ""
    created: list[NewRun] = field(default_factory=list[NewRun])
    cancelled: list[str] = field(default_factory=list[str])
    asked: list[RunFilter] = field(default_factory=list[RunFilter])
    queries: list[RunQuery] = field(default_factory=list[RunQuery])
    read: list[int] = field(default_factory=list[int])
    recent: list[tuple[str, ...]] = field(default_factory=list[tuple[str, ...]])
    stretch: int = 1000
    all_deeds: list[Deed] = field(default_factory=list[Deed])
    more_versions: list[Version] = field(default_factory=list[Version])
    moved: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    journals: dict[str, list[Entry]] = field(default_factory=dict[str, list[Entry]])

    def __post_init__(self) -> None:
        self._news = asyncio.Condition()
        self._log: list[tuple[str, str]] = []

    def as_store(self) -> Store:
        return cast("Store", self)

    def as_blobs(self) -> Blobs:
        return cast("Blobs", None)

    async def tell(self, kind: str, key: str) -> None:
        """Put an entry into the change stream."""
        async with self._news:
            self._log.append((kind, key))
            self._news.notify_all()

    async def lose(self, problem: str) -> None:
        """Stop answering (``""``: answer again)."""
        async with self._news:
            self.down = problem
            self._news.notify_all()

    def _up(self) -> None:
        if self.down:
            raise Unreachable(self.down)

    async def ping(self) -> int:
        self._up()
        return NOW

    async def changes(self, after: str = "$") -> AsyncIterator[dict[str, str]]:
        at = len(self._log) if after == "$" else int(after) if after.isdigit() else 0
        while True:
            async with self._news:
                while not self.down and at >= len(self._log):
                    await self._news.wait()
            self._up()
            kind, key = self._log[at]
            at += 1
            yield {"id": str(at), "kind": kind, "key": key, "status": ""}

    async def leader(self) -> str | None:
        self._up()
        return self.leading

    async def agents(self) -> list[AgentInfo]:
        self._up()
        return self.all_agents

    async def queue_depths(self) -> dict[str, int]:
        return self.queues

    async def workflows(self) -> list[Workflow]:
        self._up()
        return self.all_workflows

    async def workflow(self, name: str) -> Workflow | None:
        self._up()
        return next((one for one in self.all_workflows if one.name == name), None)

    async def version(self, workflow: str, version: str) -> Version | None:
        known = [one for one in self.more_versions if one.workflow == workflow]
        return next(
            (one for one in known if one.version == version), self.all_versions.get(workflow)
        )

    async def schedules(self, workflow: str | None = None) -> list[Schedule]:
        self._up()
        return [one for one in self.all_schedules if workflow in (None, one.workflow)]

    async def run(self, run: str) -> Run | None:
        self._up()
        return next((one for one in self.all_runs if one.id == run), None)

    async def runs(self, which: RunFilter) -> list[Run]:
        self._up()
        self.asked.append(which)
        found = [
            run
            for run in self.all_runs
            if which.workflow in (None, run.workflow)
            and which.status in (None, run.status)
            and (which.since is None or run.created >= which.since)
        ]
        found.sort(key=lambda run: run.created, reverse=True)
        return found[which.offset : which.offset + which.limit]

    async def find_runs(self, query: RunQuery, after: tuple[int, int] | None = None) -> Found:
        """Stretches of ``stretch`` runs; ``after`` counts those that were looked at."""
        self._up()
        self.queries.append(query)
        runs = sorted(self.all_runs, key=lambda run: (run.created, run.id), reverse=True)
        in_time = [run for run in runs if query.created.holds(run.created) and not run.parent]
        begin = 0 if after is None else self._first_not_seen(in_time, after)
        some = in_time[begin : begin + self.stretch]
        keys = tuple((run.created, run.id) for run in some if query.matches(run, NOW))
        more = begin + self.stretch < len(in_time)
        seen = (
            sum(one.created == some[-1].created for one in in_time[: begin + len(some)])
            if some
            else 0
        )
        return Found(keys, len(some), (some[-1].created, seen) if more else None)

    @staticmethod
    def _first_not_seen(runs: list[Run], after: tuple[int, int]) -> int:
        newest, skip = after
        return next(i for i, run in enumerate(runs) if run.created <= newest) + skip

    async def read_runs(self, ids: Sequence[str]) -> list[Run]:
        self._up()
        self.read.append(len(ids))
        known = {run.id: run for run in self.all_runs}
        return [known[run] for run in ids if run in known]

    async def recent_runs(self, workflows: Sequence[str], limit: int) -> dict[str, list[Run]]:
        self._up()
        self.recent.append(tuple(workflows))
        return {name: await self.runs(RunFilter(workflow=name, limit=limit)) for name in workflows}

    async def deeds(self, limit: int = 100, after: str = "") -> list[Deed]:
        self._up()
        newest = self.all_deeds[::-1]
        return [
            deed for deed in newest if not after or int(deed.id) > int(after.partition("-")[0])
        ][:limit]

    async def tell_deed(self, deed: Deed) -> None:
        number = len(self.all_deeds) + 1
        self.all_deeds.append(replace(deed, at=NOW, id=str(number)))
        await self.tell("deed", deed.about)

    async def pause(self, workflow: str, paused: bool) -> bool | None:
        return await self._change(workflow, paused=paused)

    async def make_live(self, workflow: str, version: str) -> bool:
        return await self._change(workflow, live=version) is not None

    async def _change(self, workflow: str, **fields: Any) -> bool | None:
        self._up()
        for at, one in enumerate(self.all_workflows):
            if one.name == workflow:
                self.all_workflows[at] = replace(one, **fields)
                await self.tell("workflow", workflow)
                return self.all_workflows[at] != one
        return None

    async def versions(self, workflow: str) -> list[Version]:
        self._up()
        return [one for one in self.more_versions if one.workflow == workflow]

    async def move(self, run: str, version: str) -> bool:
        self._up()
        self.moved.append((run, version))
        return True

    async def rerun(self, old: str, new: NewRun, keep: Sequence[int], upto: int) -> bool:
        self.created.append(new)
        return True

    async def journal(self, run: str, start: int, limit: int = 500) -> list[Entry]:
        return self.journals.get(run, [])[start : start + limit]

    async def task(self, run: str, task: str) -> Task | None:
        return next((one for one in self.all_tasks.get(run, []) if one.id == task), None)

    async def limit_holders(self, name: str) -> tuple[str, ...]:
        return ()

    async def tasks(self, run: str, offset: int = 0, limit: int = 1000) -> list[Task]:
        self._up()
        return self.all_tasks.get(run, [])[offset : offset + limit]

    async def input(self, run: str, task: str) -> str | None:
        return self.inputs.get((run, task))

    async def values(self, run: str, offset: int = 0, limit: int = 1000) -> dict[str, str]:
        tasks = [str(number) for number in range(offset, offset + limit)]
        return {
            task: self.task_values[run, task] for task in tasks if (run, task) in self.task_values
        }

    async def result(self, run: str) -> str | None:
        return self.results.get(run)

    async def create_run(self, new: NewRun) -> bool:
        self._up()
        self.created.append(new)
        return True

    async def cancel(self, run: str) -> bool:
        self._up()
        self.cancelled.append(run)
        return True

    async def log_state(self, run: str, task: str, attempt: int) -> LogState | None:
        data = self._document(run, task, attempt)
        return LogState(attempt, len(data), 0, True, "") if data else None

    async def read_log(
        self, run: str, task: str, attempt: int, after: int, limit: int = 64, block_s: float = 0
    ) -> list[Chunk]:
        data = self._document(run, task, attempt)
        if after < len(data):
            return [Chunk(0, len(data), data)]
        if data:
            return [Chunk(len(data), len(data), b"")]
        if block_s:
            await asyncio.sleep(block_s)
        return []

    def _document(self, run: str, task: str, attempt: int) -> bytes:
        return b"".join(line.encode() for line in self.logs.get((run, task, attempt), []))

    async def close(self) -> None: ...


def described(name: str, properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    """What ``describe`` of an artifact with one workflow prints."""
    params = {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }
    return {"workflows": [{"name": name, "params": params}], "default": name}
