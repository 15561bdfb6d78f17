"""The end of a run cuts a follower's wait short, and never takes lines with it."""

from __future__ import annotations

import asyncio
from typing import cast

from salt_core.logs.reader import LogReader, decode, tail
from salt_core.model.log import Line
from salt_core.store import Store

LINE = Line(1, "o", "read when the run ended")


class SlowReader:
    """Is in the middle of reading when it is told to stop, and finishes: as a thread does."""

    where = ("run", "1", 1)
    closed = False

    def __init__(self) -> None:
        self.reading = asyncio.Event()
        self._left = [LINE.encode()]

    async def read_records(self, block_s: float = 0) -> bytes:
        if not self._left:
            return b""
        self.reading.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            asyncio.current_task().uncancel()  # type: ignore[union-attr]
        return self._left.pop()


class NoStore:
    async def tasks(self, run: str, offset: int, limit: int) -> list[object]:
        return []


async def test_lines_that_were_read_in_the_last_moment_are_told() -> None:
    reader, hurry, told = SlowReader(), asyncio.Event(), []

    async def follow() -> None:
        async for lines in tail(
            cast("Store", NoStore()), cast("LogReader", reader), follow=True, hurry=hurry
        ):
            told.extend(decode(lines))

    following = asyncio.create_task(follow())
    await reader.reading.wait()
    hurry.set()
    while not told and not following.done():
        await asyncio.sleep(0)
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)
    assert told == [LINE]
