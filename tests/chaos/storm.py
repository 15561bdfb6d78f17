"""A storm: runs of many tasks and a long log, while agents, host and server are struck."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from typing import Any

from tests.chaos import ledger
from tests.chaos.fleet import Fleet
from tests.chaos.stage import Stage, stage

from salt_core.blobs import open_blobs
from salt_core.config import Config
from salt_core.ids import new_run_id
from salt_core.logs import LogReader, follow
from salt_core.model.log import Line
from salt_core.model.run import NewRun, Run
from salt_core.model.status import AttemptEnd, RunStatus
from salt_core.model.task import Task
from salt_core.store.redis import RedisStore
from salt_core.store.redis.keys import Kind


@dataclass(frozen=True)
class Plan:
    """How much, and which faults."""

    tasks: int
    runs: int
    agents: int = 4
    slots: int = 4
    agent_kills: int = 40
    agent_stops: int = 10
    redis_kills: int = 3
    host_kills: int = 5
    lines: int = 0
    least_ms: int = 50
    most_ms: int = 300
    lease_s: float = 2.0
    seed: int = 1
    patience_s: float = 600.0

    @property
    def faults(self) -> list[str]:
        """In a random order that the seed decides."""
        some = ["kill_agent"] * self.agent_kills + ["stop_agent"] * self.agent_stops
        some += ["kill_redis"] * self.redis_kills + ["kill_host"] * self.host_kills
        random.shuffle(some)
        return some

    @property
    def seconds(self) -> float:
        """Over how long the faults are spread: less than the work takes, so that all of them strike."""
        return max(5.0, self.tasks * 0.25 / (self.agents * self.slots), self.lines / 13_000)


@dataclass
class Heard:
    """What a follower saw of each attempt's log."""

    lines: dict[int, list[Line]] = field(default_factory=dict)


async def strike(fleet: Fleet, plan: Plan, over: asyncio.Event) -> Counter[str]:
    """Spread the faults over the time that the work takes."""
    struck: Counter[str] = Counter()
    gap = plan.seconds / max(1, len(plan.faults))
    todo = plan.faults
    while todo:
        pause = asyncio.get_running_loop().time() + random.uniform(0.5, 1.5) * gap
        while asyncio.get_running_loop().time() < pause:
            fleet.wake()
            await asyncio.sleep(0.05)
        if over.is_set():
            break
        fault = todo.pop()
        if await asyncio.to_thread(getattr(fleet, fault)):
            struck[fault] += 1
        else:
            todo.insert(0, fault)
    return struck


async def listen(here: Stage, run: str, heard: Heard) -> None:
    """Follow every attempt of the talking task, each from its begin, until the run has ended."""
    store = here.store
    blobs, following = open_blobs(here.config), {}

    async def one(attempt: int) -> None:
        lines = heard.lines.setdefault(attempt, [])
        async for line in follow(store, blobs, run, "1", attempt, follow=True):
            lines.append(line)

    while True:
        head = await here.patiently(lambda: store.run(run))
        tasks = await here.patiently(lambda: store.tasks(run, 1, 1))
        for attempt in tasks[0].attempts if tasks else ():
            if attempt.number not in following:
                following[attempt.number] = asyncio.create_task(one(attempt.number))
        if head is not None and head.status.final:
            break
        await asyncio.sleep(0.2)
    await asyncio.wait_for(asyncio.gather(*following.values()), 60)


async def archived(
    store: RedisStore, config: Config, run: str, attempt: int, *, whole: bool
) -> list[Line]:
    """The attempt's log; ``whole``: from the blob store alone."""
    state = await store.log_state(run, "1", attempt)
    assert state is not None
    deadline = time.monotonic() + 30
    while (
        whole
        and not (state.closed and state.archived == state.size)
        and time.monotonic() < deadline
    ):
        await asyncio.sleep(0.1)
        state = await store.log_state(run, "1", attempt)
        assert state is not None
    if whole:
        assert state.archived == state.size, "the whole log is in the archive"
        await store._redis.delete(store.keys(Kind.LOG, run, "1", str(attempt)))
    reader = LogReader(store, open_blobs(config), run, "1", attempt)
    found: list[Line] = []
    while more := await reader.read():
        found += more
    return found


async def compare_logs(
    store: RedisStore, config: Config, plan: Plan, run: str, heard: Heard
) -> dict[str, Any]:
    """The whole log is the same for follower and archive; of a killed attempt nothing seen is gone."""
    last, forgotten, kept = max(heard.lines), 0, list[Line]()
    for attempt, seen in sorted(heard.lines.items()):
        kept = await archived(store, config, run, attempt, whole=attempt == last)
        forgotten += sum(line not in kept[at : at + 1] for at, line in enumerate(seen))
    numbers = [int(line.text[:8]) for line in kept]
    return {
        "log_lines": len(kept),
        "log_attempts": len(heard.lines),
        "log_lines_forgotten": forgotten,
        "log_identical": heard.lines[last] == kept and numbers == list(range(plan.lines)),
    }


