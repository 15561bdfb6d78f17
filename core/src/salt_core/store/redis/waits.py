"""What waits for people and events, over all runs: read from indexes that the scripts keep."""

from __future__ import annotations

from salt_core.model.waiting import Told, Waiting
from salt_core.store.redis import records
from salt_core.store.redis.base import RedisBase, text, text_map
from salt_core.store.redis.connection import translate
from salt_core.store.redis.keys import Kind


class WaitPart(RedisBase):
    async def undecided(self, limit: int = 1000) -> list[Waiting]:
        return await self._waiting(Kind.UNDECIDED, limit)

    async def listening(self, limit: int = 1000) -> list[Waiting]:
        return await self._waiting(Kind.LISTENING, limit)

    async def _waiting(self, kind: Kind, limit: int) -> list[Waiting]:
        with translate(self.url):
            found = await self._redis.zrange(self.keys(kind), 0, limit - 1, withscores=True)
        places: list[tuple[str, str, int]] = []
        for member, since in found:
            run, _, task = text(member).rpartition("/")
            places.append((run, task, int(since)))
        runs = list(dict.fromkeys(run for run, _, _ in places))
        heads = dict(
            zip(runs, await self._hashes([self.keys(Kind.RUN, run) for run in runs]), strict=True)
        )
        tasks = await self._hashes([self.keys(Kind.TASK, run, task) for run, task, _ in places])
        return [
            Waiting(records.read_run(run, heads[run]), records.read_task(task, raw, []), since)
            for (run, task, since), raw in zip(places, tasks, strict=True)
            if raw and heads[run]
        ]

    async def told(self, limit: int = 200) -> list[Told]:
        with translate(self.url):
            found = await self._redis.xrevrange(self.keys(Kind.TOLD), "+", "-", limit)
        return [_told(fields) for _, fields in found]

    async def payload(self, told: Told) -> str | None:
        key = self.keys(Kind.EVENTS, told.event)
        with translate(self.url):
            found = await self._redis.xrange(key, told.entry, told.entry)
        return text(found[0][1][b"p"]) if found else None


def _told(fields: dict[bytes, bytes]) -> Told:
    # The beginning may end within a character.
    begins = fields.pop(b"begins").decode("utf-8", "ignore")
    said = text_map(fields)
    at, woken, size = int(said["at"]), int(said["woken"]), int(said["size"])
    return Told(said["event"], said["id"], said["entry"], at, woken, begins, size)
