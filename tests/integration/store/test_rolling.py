"""Loops whose turns leave the journal, and runs that begin with a part of another one's past."""

from __future__ import annotations

import pytest
from tests.integration.store.hands import Hands, calls, child, sleep

from salt_core.model.call import Call, Wait
from salt_core.model.journal import Entry
from salt_core.model.lease import Token
from salt_core.model.run import NewRun
from salt_core.model.status import RunStatus, TaskStatus
from salt_core.model.task import Policy
from salt_core.store import Parking
from salt_core.store.redis import runs
from salt_core.store.redis.keys import Kind

LOOP_KIND = "loop"


def loop(seq: int) -> Call:
    return Call(seq, "loop", kind="loop")


async def work(hands: Hands, count: int) -> None:
    found = await hands.claim(tasks=count)
    assert len(found) == count
    for one in sorted(found, key=lambda one: int(one.token.task)):
        await hands.end(one.token, f'"{one.token.task}"')


def short(entries: list[Entry]) -> list[str]:
    """``c3``, ``d3``, ``t2:9#4`` (loop 2 has ended turn 4, up to call 9)."""
    found = []
    for one in entries:
        if one.kind == "turn":
            found.append(f"t{one.loop}:{one.seq}#{one.turn}")
        else:
            found.append(f"{one.kind[0]}{one.seq}")
    return found


async def journal(hands: Hands, run: str = "r") -> list[str]:
    return short(await hands.store.journal(run, 0))


async def roll(hands: Hands, body: Token, loop: int, seq: int, turn: int, at: int) -> int | None:
    return await hands.store.roll(body, loop, seq, turn, f'{{"turn":{turn}}}', at)


async def test_the_journal_stays_as_long_as_one_turn(hands: Hands) -> None:
    body = await hands.begun()
    await hands.push(body, *calls([1]), loop(2))
    await work(hands, 1)
    position: int | None = 3
    for turn in range(1, 51):
        first = 2 * turn + 1
        await hands.push(body, *calls([first, first + 1]))
        await work(hands, 2)
        assert position is not None
        position = await roll(hands, body, 2, first + 1, turn, position + 4)
        assert await journal(hands) == ["c1", "c2", "d1", f"t2:{first + 1}#{turn}"]
        assert position == 4
    entries = await hands.store.journal("r", 3)
    assert entries[0].kind == "turn" and entries[0].value == '{"turn":50}'
    tasks = await hands.store.tasks("r")
    assert len(tasks) == 103, "every turn's calls are still listed"
    assert (tasks[2].kind, tasks[2].turn) == (LOOP_KIND, 50)
    head = await hands.store.run("r")
    assert head is not None and head.tasks_done == head.tasks_total == 102


async def test_the_same_turn_again_changes_nothing(hands: Hands) -> None:
    body = await hands.begun()
    await hands.push(body, loop(1), *calls([2]))
    await work(hands, 1)
    assert await roll(hands, body, 1, 2, 1, 3) == 2
    await hands.push(body, *calls([3]))
    assert await roll(hands, body, 1, 2, 1, 3) == 2
    assert await journal(hands) == ["c1", "t1:2#1", "c3"]
    await hands.store.release([body])
    assert await roll(hands, body, 1, 3, 2, 9) is None, "it holds the body no more"


async def test_what_the_body_has_not_been_given_stays_ahead_of_it(hands: Hands) -> None:
    body = await hands.begun()
    await hands.push(body, *calls([1, 2]), loop(3), *calls([4]))
    one, two, four = await hands.claim(tasks=3)
    await hands.end(one.token)
    await hands.end(four.token)
    await hands.end(two.token)  # the body has not seen this one yet
    assert await journal(hands) == ["c1", "c2", "c3", "c4", "d1", "d4", "d2"]
    position = await roll(hands, body, 3, 4, 1, 6)
    assert await journal(hands) == ["c1", "c2", "c3", "d1", "t3:4#1", "d2"]
    assert position == 5
    assert short(await hands.store.journal("r", position)) == ["d2"]
    assert await hands.store.park(body, position) is Parking.GROWN


