"""Several hosts, killed and stopped: every slot fires once, and another host leads soon."""

from __future__ import annotations

import asyncio
import calendar
import os
import random
import re
import signal
import time
from pathlib import Path

import pytest
from tests.integration.scheduler.hosts import (
    WORKFLOW,
    Hosts,
    another_leads,
    leader_pid,
    register,
    run_ids,
    until,
)

from salt_core.config import Config
from salt_core.embedded import running
from salt_core.errors import Unreachable
from salt_core.ids import slot_run_id
from salt_core.model.schedule import Schedule
from salt_core.scheduler.settings import schedules_of
from salt_core.store.redis import RedisStore, open_store
from salt_tui.host_process import host_running, start_detached

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]


def secondly(count: int, first: int) -> list[Schedule]:
    return [
        Schedule(f"s{n}", WORKFLOW, None, 1.0, "UTC", "{}", next_due=first, catchup="all")
        for n in range(count)
    ]


async def test_every_slot_fires_once_whatever_happens_to_the_hosts(
    store: RedisStore, hosts: Hosts
) -> None:
    await register(store)
    first = (await store.ping()) // 1000 * 1000 + 1000
    await store.put_schedules(WORKFLOW, secondly(20, first))
    alive = {hosts.start() for _ in range(3)}
    await another_leads(store, None)
    chance, takeovers = random.Random(7), []
    for fault in ["kill", "stop", "kill", "stop", "kill"]:
        await asyncio.sleep(chance.uniform(0.5, 1.5))  # somewhere in the life of a slot
        await another_leads(store, None)  # on a busy machine its lease may lapse for a moment
        leader = await leader_pid(store)
        assert leader in alive
        if fault == "kill":
            hosts.kill(leader)
            alive.remove(leader)
            takeovers.append(await another_leads(store, leader))
            alive.add(hosts.start())
        else:
            # Until another leads; then both believe that they do, for a moment.
            hosts.signal(leader, signal.SIGSTOP)
            await another_leads(store, leader)
            hosts.signal(leader, signal.SIGCONT)
    assert max(takeovers) < 5
    end = await store.ping()

    async def caught_up() -> bool:
        return all(one.next_due > end for one in await store.schedules(WORKFLOW))

    await until(caught_up, 20, "all slots fired")
    for pid in alive:
        await until(lambda pid=pid: _is_up(hosts, pid), 10, "all hosts")  # type: ignore[misc]
        assert hosts.stop(pid) == 0
    expected = [
        slot_run_id(one.id, slot)
        for one in await store.schedules(WORKFLOW)
        for slot in range(first, one.next_due, 1000)
    ]
    found = await run_ids(store)
    assert sorted(found) == sorted(expected)
    assert len(found) > 20 * 10


async def test_a_clean_exit_hands_over_at_once(store: RedisStore, hosts: Hosts) -> None:
    one = hosts.start()
    await another_leads(store, None)
    assert await leader_pid(store) == one
    two = hosts.start()
    await until(lambda: _is_up(hosts, two), 10, "the second host")
    begun = time.monotonic()
    assert hosts.stop(one, signal.SIGINT) == 0
    stopped = time.monotonic() - begun
    assert await another_leads(store, one) < 1
    assert await leader_pid(store) == two
    assert stopped < 3


async def test_a_lost_terminal_leaves_the_host(store: RedisStore, hosts: Hosts) -> None:
    pid = hosts.start()
    await another_leads(store, None)
    hosts.signal(pid, signal.SIGHUP)
    begun = await store.ping()

    async def led_on() -> bool:
        return await store.ping() > begun + 1500

    await until(led_on, 5, "a renewal")
    assert hosts.alive(pid)
    assert await leader_pid(store) == pid
    assert hosts.stop(pid) == 0
    assert await store.leader() is None


async def test_a_new_schedule_wakes_the_host(store: RedisStore, hosts: Hosts) -> None:
    await register(store)
    hosts.start()
    await another_leads(store, None)
    await until(lambda: _in_log(hosts, "leads"), 5, "the leader")
    now = await store.ping()
    await store.put_schedules(
        WORKFLOW, schedules_of(WORKFLOW, {"schedules": [{"every": "1s"}]}, now)
    )

    async def fired() -> bool:
        return len(await run_ids(store)) >= 3

    await until(fired, 6, "three slots")
    runs = [await store.run(run) for run in await run_ids(store)]
    for run in runs:
        assert run is not None
        due = time.strptime(run.id.rpartition("@")[2], "%Y%m%dT%H%M%SZ")
        late = run.created - calendar.timegm(due) * 1000
        assert 0 <= late < 500, f"{run.id} was {late} ms late"
        assert run.trigger == "schedule"


async def test_a_server_that_dies_under_a_host_is_started_again(
    config: Config, tmp_path: Path
) -> None:
    hosts = Hosts(config, tmp_path)
    store = await open_store(config)
    try:
        pid = hosts.start()
        await another_leads(store, None)
        await until(lambda: _in_log(hosts, "leads"), 5, "the leader")
        found = running(config)
        assert found is not None
        os.kill(found.pid, signal.SIGKILL)

        async def leads_again() -> bool:
            try:
                return await leader_pid(store) == pid and running(config) is not None
            except Unreachable:
                return False

        await until(leads_again, 15, "another server")
        assert hosts.stop(pid) == 0
    finally:
        await store.close()
        hosts.close()


async def test_a_host_is_started_detached(config: Config) -> None:
    store = await open_store(config)
    try:
        assert not await host_running(store)
        pid = start_detached(config)
        try:
            await another_leads(store, None)
            assert await host_running(store)
            assert await leader_pid(store) == pid
            assert os.getsid(pid) == pid
        finally:
            os.kill(pid, signal.SIGTERM)
            # Nobody else waits for it here.
            assert (await asyncio.to_thread(os.waitpid, pid, 0))[1] == 0
        assert not await host_running(store)
        assert "has stopped" in (config.home / "host.log").read_text()
    finally:
        await store.close()


async def _is_up(hosts: Hosts, pid: int) -> bool:
    return re.search(rf"-{pid}-\w+ is up", hosts.log()) is not None


async def _in_log(hosts: Hosts, text: str) -> bool:
    return text in hosts.log()
