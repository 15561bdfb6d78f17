"""What runs share: limits by name, values that may be used again, the history of a task's values."""

from __future__ import annotations

import json

from salt_core.model.check import Record
from salt_core.store.redis.base import RedisBase, text
from salt_core.store.redis.connection import translate
from salt_core.store.redis.keys import Kind


class SharingPart(RedisBase):
    async def cached(self, key: str) -> str | None:
        with translate(self.url):
            value = await self._redis.get(self.keys(Kind.MEMO, key))
        return None if value is None else text(value)

    async def history(self, workflow: str, task: str, limit: int) -> list[Record]:
        if limit <= 0:
            return []
        with translate(self.url):
            found = await self._redis.lrange(self.keys(Kind.HISTORY, workflow, task), -limit, -1)
        return [Record(**json.loads(one)) for one in found]

    async def limit_holders(self, name: str) -> tuple[str, ...]:
        with translate(self.url):
            found = await self._redis.zrange(self.keys(Kind.LIMIT, name), 0, -1)
        return tuple(text(one) for one in found)
