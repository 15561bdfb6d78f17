"""What people did of late: a stream that keeps the last of them."""

from __future__ import annotations

from salt_core.model.deed import Deed
from salt_core.store.redis.base import RedisBase, text, text_map
from salt_core.store.redis.connection import translate
from salt_core.store.redis.keys import Kind

KEPT = 1000


class DeedPart(RedisBase):
    async def tell_deed(self, deed: Deed) -> None:
        said = {"by": deed.by, "did": deed.did, "about": deed.about, "command": deed.command}
        change = {"kind": "deed", "key": deed.about, "status": "told"}
        with translate(self.url):
            async with self._redis.pipeline(transaction=True) as pipe:
                pipe.xadd(self.keys(Kind.DEEDS), dict(said), maxlen=KEPT, approximate=True)
                pipe.xadd(self.keys(Kind.CHANGES), dict(change), maxlen=10000, approximate=True)
                await pipe.execute()

    async def deeds(self, limit: int = 100, after: str = "") -> list[Deed]:
        oldest = f"({after}" if after else "-"
        with translate(self.url):
            found = await self._redis.xrevrange(self.keys(Kind.DEEDS), "+", oldest, limit)
        return [_deed(text(entry), text_map(fields)) for entry, fields in found]


def _deed(entry: str, fields: dict[str, str]) -> Deed:
    return Deed(**fields, at=int(entry.partition("-")[0]), id=entry)
