"""What more of something costs: blocked tasks, waiting runs, finished runs, entries to replay."""

from __future__ import annotations

import asyncio
import json
import statistics
import time
from typing import Any

import redis

from benchmarks.stage import Stage, stage
from salt_core.ids import new_nonce, new_run_id
from salt_core.model.call import Call, Wait
from salt_core.model.lease import Token
from salt_core.model.run import NewRun
from salt_core.model.task import Assignment, Policy
from salt_core.store import Parking, Wants
from salt_core.store.redis import RedisStore
from salt_core.store.redis.keys import Kind

QUEUE = "scaling"
FEW, MANY, READY, TURN = 100, 100_000, 2000, 100
WAITING, FINISHED = 10_000, 2000
QUIET_S = 10
LONG, SHORT, ROUNDS = 2500, 10, 5
_POLICY = Policy(queue=QUEUE)


def _wants(tasks: int, bodies: int) -> Wants:
    return Wants("bench", new_nonce(), (QUEUE,), tasks, bodies, 600_000)


async def _body(store: RedisStore) -> Token:
    run = new_run_id()
    await store.create_run(NewRun(run, "bench", "v", "{}", _POLICY))
    (body,) = await store.claim(_wants(0, 1))
    return body.token


def _calls(first: int, count: int, needs: tuple[int, ...]) -> list[Call]:
    return [
        Call(seq, "step", '{"args":[1]}', needs, _POLICY) for seq in range(first, first + count)
    ]


async def _crowd(store: RedisStore, blocked: int) -> Assignment:
    """A run with tasks that wait for one that never ends, and others that are ready."""
    body = await _body(store)
    await store.push(body, _calls(1, 1, ()))
    (gate,) = await store.claim(_wants(1, 0))
    for first in range(2, blocked + 2, 10_000):
        await store.push(body, _calls(first, min(10_000, blocked + 2 - first), (1,)))
    await store.push(body, _calls(blocked + 2, READY, ()))
    (ready,) = await store.claim(_wants(1, 0))
    assert gate.token.run == ready.token.run
    return ready


async def blocked(here: Stage) -> dict[str, Any]:
    """Ending one ready task and claiming the next, beside few and beside many that are blocked."""
    stores = {count: RedisStore(here.store.url, f"blocked{count}") for count in (FEW, MANY)}
    held = {count: await _crowd(store, count) for count, store in stores.items()}
    taken: dict[int, list[float]] = {count: [] for count in stores}
    for _ in range(READY // TURN - 1):
        for count, store in stores.items():  # by turns, so that the machine's moods hit both
            began = time.perf_counter()
            for _ in range(TURN):
                _, (held[count],) = await store.complete(
                    held[count].token, "1", "fork", _wants(1, 0)
                )
            taken[count].append((time.perf_counter() - began) / TURN * 1000)
    few, many = (statistics.median(taken[count]) for count in (FEW, MANY))
    for store in stores.values():
        await store.close()
    return {
        f"ms_a_task_with_{FEW}": round(few, 3),
        f"ms_a_task_with_{MANY}": round(many, 3),
        "times": round(many / few, 3),
        "goal": "<= 1.2 times",
    }


async def waiting(here: Stage) -> dict[str, Any]:
    """Runs that wait for an event without a process: their bytes, and what the server does for them."""
    store = RedisStore(here.store.url, "waiting")
    client = redis.Redis.from_url(here.store.url)
    before = _memory(client)
    for _ in range(WAITING):
        body = await _body(store)
        wait = Call(1, "paid", kind="event", at="flow.py:12", wait=Wait(where='{"order":12}'))
        await store.push(body, [wait])
        assert await store.park(body, 1) is Parking.PARKED
    spent = (_memory(client) - before) / WAITING
    client.config_resetstat()
    cpu = _cpu_s(client)
    await asyncio.sleep(QUIET_S)
    used = (_cpu_s(client) - cpu) / QUIET_S * 100
    calls = sum(int(one["calls"]) for one in client.info("commandstats").values())
    client.close()
    await store.close()
    return {
        "runs": WAITING,
        "bytes_a_run": round(spent),
        "server_cpu_percent": round(used, 2),
        f"commands_in_{QUIET_S}_s_with_one_agent": calls,
    }


async def finished(here: Stage) -> dict[str, Any]:
    """Bytes that a run of one task leaves in Redis until retention forgets it."""
    store = RedisStore(here.store.url, "finished")
    client = redis.Redis.from_url(here.store.url)
    before = _memory(client)
    for _ in range(FINISHED):
        body = await _body(store)
        await store.push(body, _calls(1, 1, ()))
        (one,) = await store.claim(_wants(1, 0))
        await store.complete(one.token, "1", "fork")
        await store.complete(body, "1", "fork")
    # Memory of claims lasts as long as a lease, and is not the run's.
    claims = [key for key in client.scan_iter(match="*claimed*", count=1000)]
    client.delete(*claims)
    spent = (_memory(client) - before) / FINISHED
    client.close()
    await store.close()
    return {"runs": FINISHED, "bytes_a_run": round(spent)}


async def replaying(here: Stage) -> dict[str, Any]:
    """A long chain and a short one, replayed by the command: what the entries between them take."""
    taken, entries = [], []
    for count in (LONG, SHORT):
        head, _ = await here.run(json.dumps({"x": 0, "turns": count}), "climb")
        entries.append(await here.store._redis.llen(here.store.keys(Kind.JOURNAL, head.id)))
        rounds = []
        for _ in range(ROUNDS):
            began = time.perf_counter()
            await asyncio.to_thread(here.salt, "replay", head.id)
            rounds.append(time.perf_counter() - began)
        taken.append(statistics.median(rounds))
    between = entries[0] - entries[1]
    return {
        "entries": between,
        "ms_per_1000_entries": round((taken[0] - taken[1]) * 1e6 / between, 2),
        "ms_of_the_rest": round(taken[1] * 1000, 1),
    }


def _memory(client: Any) -> int:
    return int(client.info("memory")["used_memory_dataset"])


def _cpu_s(client: Any) -> float:
    found = client.info("cpu")
    return float(found["used_cpu_sys"]) + float(found["used_cpu_user"])


async def measure() -> dict[str, Any]:
    async with stage() as here:
        return {
            "blocked": await blocked(here),
            "waiting": await waiting(here),
            "finished": await finished(here),
            "replaying": await replaying(here),
        }
