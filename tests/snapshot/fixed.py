"""A store that answers with fixed values, so that a picture of the console is always the same.

It knows no transitions: what a run goes through is tested on real servers.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, cast

from salt_core.blobs import Blobs
from salt_core.errors import Unreachable
from salt_core.model.agent import AgentInfo
from salt_core.model.log import Chunk, Line, LogState
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
    results: dict[str, str] = field(default_factory=dict[str, str])
    queues: dict[str, int] = field(default_factory=dict[str, int])
    leading: str | None = None
    down: str = ""
    created: list[NewRun] = field(default_factory=list[NewRun])
    cancelled: list[str] = field(default_factory=list[str])
    asked: list[RunFilter] = field(default_factory=list[RunFilter])

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
        return self.all_versions.get(workflow)

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

    async def tasks(self, run: str, offset: int = 0, limit: int = 1000) -> list[Task]:
        self._up()
        return self.all_tasks.get(run, [])[offset : offset + limit]

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