async def test_a_loop_in_a_loop(hands: Hands) -> None:
    body = await hands.begun()
    await hands.push(body, loop(1), loop(2), *calls([3]))
    await work(hands, 1)
    assert await roll(hands, body, 2, 3, 1, 4) == 3
    await hands.push(body, *calls([4]))
    await work(hands, 1)
    assert await roll(hands, body, 2, 4, 2, 5) == 3
    assert await journal(hands) == ["c1", "c2", "t2:4#2"]
    await hands.push(body, *calls([5]))
    await work(hands, 1)
    assert await roll(hands, body, 1, 5, 1, 5) == 2
    assert await journal(hands) == ["c1", "t1:5#1"]
    await hands.push(body, loop(6), *calls([7]))
    await work(hands, 1)
    assert await roll(hands, body, 6, 7, 1, 5) == 4
    assert await journal(hands) == ["c1", "t1:5#1", "c6", "t6:7#1"]


async def test_a_turn_with_waits_and_runs(hands: Hands) -> None:
    body = await hands.begun()
    await hands.push(body, loop(1), sleep(2, 10), child(3))
    assert await hands.store.park(body, 3) is Parking.PARKED
    await hands.end(await hands.body("r.3"))
    await hands.pass_time(10)
    body = await hands.body()
    assert await roll(hands, body, 1, 3, 1, 5) == 2
    assert await hands.store.park(body, 2, force=True) is Parking.GROWN, "nothing would wake it"
    await hands.push(body, sleep(4, 10))
    assert await hands.store.park(body, 3) is Parking.PARKED


async def test_a_wait_that_lost_a_race_is_given_up_with_its_turn(hands: Hands) -> None:
    body = await hands.begun()
    late = Call(4, "news", kind="event", wait=Wait(timeout_ms=10**9))
    await hands.push(body, sleep(1, 10**9), loop(2), sleep(3, 5), late)
    await hands.pass_time(5)
    assert await journal(hands) == ["c1", "c2", "c3", "c4", "d3"]
    assert await roll(hands, body, 2, 4, 1, 5) == 3
    assert await journal(hands) == ["c1", "c2", "t2:4#1"]
    assert (await hands.store.task("r", "4")).status is TaskStatus.CANCELLED  # type: ignore[union-attr]
    assert (await hands.store.emit("news", "1", "{}")).woken == 0
    assert await hands.store.park(body, 3) is Parking.PARKED, "the sleep before the loop goes on"
    assert await hands.left("waiters", "shapes") == []


async def test_old_turns_are_forgotten_in_the_end(
    hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "KEPT_CALLS", 10)
    body = await hands.begun()
    await hands.push(body, *calls([1]), loop(2))
    await work(hands, 1)
    last = 2
    for turn in range(1, 6):
        await hands.push(body, *calls(range(last + 1, last + 801)))
        await work(hands, 800)
        last += 800
        await roll(hands, body, 2, last, turn, 10**6)
    kept = [task.id for page in range(0, last, 1000) for task in await hands.store.tasks("r", page)]
    assert kept == ["0", "1", "2", *(str(seq) for seq in range(last - 9, last + 1))]
    left = [key for key in await hands.left("task", "attempts", "dependents") if ":r:" in key]
    assert len(left) == 13 + 11
    await hands.push(body, *calls([last + 1], needs=(3,)))
    gone = (await hands.done())[last + 1]
    assert gone == (TaskStatus.FAILED, None, "UpstreamFailed"), "it would wait for ever"
    await hands.end(body)
    while await hands.store.prune(0) == []:
        pass
    assert await hands.left("run", "task", "journal", "attempts", "dependents", "lax") == []


# -- reruns


async def past(hands: Hands) -> None:
    """A run that failed: 1 and 2 succeeded, 3 failed, 4 needs 3, 5 is a run, 6 a timer."""
    body = await hands.begun("old")
    limits = Policy(priority=2)
    await hands.push(body, *calls([1, 2], limits), *calls([3], needs=(1,)), *calls([4], needs=(3,)))
    await hands.push(body, child(5, "old"), sleep(6, 10**6))
    for _ in range(3):
        (one,) = await hands.claim(tasks=1)
        if one.token.task == "3":
            await hands.break_(one.token)
        else:
            await hands.end(one.token, f'"{one.token.task}"')
    await hands.break_(body)
    await hands.pass_time(0)


