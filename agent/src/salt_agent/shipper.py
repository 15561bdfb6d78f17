"""From the spool to Redis: one attempt's log, in batches.

The first line goes at once, so that a short task's output is seen while it runs; what follows goes
every 50 ms, or sooner when 64 KiB wait. An entry's id is the offset where it ends: what is sent
again after a lost reply is refused there, and the answer says where to go on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from salt_agent.lines import LONGEST_RECORD
from salt_agent.patience import Patience
from salt_agent.spool import Spool
from salt_core.cancelling import cancel_all
from salt_core.model.lease import Token
from salt_core.model.log import Chunk
from salt_core.store import LogVerbs

_FIRST_S = 0.003
_EVERY_S = 0.05
_BATCH = 64 * 1024
_CHUNKS = 8
"""Batches in one call, when there is something to catch up with."""


class Shipper:
    """Ships one attempt's log; ``shipped`` is called after each step forward."""

    def __init__(
        self,
        store: LogVerbs,
        patience: Patience,
        token: Token,
        spool: Spool,
        shipped: Callable[[], None],
    ) -> None:
        self._store = store
        self._patience = patience
        self._token = token
        self._spool = spool
        self._shipped = shipped
        self._loop = asyncio.get_running_loop()
        self._last = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._sending: asyncio.Task[None] | None = None
        self._refused = False

    def more(self) -> None:
        """The spool has grown."""
        if self._refused or self._sending is not None:
            return
        if self._timer is None:
            at = max(self._last + _EVERY_S, self._loop.time() + _FIRST_S)
            self._timer = self._loop.call_at(at, self._start)
        elif self._spool.size - self._spool.shipped >= _BATCH:
            self._start()

    async def flush(self) -> None:
        """Until Redis has every line that the spool has, or wants no more of them."""
        while not self._refused and self._spool.shipped < self._spool.size:
            if self._sending is None:
                self._start()
            if self._sending is not None:
                await asyncio.shield(self._sending)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    async def stop(self) -> None:
        """Send no more."""
        self._refused = True
        if self._timer is not None:
            self._timer.cancel()
        if self._sending is not None:
            await cancel_all([self._sending])

    def _start(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._sending is None:
            self._sending = self._loop.create_task(self._send())

    async def _send(self) -> None:
        try:
            while not self._refused and self._spool.shipped < self._spool.size:
                chunks = self._chunks()
                reached = await self._patience.answered(
                    lambda chunks=chunks: self._store.append_log(self._token, chunks)  # type: ignore[misc]
                )
                self._last = self._loop.time()
                if reached < 0:
                    # This attempt may not write its log any more: the archive will have it.
                    self._refused = True
                    return
                # A store that lost its last seconds answers with less: go on from there.
                self._spool.shipped = min(reached, self._spool.size)
                self._shipped()
                if self._spool.size - self._spool.shipped < _BATCH:
                    break
        finally:
            self._sending = None
        if not self._refused and self._spool.shipped < self._spool.size:
            self.more()

    def _chunks(self) -> list[Chunk]:
        chunks: list[Chunk] = []
        start = self._spool.shipped
        while start < self._spool.size and len(chunks) < _CHUNKS:
            data = self._spool.read(start, _BATCH) or self._spool.read(start, LONGEST_RECORD)
            chunks.append(Chunk(start, start + len(data), data))
            start += len(data)
        return chunks
