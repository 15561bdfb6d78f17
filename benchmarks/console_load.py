"""Load for a console to look at: tasks that change, and a log that grows. Until SIGINT.

Claims run after run, gives each tasks, ends them; writes a log. Prints at the end, as JSON, what it
reached a second.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import time

from benchmarks.filled import QUEUE
from salt_core.config import load
from salt_core.model.call import Call
from salt_core.model.lease import Token
from salt_core.model.log import Chunk, Line
from salt_core.model.task import Policy
from salt_core.store import Wants
from salt_core.store.redis import RedisStore, open_store

CHANGES_A_SECOND, LINES_A_SECOND = 1000, 50_000
_TASKS, _TICKS = 400, 20
_CHANGES_A_TASK = 3
"""Pushed, claimed, ended."""


class Load:
    def __init__(self, store: RedisStore) -> None:
        self._store = store
        self._requests = 0
        self.tasks = 0
        self.lines = 0

    def _wants(self, tasks: int, bodies: int) -> Wants:
        self._requests += 1
        return Wants("load", f"q{self._requests}", (QUEUE,), tasks, bodies, 600_000)

    async def change_tasks(self) -> None:
        """End tasks evenly, so that so many things change a second."""
        pause = _TASKS * _CHANGES_A_TASK / CHANGES_A_SECOND / _TICKS
        body: Token | None = None
        seq = 0
        while True:
            if body is None or seq >= 4 * _TASKS:
                body = (await self._store.claim(self._wants(0, 1)))[0].token
                seq = 0
            share = _TASKS // _TICKS
            calls = [
                Call(seq + n + 1, f"task{n}", "{}", (), Policy(queue=QUEUE)) for n in range(share)
            ]
            seq += share
            began = time.monotonic()
            await self._store.push(body, calls)
            claimed = await self._store.claim(self._wants(share, 0))
            ends = [self._store.complete(one.token, "1", "fork") for one in claimed]
            self.tasks += len(await asyncio.gather(*ends))
            await asyncio.sleep(max(0.0, pause - (time.monotonic() - began)))

    async def write_log(self) -> None:
        token = (await self._store.claim(self._wants(0, 1)))[0].token
        line = Line(1_768_485_731_000, "o", "x" * 70).encode()
        data, offset = line * (LINES_A_SECOND // 10), 0
        while True:
            began = time.monotonic()
            await self._store.append_log(token, [Chunk(offset, offset + len(data), data)])
            offset += len(data)
            await self._store.archived_log(token, max(0, offset - 4 * len(data)), "", False)
            self.lines += LINES_A_SECOND // 10
            await asyncio.sleep(max(0.0, 0.1 - (time.monotonic() - began)))


async def main() -> None:
    store = await open_store(load(), role="bench")
    work = Load(store)
    began = time.monotonic()
    tasks = [asyncio.create_task(work.change_tasks()), asyncio.create_task(work.write_log())]
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, ended.set)
    await asyncio.wait([*tasks, asyncio.create_task(ended.wait())], return_when="FIRST_COMPLETED")
    for task in tasks:
        if task.done():
            task.result()
        task.cancel()
    took = time.monotonic() - began
    rate = {"tasks_a_second": work.tasks / took, "lines_a_second": work.lines / took}
    print(json.dumps({name: round(value) for name, value in rate.items()}))
    await store.close()


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
