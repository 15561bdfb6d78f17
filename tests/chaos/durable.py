"""A storm on workflow functions: agents are killed while loops, maps and child runs are under way.

Each run must end with the value that it has without any kill, each call be done once, and each
journal replay to that same value.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections import Counter
from dataclasses import dataclass
from typing import Any

from tests.chaos.fleet import Fleet
from tests.chaos.stage import Stage, stage

from salt_core.ids import new_run_id
from salt_core.model.journal import Done
from salt_core.model.run import NewRun, Run
from salt_core.model.status import AttemptEnd, RunStatus
from salt_core.store.redis.keys import Kind

KINDS = 5
"""Shapes of ``project/src/storm/shapes.py``."""


@dataclass(frozen=True)
class DurablePlan:
    """How many runs, and how many kills."""

    runs: int = 200
    kills: int = 100
    agents: int = 4
    slots: int = 4
    lease_s: float = 2.0
    seed: int = 1
    patience_s: float = 600.0


async def endure(plan: DurablePlan) -> dict[str, Any]:
    """Run the storm; the score."""
    random.seed(plan.seed)
    async with stage(plan.lease_s, plan.agents, plan.slots) as here:
        calm = await _runs(here, plan, plan.runs)
        await _ended(here, calm, plan.patience_s)
        wanted = {seed: await here.store.result(run) for run, seed in calm.items()}
        began = time.monotonic()
        runs = await _runs(here, plan, plan.runs)
        over = asyncio.Event()
        killing = asyncio.create_task(_kill(here.fleet, plan, over))
        heads = await _ended(here, runs, plan.patience_s)
        over.set()
        score: dict[str, Any] = {"runs": plan.runs, "seed": plan.seed, "kills": await killing}
        score["seconds"] = round(time.monotonic() - began, 1)
        score |= await _judged(here, runs, heads, wanted)
        return score


async def _runs(here: Stage, plan: DurablePlan, count: int) -> dict[str, int]:
    """Runs and the seed of each."""
    made: dict[str, int] = {}
    for seed in range(count):
        new = NewRun(
            new_run_id(), "storm", here.version, json.dumps({"seed": seed}), function="shapes"
        )
        await here.patiently(lambda new=new: here.store.create_run(new))  # type: ignore[misc]
        made[new.id] = seed
    return made


async def _ended(here: Stage, runs: dict[str, int], patience_s: float) -> dict[str, Run]:
    deadline = time.monotonic() + patience_s
    return {
        run: await here.store.wait_run(run, max(0.0, deadline - time.monotonic())) for run in runs
    }


async def _kill(fleet: Fleet, plan: DurablePlan, over: asyncio.Event) -> int:
    """Kills at random moments, so many that the last comes while there is still work."""
    kills = 0
    while kills < plan.kills and not over.is_set():
        await asyncio.sleep(random.uniform(0.02, 0.5))
        await asyncio.to_thread(fleet.kill_agent)
        kills += 1
    return kills


async def _judged(
    here: Stage, runs: dict[str, int], heads: dict[str, Run], wanted: dict[int, str | None]
) -> dict[str, Any]:
    wrong, twice, calls, attempts = [], 0, 0, 0
    for run, seed in runs.items():
        value = await here.store.result(run)
        head = heads[run]
        if head.status is not RunStatus.SUCCEEDED or value is None or value != wanted[seed]:
            wrong.append(f"{run} (seed {seed}) {head.status}: {value}, and {wanted[seed]} in calm")
        done = Counter[int]()
        start = 0
        while entries := await here.store.journal(run, start):
            start += len(entries)
            done.update(one.seq for one in entries if isinstance(one, Done))
        twice += sum(count > 1 for count in done.values())
        for task in await here.store.tasks(run):
            calls += 1
            attempts += len(task.attempts)
            ends = [one.status for one in task.attempts]
            twice += max(0, ends.count(AttemptEnd.SUCCEEDED) - 1)
    last = ["--last", str(len(runs)), "--json"]
    told = await asyncio.to_thread(here.salt, "replay", "storm", "--against", here.artifact, *last)
    replayed = [json.loads(line) for line in told.splitlines()]
    replays = Counter(one["outcome"] for one in replayed if one["run"] in runs)
    kinds = (Kind.LEASES, Kind.DELAYED, Kind.LIVE, Kind.DOOMED, Kind.SWEEPS)
    names = [here.store.keys(kind) for kind in kinds]
    left = [name for name in names if await here.store._redis.exists(name)]
    return {
        "wrong": wrong,
        "completed_twice": twice,
        "calls": calls,
        "attempts": attempts,
        "replays": dict(replays),
        "left_behind": left,
    }


def broken_promises(score: dict[str, Any], plan: DurablePlan) -> list[str]:
    """What the promises say and the score does not; empty: all kept."""
    found = [
        f"{name}: {score[name]}"
        for name in ("wrong", "completed_twice", "left_behind")
        if score[name]
    ]
    if score["replays"] != {"same": plan.runs}:
        found.append(f"replays: {score['replays']}")
    if score["kills"] < plan.kills:
        found.append(f"only {score['kills']} of {plan.kills} kills struck, the work was over")
    return found
