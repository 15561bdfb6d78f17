"""The scheduler host's verbs: leader, schedules, firing, retention."""

from __future__ import annotations

from collections.abc import Sequence

from salt_core.model.run import NewRun
from salt_core.model.schedule import Schedule
from salt_core.store.redis import records
from salt_core.store.redis.base import Argument, RedisBase, text
from salt_core.store.redis.connection import translate
from salt_core.store.redis.keys import Kind
from salt_core.store.redis.runs import new_run_arguments


class HostPart(RedisBase):
    async def elect(self, host: str, ttl_ms: int) -> bool:
        return bool(await self._call("elect", host, ttl_ms))

    async def resign(self, host: str) -> None:
        await self._call("resign", host)

    async def leader(self) -> str | None:
        with translate(self.url):
            found = await self._redis.get(self.keys(Kind.LEADER))
        return text(found) or None

    async def put_schedules(self, workflow: str, schedules: Sequence[Schedule]) -> None:
        args: list[Argument] = [workflow]
        for one in schedules:
            args += [one.id, records.schedule_json(one), one.next_due]
        await self._call("put_schedules", *args)

    async def schedules(self, workflow: str | None = None) -> list[Schedule]:
        with translate(self.url):
            if workflow is None:
                ids = await self._redis.zrange(self.keys(Kind.DUE), 0, -1)
            else:
                ids = await self._redis.smembers(self.keys(Kind.SCHEDULES, workflow))
        return sorted(await self._read([text(one) for one in ids]), key=lambda one: one.next_due)

    async def due_schedules(self, limit: int = 100) -> tuple[list[Schedule], int | None]:
        now, key = await self.ping(), self.keys(Kind.DUE)
        with translate(self.url):
            due = await self._redis.zrangebyscore(key, "-inf", now, 0, limit)
            later = await self._redis.zrangebyscore(key, f"({now}", "+inf", 0, 1, withscores=True)
        return await self._read([text(one) for one in due]), (
            max(0, int(later[0][1]) - now) if later else None
        )

    async def _read(self, ids: list[str]) -> list[Schedule]:
        found = await self._hashes([self.keys(Kind.SCHEDULE, one) for one in ids])
        return [
            records.read_schedule(name, one) for name, one in zip(ids, found, strict=True) if one
        ]

    async def fire(self, schedule: str, due: int, next_due: int, new: NewRun | None) -> bool:
        run = new_run_arguments(new) if new else []
        return bool(await self._call("fire", schedule, due, next_due, *run))

    async def prune(self, older_than_ms: int, limit: int = 100) -> list[str]:
        return [text(run) for run in await self._call("prune", older_than_ms, limit)]
