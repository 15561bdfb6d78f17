"""The last lines of one attempt's log, without reading what is before them."""

from __future__ import annotations

import asyncio

from salt_core.blobs import Blobs
from salt_core.logs.reader import ARCHIVED, LogReader, decode
from salt_core.model.log import Line
from salt_core.store import Store

_TAIL = 32 * 1024
"""Bytes of the log in which the lines are looked for."""


async def last_lines(
    store: Store, blobs: Blobs, run: str, task: str, attempt: int, count: int
) -> list[Line]:
    """At most ``count`` lines, oldest first; fewer where the last of them are very long."""
    state = await store.log_state(run, task, attempt)
    if state is None:
        return []
    chunks = await store.read_log(run, task, attempt, max(0, state.size - _TAIL))
    records = b"".join(chunk.data for chunk in chunks)
    if not records and state.archive:
        prefix = state.archive.rstrip("/") + "/"
        keys = await asyncio.to_thread(lambda: [*blobs.list(prefix)])
        starts = [int(found[1]) for key in keys if (found := ARCHIVED.fullmatch(key))]
        reader = LogReader(store, blobs, run, task, attempt)
        reader.offset = max((start for start in starts if start < state.size), default=0)
        records = await reader.read_records()
    return decode(records)[-count:]