def recoveries(task: Task, killed: dict[int, float]) -> list[float]:
    """For each attempt that died with its agent: seconds from the kill until the next attempt began."""
    found = []
    for lost, following in pairwise(task.attempts):
        died = killed.get(int(lost.agent.split("-")[-2]))
        if lost.status is not AttemptEnd.LOST or died is None or lost.finished is None:
            continue
        if lost.started / 1000 < died < lost.finished / 1000:  # else it was lost before the kill
            found.append(following.started / 1000 - died)
    return found


async def judge(
    store: RedisStore,
    config: Config,
    plan: Plan,
    fleet: Fleet,
    runs: dict[str, int],
    heads: dict[str, Run],
) -> dict[str, Any]:
    double, lost, gaps = 0, [], list[float]()
    for run, expected in runs.items():
        head, value = heads[run], await store.result(run)
        if head.status is not RunStatus.SUCCEEDED or json.loads(value or "null") != expected:
            lost.append(f"{run} {head.status}: {head.error or value}")
        done: Counter[int] = Counter()
        for start in range(0, 3 * plan.tasks + 10, 500):
            entries = await store.journal(run, start)
            done.update(one.seq for one in entries if one.kind == "done")
        double += sum(count > 1 for count in done.values())
        for start in range(0, plan.tasks + 2, 1000):
            for task in await store.tasks(run, start):
                ends = [one.status for one in task.attempts]
                double += max(0, ends.count(AttemptEnd.SUCCEEDED) - 1)
                gaps += recoveries(task, fleet.killed)
    bodies = ledger.read(config.home / "ledger")
    gaps.sort()
    return {
        "runs_lost": lost,
        "completed_twice": double,
        "overlaps": ledger.overlaps(bodies),
        "bodies": sum(map(len, bodies.values())),
        "recoveries": len(gaps),
        "recovery_p50_s": round(gaps[len(gaps) // 2], 2) if gaps else None,
        "recovery_p99_s": round(gaps[int(len(gaps) * 0.99)], 2) if gaps else None,
        "recovery_max_s": round(gaps[-1], 2) if gaps else None,
        "lease_s": plan.lease_s,
    }


async def rage(plan: Plan) -> dict[str, Any]:
    """Run the storm; the score."""
    random.seed(plan.seed)
    async with stage(plan.lease_s, plan.agents, plan.slots) as here:
        (here.config.home / "ledger").touch()
        return await _rage(plan, here)


async def _rage(plan: Plan, here: Stage) -> dict[str, Any]:
    began = time.monotonic()
    config, store, fleet = here.config, here.store, here.fleet
    each = plan.tasks // plan.runs
    runs: dict[str, int] = {}
    talker = ""
    for number in range(plan.runs):
        run = new_run_id()
        lines = plan.lines if number == 0 else 0
        params = {"tasks": each, "ledger": str(config.home / "ledger"), "lines": lines}
        params |= {"least_ms": plan.least_ms, "most_ms": plan.most_ms}
        params["seconds"] = plan.seconds * 0.7
        new = NewRun(run, "storm", here.version, json.dumps(params))
        await store.create_run(new)
        runs[run] = sum(x * x for x in range(each)) + lines
        talker = talker or run
    heard, over = Heard(), asyncio.Event()
    ears = asyncio.create_task(listen(here, talker, heard)) if plan.lines else None
    striking = asyncio.create_task(strike(fleet, plan, over))
    heads: dict[str, Run] = {}
    for run in runs:
        left = plan.patience_s - (time.monotonic() - began)
        heads[run] = await here.patiently(partial(store.wait_run, run, left))
    over.set()
    struck = await striking
    fleet.wake(all_of_them=True)
    score = {"tasks": plan.tasks, "seed": plan.seed, "faults": dict(struck)}
    score |= await judge(store, config, plan, fleet, runs, heads)
    if ears is not None:
        await ears
        score |= await compare_logs(store, config, plan, talker, heard)
    score["wall_s"] = round(time.monotonic() - began, 1)
    return score


def verdict(score: dict[str, Any], plan: Plan) -> list[str]:
    """What the promises say and the score does not; empty: all kept."""
    broken = [
        f"{name}: {score[name]}"
        for name in ("runs_lost", "completed_twice", "overlaps")
        if score[name]
    ]
    if (score["recovery_p99_s"] or 0) >= plan.lease_s + 3:
        broken.append(f"recovery took {score['recovery_p99_s']} s, more than the lease + 3 s")
    missing = Counter(plan.faults) - Counter(score["faults"])
    if missing:
        broken.append(f"faults that did not strike, the work was over: {dict(missing)}")
    if plan.lines and score["log_lines_forgotten"]:
        broken.append(f"{score['log_lines_forgotten']} lines that were seen are gone")
    if plan.lines and not score["log_identical"]:
        broken.append("the log that was followed is not the log that was archived")
    return broken
