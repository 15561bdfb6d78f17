"""One attempt's log, read from its first line to its last, wherever it is kept by then.

While a task runs, the newest lines are in the store; what is archived is trimmed there, behind a
live tail. Offsets are the same in both places, so a reader keeps one number and goes on:

    offset < archived                  the archive has it
    a chunk covers the offset          the store has it
    the first chunk begins behind it   trimmed since we asked: the archive has it now
    nothing there, log closed          the end

A chunk that overlaps what was read is cut at the offset, so nothing is told twice.
"""

from __future__ import annotations

import asyncio
import re
import zlib
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from enum import Enum, auto
from typing import TypeVar

from salt_core.blobs import Blobs
from salt_core.cancelling import cancel_all
from salt_core.clock import boot_seconds
from salt_core.errors import NotFound, Unreachable
from salt_core.model.log import Chunk, Line, LogState
from salt_core.model.status import AttemptEnd
from salt_core.store import Store

IDLE_S = 1.0
"""Longest wait for new lines before looking whether more can come at all."""
LATE_S = 5.0
"""How long after an attempt's end its agent may still send the rest of the log."""
OUTAGE_S = 120.0
"""How long a follower waits for a store that does not answer."""

ARCHIVED = re.compile(r".*/(\d{16})-(\d{16})")
"""Keys of an archived log's parts: from which offset to which."""
_Answer = TypeVar("_Answer")


class LogReader:
    """Reads one attempt's log in order.

    Attributes:
        where: The run, the task and the number of the attempt.
        offset: Bytes of the log document that were read.
        closed: Whether the end was read and is final.
    """

    def __init__(self, store: Store, blobs: Blobs, run: str, task: str, attempt: int) -> None:
        self._store = store
        self._blobs = blobs
        self.where = (run, task, attempt)
        self._archived: list[tuple[int, int, str]] = []
        self.offset = 0
        self.closed = False

    async def read(self, block_s: float = 0) -> list[Line]:
        """The next lines; none when there are none now, after waiting ``block_s`` for the first."""
        return decode(await self.read_records(block_s))

    async def read_records(self, block_s: float = 0) -> bytes:
        """As ``read``, as the log document has them: whole records (see ``model.log``)."""
        block = False
        while not self.closed:
            wait_s = block_s if block else 0
            chunks = await self._store.read_log(*self.where, self.offset, block_s=wait_s)
            records = self._take(chunks)
            if records or self.closed:
                return records
            state = await self._store.log_state(*self.where)
            if state is not None and self.offset < state.archived:
                return await self._from_archive(state)
            if state is not None and _is_final(state) and self.offset >= state.size:
                self.closed = True
            elif chunks and chunks[0].start > self.offset:
                return self._skip(chunks[0].start, "store")
            elif block or block_s <= 0:
                return b""
            block = True
        return b""

    def _take(self, chunks: list[Chunk]) -> bytes:
        parts: list[bytes] = []
        for chunk in chunks:
            if not chunk.data:  # written when the log was closed, at its size then
                self.closed = chunk.end <= self.offset
            elif chunk.start > self.offset:
                break
            elif chunk.end > self.offset:
                self.closed = False
                parts.append(chunk.data[self.offset - chunk.start :])
                self.offset = chunk.end
        return b"".join(parts)

    async def _from_archive(self, state: LogState) -> bytes:
        part = self._part_at(self.offset)
        if part is None:
            prefix = state.archive.rstrip("/") + "/"
            keys = await asyncio.to_thread(lambda: [*self._blobs.list(prefix)])
            found = [(match, key) for key in keys if (match := ARCHIVED.fullmatch(key))]
            self._archived = [(int(match[1]), int(match[2]), key) for match, key in found]
            part = self._part_at(self.offset)
        if part is None:
            later = [start for start, _, _ in self._archived if start > self.offset]
            return self._skip(min([*later, state.archived]), "archive")
        start, end, key = part
        try:
            data = zlib.decompress(await asyncio.to_thread(self._blobs.get, key))
        except NotFound:
            return self._skip(min(end, state.archived), "archive")
        upto = min(end, state.archived)
        records = data[self.offset - start : upto - start]
        self.offset = upto
        return records

    def _part_at(self, offset: int) -> tuple[int, int, str] | None:
        covering = [part for part in self._archived if part[0] <= offset < part[1]]
        return max(covering, key=lambda part: part[1], default=None)

    def _skip(self, to: int, where: str) -> bytes:
        """Go behind what is lost, and say so: a log with a silent hole would lie."""
        missing, self.offset = to - self.offset, to
        text = f"[salt: {missing} bytes of this log are missing from the {where}]"
        return Line(0, "e", text).encode()


