"""What builds say while they go on, for those who look on from elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

from salt_core.model.workflow import BuildLine
from salt_core.store.redis.base import RedisBase, text, text_map
from salt_core.store.redis.connection import translate
from salt_core.store.redis.keys import Kind

KEPT = 2000
_KEPT_S = 7 * 86_400


class BuildPart(RedisBase):
    async def tell_build(self, workflow: str, lines: Sequence[str]) -> None:
        key = self.keys(Kind.BUILD, workflow)
        change = {"kind": "build", "key": workflow, "status": "said"}
        with translate(self.url):
            async with self._redis.pipeline(transaction=True) as pipe:
                for line in lines:
                    said = line.encode("utf-8", "surrogateescape")
                    pipe.xadd(key, {"t": said}, maxlen=KEPT, approximate=True)
                pipe.expire(key, _KEPT_S)
                pipe.xadd(self.keys(Kind.CHANGES), dict(change), maxlen=10000, approximate=True)
                await pipe.execute()

    async def build_output(
        self, workflow: str, after: str = "", limit: int = 500
    ) -> list[BuildLine]:
        key = self.keys(Kind.BUILD, workflow)
        with translate(self.url):
            if after:
                found = await self._redis.xrange(key, f"({after}", "+", limit)
            else:
                found = (await self._redis.xrevrange(key, "+", "-", limit))[::-1]
        return [_line(text(entry), text_map(fields)) for entry, fields in found]


def _line(entry: str, fields: dict[str, str]) -> BuildLine:
    return BuildLine(entry, int(entry.partition("-")[0]), fields["t"])
