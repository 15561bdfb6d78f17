"""A loop in a map in a loop of 10,000 turns: that it ends, and that nobody's memory grows with it."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import time
from pathlib import Path
from typing import Any, BinaryIO

from benchmarks.stage import SALT, Stage, stage
from salt_core.ids import new_run_id
from salt_core.model.run import NewRun
from salt_core.model.status import RunStatus
from salt_core.store.redis.keys import Kind

TURNS = int(os.environ.get("SALT_BENCH_TURNS", "10000"))
WARM = TURNS // 10
"""Turns after which everything that is made once has been made."""


async def measure() -> dict[str, Any]:
    async with stage() as here:
        with (here.config.home / "host.log").open("wb") as log:
            host = await asyncio.to_thread(_start_host, here, log)
        try:
            return await _measure(here, {"agent": here.agent.pid, "host": host.pid})
        finally:
            host.terminate()
            await asyncio.to_thread(host.wait)


def _start_host(here: Stage, log: BinaryIO) -> subprocess.Popen[bytes]:
    return subprocess.Popen([SALT, "scheduler"], env=here.environment, stderr=log)


async def _measure(here: Stage, pids: dict[str, int]) -> dict[str, Any]:
    run = new_run_id()
    new = NewRun(run, "bench", here.version, json.dumps({"n": TURNS}), function="turns")
    began = time.monotonic()
    await here.store.create_run(new)
    while (await _turn(here, run)) < WARM:
        await here.store.wait_run(run, 1)
    early = {name: _resident_kb(pid) for name, pid in pids.items()}
    late = early
    while not (head := await here.store.wait_run(run, 1)).status.final:
        late = {name: _resident_kb(pid) for name, pid in pids.items()}
    assert head.status is RunStatus.SUCCEEDED, head.error
    seconds = time.monotonic() - began
    shown = json.loads(await asyncio.to_thread(here.salt, "show", run, "--json"))
    return {
        "turns": TURNS,
        "seconds": round(seconds, 1),
        "calls_listed": len(shown["tasks"]),
        "calls_made": 1 + 2 * TURNS,
        "journal_entries": int(await here.store._redis.llen(here.store.keys(Kind.JOURNAL, run))),
        "kb_grown_in_90_percent_of_them": {name: late[name] - early[name] for name in early},
        "kb": late,
    }


async def _turn(here: Stage, run: str) -> int:
    loop = await here.store.task(run, "1")
    return loop.turn if loop is not None else 0


def _resident_kb(pid: int) -> int:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return next((int(one.split()[1]) for one in status.splitlines() if "VmRSS" in one), 0)
