"""From the spool to the blob store: logs in chunks, and Redis told how far they are.

Runs behind the tasks: no attempt waits for it. What it has not done when the agent dies is on disk,
and the next agent on this machine does it (``leftovers``).
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Callable
from dataclasses import dataclass

from salt_agent.blobaccess import AsyncBlobs
from salt_agent.lines import LONGEST_RECORD
from salt_agent.patience import Patience
from salt_agent.spool import Spool, archive_prefix, chunk_key
from salt_core.cancelling import cancel_all
from salt_core.model.lease import Token
from salt_core.store import LogVerbs

_AT_ONCE = 2
"""Logs that are compressed and written at the same time."""


@dataclass(slots=True)
class _Job:
    closing: bool


class Archiver:
    """Archives the logs of all attempts of an agent."""

    def __init__(
        self, store: LogVerbs, blobs: AsyncBlobs, patience: Patience, chunk_bytes: int
    ) -> None:
        self._store = store
        self._blobs = blobs
        self._patience = patience
        self._chunk_bytes = max(chunk_bytes, LONGEST_RECORD)
        self._turn = asyncio.Semaphore(_AT_ONCE)
        self._jobs: dict[Token, _Job] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def grown(self, token: Token, spool: Spool, archived: Callable[[], None]) -> None:
        """Redis has more of this log; archive a chunk when one is full, then call ``archived``."""
        if token not in self._jobs and spool.shipped - spool.archived >= self._chunk_bytes:
            self._begin(token, spool, archived, closing=False)

    def close(self, token: Token, spool: Spool) -> None:
        """The log is whole: archive what is left, say so, and remove the spool file."""
        job = self._jobs.get(token)
        if job is not None:
            job.closing = True
        elif spool.size:
            self._begin(token, spool, lambda: None, closing=True)

    async def close_now(self, token: Token, spool: Spool) -> None:
        """As ``close``, done when it returns: for the log of an agent that is gone."""
        if spool.size:
            await self._run(token, spool, _Job(closing=True), lambda: None)
        else:
            spool.remove()

    async def finish(self, within_s: float) -> None:
        """Wait for the logs that are being archived, not longer than ``within_s``; then leave it."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=within_s)
        await cancel_all(self._tasks)

    def _begin(
        self, token: Token, spool: Spool, archived: Callable[[], None], *, closing: bool
    ) -> None:
        self._jobs[token] = job = _Job(closing)
        task = asyncio.get_running_loop().create_task(self._run(token, spool, job, archived))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(
        self, token: Token, spool: Spool, job: _Job, archived: Callable[[], None]
    ) -> None:
        prefix = archive_prefix(token)
        try:
            while True:
                # Before the end, nothing is archived that Redis lacks: followers read there first.
                limit = spool.size if job.closing else spool.shipped
                length = min(limit - spool.archived, self._chunk_bytes)
                if not job.closing and length < self._chunk_bytes:
                    return
                async with self._turn:
                    if length > 0:
                        await self._put(spool, prefix, length)
                    closed = job.closing and spool.archived == spool.size
                    await self._patience.answered(
                        lambda closed=closed: self._store.archived_log(  # type: ignore[misc]
                            token, spool.archived, prefix, closed
                        )
                    )
                archived()
                if closed:
                    await asyncio.to_thread(spool.remove)
                    return
        finally:
            self._jobs.pop(token, None)

    async def _put(self, spool: Spool, prefix: str, length: int) -> None:
        start = spool.archived
        data = spool.read(start, length)
        key = chunk_key(prefix, start, start + len(data))
        packed = await asyncio.to_thread(zlib.compress, data, 6)
        await self._patience.answered(lambda: self._blobs.put(key, packed))
        spool.archived = start + len(data)
