"""The ticker on a real store: what fires, what is skipped, what waits."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest
from tests.integration.scheduler.hosts import WORKFLOW, register, run_ids, until

from salt_core.config import Config
from salt_core.ids import slot_run_id
from salt_core.model.run import NewRun
from salt_core.model.schedule import Schedule
from salt_core.model.status import RunStatus
from salt_core.scheduler.pruner import Pruner
from salt_core.scheduler.settings import schedules_of
from salt_core.scheduler.ticker import Ticker
from salt_core.store.redis import RedisStore, open_store

pytestmark = [pytest.mark.integration, pytest.mark.timeout(60)]


async def put(store: RedisStore, settings: dict[str, Any], back_s: float = 0) -> list[Schedule]:
    """Register the workflow with ``settings``, whose cursors stand ``back_s`` in the past."""
    await register(store, settings)
    now = await store.ping()
    found = [
        replace(one, next_due=one.next_due - round(back_s * 1000))
        for one in schedules_of(WORKFLOW, settings, now)
    ]
    await store.put_schedules(WORKFLOW, found)
    return found


def hourly(**more: Any) -> dict[str, Any]:
    return {"schedules": [{"every": "1h", **more}]}


async def cursor(store: RedisStore) -> int:
    return (await store.schedules(WORKFLOW))[0].next_due


async def test_a_slot_makes_its_run(store: RedisStore) -> None:
    settings = hourly(params={"day": "{{ due | date }}", "at": "{{ due | epoch }}", "n": 1})
    (one,) = await put(store, {**settings, "queue": "q2", "priority": 5}, back_s=3600)
    did = await Ticker(store).pass_once()
    assert (did.fired, did.skipped, did.lost) == (1, 0, 0)
    assert did.next_at == one.next_due + 3_600_000 == await cursor(store)
    run = await store.run(slot_run_id(one.id, one.next_due))
    assert run is not None
    assert (run.workflow, run.version, run.trigger) == (WORKFLOW, "d" * 12, "schedule")
    params = json.loads(run.params)
    assert params["at"] == one.next_due // 1000
    assert params["n"] == 1
    (body,) = await store.tasks(run.id)
    assert (body.policy.queue, body.policy.priority, body.policy.retries) == ("q2", 5, 2)
    again = await Ticker(store).pass_once()
    assert again.fired == 0
    assert again.next_at is not None and abs(again.next_at - did.next_at) < 100


@pytest.mark.parametrize(("catchup", "runs"), [("latest", 1), ("all", 5), ("none", 0)])
async def test_after_an_outage(store: RedisStore, catchup: str, runs: int) -> None:
    (one,) = await put(store, hourly(catchup=catchup), back_s=5 * 3600 + 60)
    did = await Ticker(store).pass_once()
    assert did.fired == runs
    assert await cursor(store) == one.next_due + 5 * 3_600_000
    slots = [one.next_due + n * 3_600_000 for n in range(5)]
    expected = [slot_run_id(one.id, slot) for slot in slots[5 - runs :]]
    assert sorted(await run_ids(store)) == expected


async def test_two_tickers_that_both_lead_fire_each_slot_once(
    store: RedisStore, server_config: Config
) -> None:
    await put(store, hourly(catchup="all"), back_s=300 * 3600)
    other = await open_store(server_config)
    tickers = [Ticker(store), Ticker(other)]
    fired, lost = 0, 0
    try:
        while await cursor(store) < await store.ping():
            for did in await asyncio.gather(*(ticker.pass_once() for ticker in tickers)):
                fired, lost = fired + did.fired, lost + did.lost
    finally:
        await other.close()
    found = await run_ids(store)
    assert len(found) == len(set(found)) == fired == 300
    assert lost > 0


async def test_a_paused_workflow_lets_its_slots_pass(store: RedisStore) -> None:
    (one,) = await put(store, hourly(), back_s=3600)
    await store.put_schedules(WORKFLOW, [replace(one, paused=True)])
    did = await Ticker(store).pass_once()
    assert (did.fired, did.skipped) == (0, 1)
    assert await cursor(store) == one.next_due + 3_600_000


async def test_a_workflow_without_a_version_lets_its_slots_pass(store: RedisStore) -> None:
    (one,) = schedules_of("ghost", hourly(), await store.ping() - 3_600_000)
    await store.put_schedules("ghost", [one])
    did = await Ticker(store).pass_once()
    assert (did.fired, did.skipped) == (0, 1)


async def going(store: RedisStore, run: str) -> None:
    """A run of the workflow that has not ended."""
    await store.create_run(NewRun(run, WORKFLOW, "d" * 12, "{}"))


def overlap(rule: str, runs: int = 1) -> dict[str, Any]:
    return {**hourly(), "concurrency": {"runs": runs, "on_overlap": rule}}


async def test_overlap_allow_and_skip(store: RedisStore) -> None:
    await put(store, overlap("skip"), back_s=3600)
    await going(store, "r1")
    did = await Ticker(store).pass_once()
    assert (did.fired, did.skipped) == (0, 1)
    await put(store, overlap("allow"))
    await store.put_schedules(WORKFLOW, [])
    await put(store, overlap("allow"), back_s=3600)
    assert (await Ticker(store).pass_once()).fired == 1


async def test_overlap_counts_what_may_go_on_at_once(store: RedisStore) -> None:
    await put(store, overlap("skip", runs=2), back_s=3600)
    await going(store, "r1")
    assert (await Ticker(store).pass_once()).fired == 1


async def test_overlap_cancel_running(store: RedisStore) -> None:
    await put(store, overlap("cancel-running"), back_s=3600)
    await going(store, "r1")
    assert (await Ticker(store).pass_once()).fired == 1
    first = await store.run("r1")
    assert first is not None and first.status is RunStatus.CANCELLED


async def test_overlap_queue_waits_for_the_end_of_a_run(store: RedisStore) -> None:
    (one,) = await put(store, overlap("queue"), back_s=3600)
    await going(store, "r1")
    ticker = Ticker(store)
    did = await ticker.pass_once()
    assert (did.fired, did.skipped, did.waiting, did.crowded) == (0, 0, 1, True)
    assert await cursor(store) == one.next_due
    ticker.start()
    await store.cancel("r1")
    ticker.run_ended()

    async def fired() -> bool:
        return await cursor(store) > one.next_due

    await until(fired, 2, "the slot that waited")
    await ticker.stop()


async def test_many_waiting_schedules_do_not_hide_others(store: RedisStore) -> None:
    await register(store)
    now = await store.ping()
    plain = Schedule("x", WORKFLOW, None, 3600.0, "UTC", "{}", next_due=now - 60_000)
    waiting = [replace(plain, id=f"w{n}", jitter_s=3600.0) for n in range(150)]
    last = replace(plain, id="last", next_due=now - 1)
    await store.put_schedules(WORKFLOW, [*waiting, last])
    ticker = Ticker(store)
    for _ in range(3):
        did = await ticker.pass_once()
    assert slot_run_id("last", now - 1) in await run_ids(store)
    assert did.next_at is not None and did.next_at > did.now, "it would not sleep"


async def test_a_template_that_fails_skips_the_slot_and_no_other(store: RedisStore) -> None:
    await register(store)
    now = await store.ping()
    plain = Schedule("good", WORKFLOW, None, 3600.0, "UTC", "{}", next_due=now - 1000)
    bad = replace(plain, id="bad", params='{"a": "{{ nothing }}"}')
    await store.put_schedules(WORKFLOW, [plain, bad])
    did = await Ticker(store).pass_once()
    assert (did.fired, did.skipped) == (1, 1)


async def test_old_runs_are_forgotten(store: RedisStore) -> None:
    await register(store)
    for number in range(3):
        await going(store, f"r{number}")
    await store.cancel("r0")
    assert await Pruner(store, keep_s=3600).pass_once() == 0
    assert await Pruner(store, keep_s=0).pass_once() == 1
    assert sorted(await run_ids(store)) == ["r1", "r2"]