class _Over(Enum):
    """How an attempt is over."""

    TOLD = auto()
    """By its agent, which sends all lines before it tells the end."""
    SILENTLY = auto()
    """Lost, cancelled or given back: its agent, or the next one there, may still send the rest."""


_TOLD = frozenset({AttemptEnd.SUCCEEDED, AttemptEnd.FAILED, AttemptEnd.TIMED_OUT})


async def follow(
    store: Store, blobs: Blobs, run: str, task: str, attempt: int, *, follow: bool
) -> AsyncGenerator[Line, None]:
    """The lines of one attempt's log, each once and in order.

    Args:
        follow: Wait for what is still to come, until the log is whole; else end with what is
            there now.
    """
    reader = LogReader(store, blobs, run, task, attempt)
    async with aclosing(tail(store, reader, follow=follow)) as stretches:
        async for records in stretches:
            for line in decode(records):
                yield line


async def tail(
    store: Store, reader: LogReader, *, follow: bool, hurry: asyncio.Event | None = None
) -> AsyncGenerator[bytes, None]:
    """As ``follow``, from where ``reader`` stands, in the records and stretches in which they come.

    Args:
        hurry: Set when the run has ended: do not wait for lines that cannot come.
    """
    over: _Over | None = None
    since = 0.0
    while True:
        if not follow or over is _Over.TOLD:
            records = await patient(reader.read_records)
        elif over is None:
            records = await patient(lambda: _read_until(reader, hurry))
        else:
            records = await patient(lambda: reader.read_records(IDLE_S))
        if records:
            since = boot_seconds()
            yield records
        elif reader.closed or not follow or over is _Over.TOLD:
            return
        elif over is None:
            over = await patient(lambda: _ending(store, *reader.where))
            if over is None and hurry is not None and hurry.is_set():
                over = _Over.SILENTLY
            since = boot_seconds()
        elif boot_seconds() - since > LATE_S:
            return


async def patient(ask: Callable[[], Awaitable[_Answer]]) -> _Answer:
    """Ask again while the store does not answer: a follower outlives a restart of Redis.

    Raises:
        Unreachable: It has not answered for two minutes.
    """
    give_up = boot_seconds() + OUTAGE_S
    wait_s = 0.1
    while True:
        try:
            return await ask()
        except Unreachable:
            if boot_seconds() > give_up:
                raise
        await asyncio.sleep(wait_s)
        wait_s = min(wait_s * 2, 2.0)


async def _read_until(reader: LogReader, hurry: asyncio.Event | None) -> bytes:
    """Wait for lines, but not beyond ``hurry``."""
    if hurry is None:
        return await reader.read_records(IDLE_S)
    if hurry.is_set():
        return await reader.read_records()
    reading = asyncio.ensure_future(reader.read_records(IDLE_S))
    hurrying = asyncio.ensure_future(hurry.wait())
    try:
        await asyncio.wait({reading, hurrying}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await cancel_all([reading, hurrying])
    # A cancellation can come too late, or be swallowed on the way: then the reader stands behind
    # the lines that it has read, and nobody would tell them again.
    return b"" if reading.cancelled() else reading.result()


async def _ending(store: Store, run: str, task: str, attempt: int) -> _Over | None:
    """How the attempt is over; ``None`` while it is not."""
    found = await store.tasks(run, offset=int(task), limit=1)
    if not found:
        return _Over.SILENTLY
    mine = next((one for one in found[0].attempts if one.number == attempt), None)
    if mine is None:
        return _Over.SILENTLY if found[0].status.final else None
    if mine.finished is None:
        return None
    return _Over.TOLD if mine.status in _TOLD else _Over.SILENTLY


def _is_final(state: LogState) -> bool:
    """A lost attempt's log is closed before the archive has it: its agent's spool may hold more."""
    return state.closed and state.archived >= state.size


def decode(data: bytes) -> list[Line]:
    """The lines of some records."""
    return [Line.decode(record) for record in data.split(b"\n") if record]
