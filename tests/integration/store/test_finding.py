"""The server finds what ``RunQuery.matches`` would pick, of all runs, however they came to be."""

from __future__ import annotations

import random

import pytest
from tests.integration.store.hands import BEGIN, Hands

from salt_core.cli.filtering import parse
from salt_core.model.deed import Deed
from salt_core.model.query import RunQuery
from salt_core.model.run import NewRun, Run, RunFilter
from salt_core.model.task import Failure, Policy
from salt_core.store.redis import finding

pytestmark = pytest.mark.integration

FILTERS = [
    "", "status:failed", "status:running,queued", "-status:succeeded", "state:cancelled",
    "wf:nightly", "wf:night*", "wf:*sync", "wf:*r*n*", "-wf:nightly,crm-sync", "wf:nothing",
    "trigger:manual", "-trigger:sched*", "version:3f", "id:r1", "run:r1,r2", "error:region",
    "error:KeyError", 'error:"no such [x] %d"', "error:größe", "-error:region", "KEYERROR", "crm",
    "-failed", "r2", "since:5s", "until:3s", "since:9s until:2s", "ended:4s", "took:>1s", "took:<3s",
    "took:>500ms took:<2s status:failed", "status:failed wf:n* since:9s -trigger:demo Key",
    '"crm-sync"', "%d", ".", "[x]", "GRÖSSE", "größe",
]  # fmt: skip
ERRORS = [("KeyError", "'region'"), ("OSError", "no such [x] %d"), ("ValueError", "größe")]


async def _populate(hands: Hands, chance: random.Random, count: int) -> None:
    store = hands.store
    for number in range(count):
        workflow = chance.choice(["nightly", "crm-sync", "train"])
        trigger = chance.choice(["manual", "schedule", "demo"])
        await store.create_run(
            NewRun(f"r{number}", workflow, chance.choice(["3f2a", "9c41"]), "{}", trigger=trigger)
        )
        if chance.random() < 0.8:
            await hands.tick(chance.choice([0, 0, 100, 700]))
    for assignment in await hands.claim(bodies=count * 2 // 3):
        await hands.tick(chance.choice([0, 20, 900]))
        match chance.randrange(4):
            case 0:
                kind, message = chance.choice(ERRORS)
                failure = Failure(kind, message, retryable=False)
                await store.fail(assignment.token, failure, "failed", "fork")
            case 1:
                await hands.end(assignment.token)
            case 2:
                await store.cancel(assignment.token.run)
            case _:
                pass


async def _all(hands: Hands, query: RunQuery) -> tuple[list[tuple[int, str]], int]:
    keys: list[tuple[int, str]] = []
    looked, after = 0, None
    while True:
        found = await hands.store.find_runs(query, after)
        keys += found.keys
        looked += found.looked
        after = found.next
        if after is None:
            return keys, looked


@pytest.mark.parametrize("seed", range(3))
async def test_the_server_finds_what_we_would_pick(
    hands: Hands, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "LOOKED", 7)
    monkeypatch.setattr(finding, "LISTED", 11)
    await _populate(hands, random.Random(seed), 60)
    now = int(await hands.redis.get(hands.store.keys.prefix + "clock"))
    runs = await hands.store.runs(RunFilter(limit=1000))
    assert len(runs) == 60
    picked_some = 0
    for text in FILTERS:
        for workflow in (None, "nightly"):
            query = parse(text, now, workflow=workflow)
            keys, looked = await _all(hands, query)
            picked = {(run.created, run.id) for run in runs if query.matches(run, now)}
            assert set(keys) == picked, (text, workflow)
            assert keys == sorted(keys, reverse=True), text
            assert len(keys) == len(set(keys)), text
            picked_some += bool(picked)
            if workflow is None and not query.created:
                assert looked == 60
    assert picked_some > len(FILTERS)


async def test_many_runs_of_one_moment_are_each_found_once(
    hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "LISTED", 10)
    for number in range(35):
        await hands.store.create_run(NewRun(f"r{number:02}", "wf", "v", "{}"))
    keys, looked = await _all(hands, RunQuery())
    assert [key for _, key in keys] == [f"r{number:02}" for number in reversed(range(35))]
    assert looked == 35
    assert {created for created, _ in keys} == {BEGIN}


async def test_called_runs_are_none_of_them(hands: Hands) -> None:
    called = Run(
        "r.1", "wf", "v", "running", "{}", "call", BEGIN, None, None, 1, 0, parent="r/1"  # type: ignore[arg-type]
    )  # fmt: skip
    assert not RunQuery().matches(called, BEGIN)


async def test_heads_are_read_many_at_once(hands: Hands) -> None:
    for number in range(450):
        await hands.store.create_run(NewRun(f"r{number}", f"wf{number % 3}", "v", "{}"))
        await hands.tick(1)
    read = await hands.store.read_runs([f"r{number}" for number in range(0, 900, 2)])
    assert [run.id for run in read] == [f"r{number}" for number in range(0, 450, 2)]
    recent = await hands.store.recent_runs(["wf0", "wf2", "none"], 2)
    assert {name: [run.id for run in runs] for name, runs in recent.items()} == {
        "wf0": ["r447", "r444"],
        "wf2": ["r449", "r446"],
        "none": [],
    }


async def test_deeds_are_told_to_all(hands: Hands) -> None:
    changes = hands.store.changes("0-0")
    await hands.store.tell_deed(Deed("ada@box", "cancelled run r of wf", "r", "salt cancel r"))
    assert (await anext(changes))["kind"] == "deed"
    await hands.store.tell_deed(Deed("bob@box", "rolled back wf", "wf"))
    newest, oldest = await hands.store.deeds()
    assert (newest.by, newest.about, oldest.command) == ("bob@box", "wf", "salt cancel r")
    assert oldest.at > 0
    assert await hands.store.deeds(after=oldest.id) == [newest]
    assert await hands.store.deeds(limit=1) == [newest]


async def test_a_workflow_is_paused_and_goes_on(hands: Hands) -> None:
    assert await hands.store.pause("wf", True) is None
    await hands.store.put_settings("wf", {})
    await hands.redis.sadd(hands.store.keys.prefix + "workflows", "wf")
    assert await hands.store.pause("wf", True) is True
    assert await hands.store.pause("wf", True) is False
    assert await hands.store.pause("wf", False) is True
    assert await hands.store.pause("wf", False) is False


async def test_depths_of_queues_need_no_look_at_other_keys(hands: Hands) -> None:
    assert await hands.store.queue_depths() == {}
    for number in range(3):
        policy = Policy(queue="gpu" if number else "default")
        await hands.store.create_run(NewRun(f"r{number}", "wf", "v", "{}", policy))
    assert await hands.store.queue_depths() == {"default": 1, "gpu": 2}
    before = (await hands.redis.info("commandstats")).get("cmdstat_scan")
    await hands.claim(bodies=1, queue="default")
    assert await hands.store.queue_depths() == {"gpu": 2}
    assert (await hands.redis.info("commandstats")).get("cmdstat_scan") == before
