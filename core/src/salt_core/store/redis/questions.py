"""What people ask: runs, tasks, results, agents, queues. Nothing here changes anything."""

from __future__ import annotations

from salt_core.model.agent import AgentInfo
from salt_core.model.run import Run, RunFilter
from salt_core.model.task import Task
from salt_core.store.redis import records
from salt_core.store.redis.base import RedisBase, text, text_map
from salt_core.store.redis.connection import translate
from salt_core.store.redis.keys import Kind

PAGE = 200
GONE_MS = 120_000
"""An agent that has been silent for this long is not listed any more."""


class QuestionPart(RedisBase):
    async def run(self, run: str) -> Run | None:
        (found,) = await self._hashes([self.keys(Kind.RUN, run)])
        return records.read_run(run, found) if found else None

    async def runs(self, which: RunFilter) -> list[Run]:
        key = self.keys(Kind.RUNS, *([which.workflow] if which.workflow else []))
        least = "-inf" if which.since is None else which.since
        found: list[Run] = []
        skip, offset = which.offset, 0
        while len(found) < which.limit:
            with translate(self.url):
                ids = await self._redis.zrevrangebyscore(key, "+inf", least, offset, PAGE)
            if not ids:
                break
            offset += len(ids)
            names = [text(one) for one in ids]
            heads = await self._hashes([self.keys(Kind.RUN, name) for name in names])
            for name, head in zip(names, heads, strict=True):
                if not head or (which.status and head["status"] != which.status):
                    continue
                if skip:
                    skip -= 1
                elif len(found) < which.limit:
                    found.append(records.read_run(name, head))
        return found

    async def tasks(self, run: str, offset: int = 0, limit: int = 1000) -> list[Task]:
        with translate(self.url):
            calls = await self._redis.hget(self.keys(Kind.RUN, run), "calls")
            if calls is None:
                return []
            ids = [str(seq) for seq in range(offset, min(int(calls) + 1, offset + limit))]
            async with self._redis.pipeline(transaction=False) as pipe:
                for task in ids:
                    pipe.hgetall(self.keys(Kind.TASK, run, task))
                    pipe.lrange(self.keys(Kind.ATTEMPTS, run, task), 0, -1)
                found = await pipe.execute()
        return [
            records.read_task(task, text_map(found[2 * i]), found[2 * i + 1])
            for i, task in enumerate(ids)
            if found[2 * i]
        ]

    async def values(self, run: str, offset: int = 0, limit: int = 1000) -> dict[str, str]:
        with translate(self.url):
            async with self._redis.pipeline(transaction=False) as pipe:
                ids = [str(seq) for seq in range(offset, offset + limit)]
                for task in ids:
                    pipe.hget(self.keys(Kind.TASK, run, task), "value")
                found = await pipe.execute()
        return {task: text(one) for task, one in zip(ids, found, strict=True) if one is not None}

    async def task(self, run: str, task: str) -> Task | None:
        with translate(self.url):
            async with self._redis.pipeline(transaction=False) as pipe:
                pipe.hgetall(self.keys(Kind.TASK, run, task))
                pipe.lrange(self.keys(Kind.ATTEMPTS, run, task), 0, -1)
                found, attempts = await pipe.execute()
        return records.read_task(task, text_map(found), attempts) if found else None

    async def input(self, run: str, task: str) -> str | None:
        with translate(self.url):
            value = await self._redis.hget(self.keys(Kind.TASK, run, task), "input")
        return None if value is None else text(value)

    async def result(self, run: str) -> str | None:
        with translate(self.url):
            value = await self._redis.hget(self.keys(Kind.TASK, run, "0"), "value")
        return None if value is None else text(value)

    async def agents(self) -> list[AgentInfo]:
        oldest = await self.ping() - GONE_MS
        key = self.keys(Kind.AGENTS)
        with translate(self.url):
            await self._redis.zremrangebyscore(key, "-inf", oldest)
            names = [text(one) for one in await self._redis.zrange(key, 0, -1)]
        found = await self._hashes([self.keys(Kind.AGENT, name) for name in names])
        return [records.read_agent(one) for one in found if "info" in one]

    async def queue_depths(self) -> dict[str, int]:
        with translate(self.url):
            names = sorted(text(one) for one in await self._redis.smembers(self.keys(Kind.QUEUES)))
            async with self._redis.pipeline(transaction=False) as pipe:
                for queue in names:
                    pipe.zcard(self.keys(Kind.READY, queue, "task"))
                    pipe.zcard(self.keys(Kind.READY, queue, "body"))
                found = await pipe.execute() if names else []
        depths = {queue: found[2 * i] + found[2 * i + 1] for i, queue in enumerate(names)}
        return {queue: depth for queue, depth in depths.items() if depth}
