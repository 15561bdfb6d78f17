"""Live logs: a stream an attempt, whose entry ids are byte offsets."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

from salt_core.model.lease import Token
from salt_core.model.log import Chunk, LogState
from salt_core.store.redis.base import Argument, RedisBase, text
from salt_core.store.redis.connection import translate
from salt_core.store.redis.keys import Kind

TAIL = 256 * 1024
"""Bytes behind the archived offset that stay in Redis, for followers."""


class LogPart(RedisBase):
    async def append_log(self, token: Token, chunks: Sequence[Chunk]) -> int:
        """The offset reached, or -1 when this token may not write this log any more."""
        args: list[Argument] = [token.run, token.task, token.attempt, token.nonce]
        for chunk in chunks:
            args += [chunk.start, chunk.end, zlib.compress(chunk.data, 1)]
        return int(await self._call("append_log", *args))

    async def archived_log(self, token: Token, upto: int, archive: str, closed: bool) -> None:
        fence = (token.run, token.task, token.attempt, token.nonce)
        await self._call("archived_log", *fence, upto, archive, int(closed), TAIL)

    async def log_state(self, run: str, task: str, attempt: int) -> LogState | None:
        (found,) = await self._hashes([self.keys(Kind.LOG_META, run, task, str(attempt))])
        if not found:
            return None
        return LogState(
            attempt=attempt,
            size=int(found.get("size", "0")),
            archived=int(found.get("archived", "0")),
            closed=found.get("closed") == "1",
            archive=found.get("archive", ""),
        )

    async def read_log(
        self, run: str, task: str, attempt: int, after: int, limit: int = 64, block_s: float = 0
    ) -> list[Chunk]:
        """Chunks beyond ``after``; one that is empty, at the log's size, says that it was closed.

        The first may begin before ``after`` (a reader that stopped inside it) or behind it (what
        lies between is in the archive).
        """
        key = self.keys(Kind.LOG, run, task, str(attempt))
        with translate(self.url):
            if block_s > 0:
                read = await self._blocking.xread(
                    {key: f"{after}-0"}, count=limit, block=max(1, round(block_s * 1000))
                )
                entries = read[0][1] if read else []
            else:
                entries = await self._redis.xrange(key, f"({after}-0", "+", limit)
        chunks = []
        for entry, fields in entries:
            end = int(text(entry).partition("-")[0])
            data = zlib.decompress(fields[b"d"]) if b"d" in fields else b""
            chunks.append(Chunk(int(fields[b"s"]), end, data))
        return chunks
