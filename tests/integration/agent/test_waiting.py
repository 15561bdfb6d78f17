"""Workflow functions that wait hold no process, wake when what they wait for is there, and end right."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest
from tests.integration.agent.conftest import Lab, file_says, gone, until

from salt_agent.agent import Agent
from salt_core.model.status import AttemptEnd, RunStatus, TaskStatus
from salt_core.store import Emitted


def pids(notes: str, what: str) -> list[int]:
    """The processes that left a line which begins with ``what``."""
    return [int(line.split()[-1]) for line in notes.splitlines() if line.startswith(what)]


async def parked(lab: Lab, run: str, within_s: float = 20) -> None:
    async def waits() -> bool:
        return (await lab.task(run, 0)).status is TaskStatus.WAITING

    await until(waits, "a parked workflow function", within_s)


async def no_place_taken(agent: Agent) -> None:
    async def empty() -> bool:
        return agent._bodies.taken == 0

    await until(empty, "free places", within_s=2)


async def test_a_sleep_holds_no_process_and_ends_punctually(lab: Lab, tmp_path: Path) -> None:
    agent = await lab.agent()
    note = tmp_path / "notes"
    run = await lab.durable("sleep", path=str(note), seconds=3.0)
    (pid,) = pids(await file_says(note, "body"), "body")
    await parked(lab, run)
    await until(lambda: gone(pid), "the end of the process that waits", within_s=2)
    await no_place_taken(agent)
    assert (await lab.store.run(run)).status is RunStatus.WAITING  # type: ignore[union-attr]
    assert await lab.value(run) == "slept"
    body, sleep = await lab.store.tasks(run)
    # No host leads here: the agent that began the timer knows when it is over.
    assert sleep.finished is not None
    assert 3000 <= sleep.finished - sleep.created < 3150
    assert [one.status for one in body.attempts] == [AttemptEnd.PARKED, AttemptEnd.SUCCEEDED]
    for attempt in (1, 2):
        assert [line.text for line in await lab.log(run, 0, attempt)] == ["body of sleep"]


async def test_a_short_wait_parks_nothing(lab: Lab) -> None:
    await lab.agent()
    run = await lab.durable("sleep", seconds=0.4)
    assert await lab.value(run) == "slept"
    (attempt,) = (await lab.task(run, 0)).attempts
    assert attempt.status is AttemptEnd.SUCCEEDED


async def test_quick_tasks_pay_for_nothing_of_this(lab: Lab) -> None:
    """A task of a chain costs what it did: its call, its claim, its end, its result."""
    await lab.agent()
    await lab.value(await lab.run("chain", n=2))
    with lab.client() as client:
        client.config_resetstat()
        await lab.value(await lab.run("chain", n=50))
        stats = client.info("commandstats")
    assert stats["cmdstat_evalsha"]["calls"] < 4.3 * 50
    assert stats["cmdstat_bzpopmin"]["calls"] < 2.2 * 50


async def test_an_event_wakes_those_that_wait_for_it(lab: Lab, tmp_path: Path) -> None:
    await lab.agent()
    note = tmp_path / "notes"
    runs = [await lab.durable("event", n=n, path=str(note)) for n in (1, 2)]
    for run in runs:
        await parked(lab, run)
    assert await lab.store.emit("order", "e1", '{"id":2,"total":7}') == Emitted(True, 1)
    assert await lab.value(runs[1]) == {"id": 2, "total": 7}
    assert (await lab.task(runs[0], 0)).status is TaskStatus.WAITING
    assert await lab.store.cancel(runs[0])
    assert (await lab.ended(runs[0])).status is RunStatus.CANCELLED


async def test_an_event_that_does_not_come(lab: Lab) -> None:
    await lab.agent()
    head = await lab.ended(await lab.durable("event", n=1, seconds=1.5))
    assert head.status is RunStatus.FAILED
    assert head.error is not None
    assert "order" in head.error.message


async def test_a_person_s_answer(lab: Lab) -> None:
    await lab.agent()
    run = await lab.durable("approve")
    await parked(lab, run)
    asked = await lab.task(run, 1)
    assert (asked.kind, asked.name, asked.message) == ("approve", "publish", "Is it good?")
    assert await lab.store.decide(run, "1", accepted=True, by="ann", fields='{"limit":3}')
    assert await lab.value(run) == ["ann", 3]
    again = await lab.durable("approve")
    await parked(lab, again)
    assert await lab.store.decide(again, "1", accepted=False, by="bob", reason="too late")
    head = await lab.ended(again)
    assert head.error is not None
    assert "bob" in head.error.message
    assert "too late" in head.error.message


async def test_a_task_that_takes_long_parks_its_workflow_too(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("salt_agent.parking.TASKS_S", 1.5)
    await lab.agent()
    run = await lab.durable("linger", path=str(tmp_path / "notes"), seconds=4.0)
    await parked(lab, run)
    # Somebody works for it: to people it runs.
    assert (await lab.store.run(run)).status is RunStatus.RUNNING  # type: ignore[union-attr]
    assert await lab.value(run) == 5


async def test_waits_make_room_for_others_at_once(lab: Lab, tmp_path: Path) -> None:
    """More workflow functions than places, and each waits for a task or for another one."""
    await lab.agent(bodies=2, slots=8)
    note = tmp_path / "notes"
    began = time.monotonic()
    runs = [await lab.durable("linger", path=str(note), seconds=2.0) for _ in range(6)]
    assert [await lab.value(run) for run in runs] == [5] * 6
    # All six tasks ran side by side, though only two places are there for those who called them.
    assert time.monotonic() - began < 6
    assert await lab.value(await lab.durable("down", n=6)) == 6


async def test_a_workflow_calls_its_own_and_others(lab: Lab, tmp_path: Path) -> None:
    await lab.agent()
    run = await lab.durable("own", n=4)
    assert await lab.value(run) == [1, 3, 10]
    _, *calls = await lab.store.tasks(run)
    assert [(one.kind, one.name, one.child) for one in calls] == [
        ("run", "part", f"{run}.{seq}") for seq in (1, 2, 3)
    ]
    child = await lab.store.run(f"{run}.3")
    assert child is not None
    assert (child.function, child.parent, child.root) == ("part", f"{run}/3", run)
    assert (child.workflow, child.version) == ("durable", "d" * 12)
    note = tmp_path / "notes"
    other = await lab.durable("other", n=21, path=str(note))
    assert await lab.value(other) == 42
    child = await lab.store.run(f"{other}.1")
    assert child is not None
    assert (child.workflow, child.version, child.function) == ("other", "0" * 12, "")
    assert pids((tmp_path / "notes.other").read_text(), "other")


@pytest.mark.parametrize(
    ("how", "n", "type", "says"),
    [
        ("absent", 1, "NotFound", "There is no workflow 'absent'."),
        ("other", -1, "ValueError", "below zero"),
    ],
)
async def test_a_call_that_cannot_be_done_is_told_to_its_caller(
    lab: Lab, how: str, n: int, type: str, says: str
) -> None:
    await lab.agent()
    run = await lab.durable("refused", n=n, how=how)
    found, message = await lab.value(run)
    assert found == type
    assert says in message
    made = await lab.store.run(f"{run}.1")
    assert (made is None) == (type == "NotFound")


async def test_cancelling_goes_down(lab: Lab, tmp_path: Path) -> None:
    await lab.agent()
    note = tmp_path / "notes"
    run = await lab.durable("spin", n=5, path=str(note), seconds=30)
    await file_says(note, "turn 1")
    assert await lab.store.cancel(run)
    assert (await lab.ended(run)).status is RunStatus.CANCELLED
    assert (await lab.ended(f"{run}.1")).status is RunStatus.CANCELLED
    for pid in pids(note.read_text(), "turn"):
        await until(lambda pid=pid: gone(pid), "the end of the child's process", within_s=8)  # type: ignore[misc]


async def test_a_rolling_loop_s_journal_stays_short(lab: Lab) -> None:
    await lab.agent()
    run = await lab.durable("spin", n=60)
    assert await lab.value(run) == 60
    journal = await lab.store.journal(f"{run}.1", 0)
    assert len(journal) < 12
    turns = await lab.store.task(f"{run}.1", "1")
    assert turns is not None
    assert (turns.kind, turns.turn) == ("loop", 59)  # its last turn ends with it
    assert await lab.value(await lab.durable("spins", n=4)) == [1, 2, 3, 4]


async def test_a_loop_goes_on_where_it_was_parked(lab: Lab, tmp_path: Path) -> None:
    await lab.agent()
    note = tmp_path / "notes"
    run = await lab.durable("spin", n=3, path=str(note), seconds=1.6)
    assert await lab.value(run) == 3
    ends = [one.status for one in (await lab.task(f"{run}.1", 0)).attempts]
    assert AttemptEnd.PARKED in ends
    turns = [line.split()[1] for line in note.read_text().splitlines() if line.startswith("turn")]
    assert sorted(set(turns)) == ["1", "2", "3"]
    # A turn that is over is never gone through again.
    assert turns == sorted(turns)


async def test_a_journal_of_several_pages_is_gone_through_again(lab: Lab) -> None:
    await lab.agent()
    run = await lab.durable("wide", n=600, seconds=1.5)
    assert await lab.value(run) == sum(range(1, 601))
    assert len(await lab.store.journal(run, 0, 5000)) == 1202
    ends = [one.status for one in (await lab.task(run, 0)).attempts]
    assert ends == [AttemptEnd.PARKED, AttemptEnd.SUCCEEDED]


async def test_large_states_and_parameters_go_round_the_store(lab: Lab) -> None:
    await lab.agent()
    run = await lab.durable("large", n=100_000, seconds=1.2)
    assert await lab.value(run) == [100_003, "yyy"]
    ends = [one.status for one in (await lab.task(run, 0)).attempts]
    assert ends.count(AttemptEnd.PARKED) >= 2
    with lab.client() as client:
        for key in client.scan_iter():
            if client.type(key) == b"hash":
                assert all(len(value) < 40_000 for value in client.hgetall(key).values())
            elif client.type(key) == b"list":
                assert all(len(value) < 40_000 for value in client.lrange(key, 0, -1))


async def test_processes_that_are_not_forked_are_let_go_of_too(lab: Lab, tmp_path: Path) -> None:
    note = tmp_path / "notes"
    await lab.register_described("durable", env={"SALT_START": "spawn"})
    agent = await lab.agent(slots=1)
    run = await lab.durable("sleep", path=str(note), seconds=3.0)
    (pid,) = pids(await file_says(note, "body"), "body")
    await parked(lab, run)
    await until(lambda: gone(pid), "the end of the process that waits", within_s=2)
    await no_place_taken(agent)
    assert await lab.value(run) == "slept"
    attempts = (await lab.task(run, 0)).attempts
    assert [one.status for one in attempts] == [AttemptEnd.PARKED, AttemptEnd.SUCCEEDED]


async def test_many_wait_and_the_agent_is_idle(lab: Lab) -> None:
    agent = await lab.agent(bodies=8)
    runs = [await lab.durable("event", n=n) for n in range(40)]
    for run in runs:
        await parked(lab, run)
    await no_place_taken(agent)
    with lab.client() as client:
        client.config_resetstat()
        await asyncio.sleep(2)
        calls = client.info("commandstats")
    assert calls.get("cmdstat_evalsha", {"calls": 0})["calls"] <= 1  # a heartbeat, at most
    for n in range(40):
        await lab.store.emit("order", f"e{n}", f'{{"id":{n}}}')
    assert [await lab.value(run) for run in runs] == [{"id": n} for n in range(40)]


async def test_the_longest_journal_ends_in_a_sentence(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("salt_agent.feed.LONGEST_JOURNAL", 60)
    await lab.agent()
    head = await lab.ended(await lab.durable("many", n=100))
    assert head.status is RunStatus.FAILED
    assert head.error is not None
    assert head.error.type == "JournalFull"
    assert "for turn in loop(start)" in head.error.message
