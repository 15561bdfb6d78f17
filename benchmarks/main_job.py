"""The main job: a chain, a fan, a start, an idle agent."""

from __future__ import annotations

import asyncio
import json
import statistics
import time
from pathlib import Path
from typing import Any

import redis

from benchmarks import baselines
from benchmarks.stage import Stage, stage
from salt_core.clock import boot_seconds
from salt_core.ids import new_run_id
from salt_core.model.run import NewRun

CHAIN, FAN, ROUNDS, STARTS, IDLE_S = 40, 1000, 5, 30, 10


async def chain(here: Stage) -> dict[str, Any]:
    taken = []
    for _ in range(ROUNDS):
        head, _ = await here.run(json.dumps({"shape": "chain", "n": CHAIN}))
        assert head.started and head.finished
        taken.append((head.finished - head.started) / CHAIN)
    return {"ms_a_task": _spread(taken), "goal": "<= 10"}


async def fan(here: Stage) -> dict[str, Any]:
    rates = []
    for _ in range(3):
        head, _ = await here.run(json.dumps({"shape": "fan", "n": FAN}))
        assert head.started and head.finished
        rates.append(FAN / (head.finished - head.started) * 1000)
    return {"tasks_a_second": _spread(rates), "goal": ">= 150"}


async def start(here: Stage) -> dict[str, Any]:
    """To the first line of user code, from two moments: creating the run, `salt run` returning."""
    created, returned = [], []
    for _ in range(STARTS):
        run = new_run_id()
        await here.store.create_run(NewRun(run, "bench", here.version, "{}"))
        began = boot_seconds()
        await here.store.wait_run(run, 30)
        created.append((float(await here.store.result(run) or 0) - began) * 1000)
    for _ in range(STARTS // 3):
        run = json.loads(await asyncio.to_thread(here.salt, "run", "bench", "--json"))["run"]
        began = boot_seconds()
        await here.store.wait_run(run, 30)
        returned.append((float(await here.store.result(run) or 0) - began) * 1000)
    return {
        "ms_from_created": _spread(created),
        "ms_from_salt_run": _spread(returned),
        "goal": "< 20",
    }


async def idle(here: Stage) -> dict[str, Any]:
    client = redis.Redis.from_url(here.store.url)
    await asyncio.sleep(1)
    client.config_resetstat()
    await asyncio.to_thread(time.sleep, IDLE_S)
    calls = {
        name.removeprefix("cmdstat_"): int(one["calls"])
        for name, one in client.info("commandstats").items()
        if name not in ("cmdstat_config|resetstat", "cmdstat_info")
    }
    client.close()
    status = Path(f"/proc/{here.agent.pid}/status").read_text()
    resident = next(int(line.split()[1]) for line in status.splitlines() if "VmRSS" in line)
    return {"commands_in_10_s": calls, "resident_mb": round(resident / 1024, 1), "goal": "< 60"}


def _spread(values: list[float]) -> dict[str, float]:
    return {
        "median": round(statistics.median(values), 2),
        "min": round(min(values), 2),
        "max": round(max(values), 2),
    }


async def measure() -> dict[str, Any]:
    async with stage() as here:
        return {
            "bare_fork_ms": round(baselines.fork_ms(), 2),
            "bare_round_trip_ms": round(baselines.round_trip_ms(here.store.url), 3),
            "chain": await chain(here),
            "fan": await fan(here),
            "start": await start(here),
            "idle": await idle(here),
        }