async def test_a_rerun_keeps_what_was_done_and_does_the_rest(hands: Hands) -> None:
    await past(hands)
    new = NewRun("new", "wf", "v2", "{}", trigger="rerun")
    assert await hands.store.rerun("old", new, keep=[1, 2], upto=6)
    assert not await hands.store.rerun("old", new, keep=[1, 2], upto=6)
    assert await journal(hands, "new") == ["c1", "c2", "c3", "c4", "c5", "c6", "d1", "d2"]
    done = await hands.done("new")
    assert done == {
        1: (TaskStatus.SUCCEEDED, '"1"', None),
        2: (TaskStatus.SUCCEEDED, '"2"', None),
    }
    (three,) = await hands.claim(tasks=9)
    assert (three.token.member, three.results) == ("new/3", {1: '"1"'})
    assert three.version == "v2"
    assert await hands.status("new", 4) is TaskStatus.BLOCKED
    made = await hands.store.run("new.5")
    assert made is not None and (made.parent, made.root) == ("new/5", "new")
    await hands.end(three.token)
    (four,) = await hands.claim(tasks=9)
    await hands.end(four.token)
    await hands.pass_time(10**6)
    (body,) = [one for one in await hands.claim(bodies=9) if one.token.run == "new"]
    assert body.journal == 11
    await hands.end(body.token)
    head = await hands.store.run("new")
    assert head is not None
    assert (head.status, head.tasks_total) == (RunStatus.SUCCEEDED, 6)
    assert head.tasks_done == 6


async def test_a_rerun_may_stop_short(hands: Hands) -> None:
    await past(hands)
    assert await hands.store.rerun("old", NewRun("new", "wf", "v", "{}"), keep=[1], upto=2)
    assert await journal(hands, "new") == ["c1", "c2", "d1"]
    assert [one.token.member for one in await hands.claim(tasks=9)] == ["new/2"]
    body = await hands.body("new")
    await hands.push(body, *calls([3], needs=(1,)))
    assert await hands.status("new", 3) is TaskStatus.QUEUED


async def test_a_rerun_goes_on_in_the_turn_of_a_loop(hands: Hands) -> None:
    body = await hands.begun("old")
    await hands.push(body, *calls([1]), loop(2), *calls([3]))
    await work(hands, 2)
    await roll(hands, body, 2, 3, 1, 5)
    await hands.push(body, *calls([4]), *calls([5]))
    (four, five) = await hands.claim(tasks=2)
    await hands.end(four.token)
    await hands.break_(five.token)
    await hands.break_(body)
    assert await hands.store.rerun("old", NewRun("new", "wf", "v", "{}"), keep=[1, 2, 3, 4], upto=5)
    assert await journal(hands, "new") == ["c1", "c2", "d1", "t2:3#1", "c4", "c5", "d4"]
    body = await hands.body("new")
    await work(hands, 1)
    assert await roll(hands, body, 2, 5, 2, 8) == 4
    assert await journal(hands, "new") == ["c1", "c2", "d1", "t2:5#2"]
    head = await hands.store.run("new")
    assert head is not None and head.tasks_done == head.tasks_total == 5


async def test_blocked_tasks_of_a_chain_in_steps(hands: Hands) -> None:
    """More dependents of one task than a script may look at."""
    body = await hands.begun()
    await hands.push(body, *calls([1]), *calls(range(2, 6002), needs=(1,)))
    (one,) = await hands.claim(tasks=1)
    await hands.end(one.token)
    assert await hands.redis.scard(hands.store.keys(Kind.RELEASING)) == 1
    assert await hands.store.park(body, 6002, force=True) is Parking.PARKED
    await hands.pass_time(0)
    assert await hands.store.queue_depths() == {"default": 6000}
    assert await hands.left("dependents", "releasing") == []
