"""What waits in any run, without looking at all runs; and what was told of late."""

from __future__ import annotations

import json

import pytest
from tests.integration.store.hands import Hands, approve, calls, event
from tests.integration.store.test_invalid import judged

from salt_core.model.agent import AgentInfo
from salt_core.model.check import Verdict
from salt_core.model.run import NewRun

INDEXES = ("undecided", "listening")


async def undecided(hands: Hands) -> list[tuple[str, str]]:
    return [(one.member, one.task.name) for one in await hands.store.undecided()]


async def listening(hands: Hands) -> list[str]:
    return [one.member for one in await hands.store.listening()]


async def test_open_approvals_of_all_runs_the_longest_open_first(hands: Hands) -> None:
    for run in ("r", "s"):
        await hands.push(await hands.begun(run), approve(1, f"sign {run}"))
        await hands.tick(5)
    assert await undecided(hands) == [("r/1", "sign r"), ("s/1", "sign s")]
    first, second = await hands.store.undecided()
    assert first.run.workflow == "wf"
    assert first.task.message == "?"
    assert second.since - first.since == 5
    assert len(await hands.store.undecided(limit=1)) == 1
    assert await hands.store.decide("r", "1", accepted=True, by="ada")
    assert await undecided(hands) == [("s/1", "sign s")]
    assert await hands.store.decide("s", "1", accepted=False, by="ada")
    assert await hands.left(*INDEXES) == []


async def test_who_looks_on_hears_what_opens_and_closes(hands: Hands) -> None:
    await hands.push(await hands.begun(), approve(1))
    await hands.store.decide("r", "1", accepted=True, by="ada")
    heard = await hands.redis.xrange(hands.store.keys.prefix + "changes")
    said = [(one[b"key"], one[b"status"]) for _, one in heard if one[b"kind"] == b"decision"]
    assert said == [(b"r/1", b"open"), (b"r/1", b"closed")]


async def test_an_approval_that_times_out_is_open_no_more(hands: Hands) -> None:
    await hands.push(await hands.begun(), approve(1, timeout_ms=50))
    assert await undecided(hands) == [("r/1", "ok")]
    await hands.pass_time(50)
    assert await hands.left(*INDEXES) == []


@pytest.mark.parametrize("accepted", [True, False])
async def test_data_in_quarantine_waits_for_a_person(hands: Hands, accepted: bool) -> None:
    await hands.push(await hands.begun(), *calls([1]))
    (one,) = await hands.claim(tasks=1)
    await judged(hands, one.token, Verdict.QUARANTINED)
    (found,) = await hands.store.undecided()
    assert found.task.quarantined
    assert [check.passed for check in found.task.checks] == [False]
    await hands.store.decide("r", "1", accepted=accepted, by="ada")
    assert await hands.left(*INDEXES) == []


@pytest.mark.parametrize("how", ["cancelled", "ended", "forgotten"])
async def test_what_a_run_leaves_when_it_is_over_waits_for_nobody(hands: Hands, how: str) -> None:
    body = await hands.begun()
    await hands.push(body, *calls([1]), approve(2), event(3, "paid"))
    (one,) = await hands.claim(tasks=1)
    await judged(hands, one.token, Verdict.QUARANTINED)
    assert sorted(await undecided(hands)) == [("r/1", "t1"), ("r/2", "ok")]
    assert await listening(hands) == ["r/3"]
    if how == "cancelled":
        await hands.store.cancel("r")
    else:
        await hands.end(body)
    assert await hands.left(*INDEXES) == []
    if how == "forgotten":
        await hands.tick(10)
        assert await hands.store.prune(1) == ["r"]
        assert await hands.left(*INDEXES) == []


async def test_waits_for_events_of_all_runs(hands: Hands) -> None:
    await hands.push(await hands.begun("r"), event(1, "paid", '{"id":7}'), event(2, "sent"))
    await hands.push(await hands.begun("s"), event(1, "paid"))
    assert sorted(await listening(hands)) == ["r/1", "r/2", "s/1"]
    assert {one.task.where for one in await hands.store.listening()} == {'{"id":7}', ""}
    await hands.store.emit("paid", "a", '{"id":8}')
    assert sorted(await listening(hands)) == ["r/1", "r/2"]
    await hands.store.emit("paid", "b", '{"id":7}')
    assert await listening(hands) == ["r/2"]


async def test_an_event_that_came_before_the_wait_leaves_nothing_listening(hands: Hands) -> None:
    body = await hands.begun()
    await hands.tick(1)
    await hands.store.emit("paid", "a", "{}")
    await hands.push(body, event(1, "paid"))
    assert await hands.left("listening") == []


async def test_the_last_events_of_all_names(hands: Hands) -> None:
    await hands.push(await hands.begun(), event(1, "paid"))
    await hands.store.emit("paid", "a", '{"sum":3}')
    await hands.tick(7)
    long = json.dumps({"text": "ä" * 500}, ensure_ascii=False)
    await hands.store.emit("sent", "b", long)
    await hands.store.emit("sent", "b", "{}")
    newest, oldest = await hands.store.told()
    assert (oldest.event, oldest.id, oldest.woken, oldest.begins) == ("paid", "a", 1, '{"sum":3}')
    assert (newest.event, newest.woken, newest.size) == ("sent", 0, len(long.encode()))
    assert newest.at - oldest.at == 7
    assert long.startswith(newest.begins)
    assert len(newest.begins.encode()) in (199, 200)
    assert await hands.store.payload(newest) == long
    assert len(await hands.store.told(limit=1)) == 1


async def test_draining_is_told_with_the_next_heartbeat_and_taken_back(hands: Hands) -> None:
    agent = AgentInfo("a", "box", 1, ("default",), 4, 0, 0, 0, 0)
    assert await hands.store.drain("a", True) is False
    assert not (await hands.store.renew(agent, [], 1000)).drain
    assert await hands.store.drain("a", True)
    assert (await hands.store.renew(agent, [], 1000)).drain
    assert await hands.store.drain("a", False)
    assert not (await hands.store.renew(agent, [], 1000)).drain


async def test_a_heartbeat_of_a_newer_agent_is_read(hands: Hands) -> None:
    await hands.store.create_run(NewRun("r", "wf", "v", "{}"))
    agent = AgentInfo("a", "box", 1, ("default",), 4, 0, 0, 0, 0, cpu=0.5, memory=7, cores=2)
    await hands.store.renew(agent, [], 1000)
    key = hands.store.keys.prefix + "agent:a"
    info = json.loads(await hands.redis.hget(key, "info")) | {"from_tomorrow": 1}
    await hands.redis.hset(key, mapping={"info": json.dumps(info), "seen": 2**52})
    await hands.redis.zadd(hands.store.keys.prefix + "agents", {"a": 2**52})
    (found,) = await hands.store.agents()
    assert (found.cpu, found.memory, found.cores) == (0.5, 7, 2)
