"""What a call waits for without an agent: a moment, an event, an answer; and a parked workflow function."""

from __future__ import annotations

import json

import pytest
from tests.integration.store.hands import Hands, approve, calls, event, sleep

from salt_core.model.call import Call, Wait
from salt_core.model.run import NewRun
from salt_core.model.status import RunStatus, TaskStatus
from salt_core.model.task import Failure, Policy
from salt_core.store import Emitted, Notice, Outcome, Parking

UP, DOWN = TaskStatus.SUCCEEDED, TaskStatus.FAILED
WAITS = ("waiters", "shapes", "delayed", "emitting", "releasing", "doomed", "sweeps")


# -- timers


async def test_a_timer_ends_at_its_moment_and_wakes_its_body(hands: Hands) -> None:
    body = await hands.begun()
    await hands.push(body, sleep(1, 1000))
    assert await hands.store.park(body, 1) is Parking.PARKED
    assert await hands.run_status("r") is RunStatus.WAITING
    assert (await hands.store.recover()).next_in_ms == 1000
    await hands.pass_time(999)
    assert await hands.claim(bodies=1) == []
    await hands.pass_time(1)
    again = await hands.body()
    assert again.attempt == 2
    assert await hands.done() == {1: (UP, "null", None)}
    await hands.end(again)
    assert await hands.left(*WAITS) == []


async def test_a_moment_that_has_passed_is_over_at_once(hands: Hands) -> None:
    body = await hands.begun()
    await hands.push(body, Call(1, "sleep", kind="sleep", wait=Wait(until_ms=5)))
    await hands.pass_time(0)
    assert await hands.done() == {1: (UP, "null", None)}
    assert await hands.store.wait_notices("a", 1) == [Notice("journal", "r")]


async def test_a_claim_does_what_is_due_also_when_nobody_recovers(hands: Hands) -> None:
    body = await hands.begun()
    await hands.push(body, sleep(1, 50))
    await hands.store.park(body, 1)
    await hands.tick(50)
    assert (await hands.body()).attempt == 2


# -- events


async def test_an_event_ends_the_waits_for_it_with_its_payload(hands: Hands) -> None:
    for run in ("r", "s"):
        await hands.push(await hands.begun(run), event(1, "paid"))
    assert await hands.store.emit("other", "1", "{}") == Emitted(new=True, woken=0)
    assert await hands.store.emit("paid", "1", '{"sum":3}') == Emitted(new=True, woken=2)
    assert await hands.store.emit("paid", "1", '{"sum":4}') == Emitted(new=False, woken=0)
    for run in ("r", "s"):
        assert await hands.done(run) == {1: (UP, '{"sum":3}', None)}
    assert await hands.left(*WAITS) == []


@pytest.mark.parametrize(
    ("where", "payload", "matches"),
    [
        ({"id": 7}, {"id": 7, "more": 1}, True),
        ({"id": 7}, {"id": 8}, False),
        ({"id": 7}, {"id": "7"}, False),
        ({"id": 7}, {"id": 7.0}, True),
        ({"id": 1234567890123456}, {"id": 1234567890123457}, False),
        ({"id": 0.1}, {"id": 0.1}, True),
        ({"id": 7}, {}, False),
        ({"id": 7}, [7], False),
        ({"id": 7}, "seven", False),
        ({"a": "ü", "b": True}, {"b": True, "a": "ü"}, True),
        ({"a": "ü", "b": True}, {"b": False, "a": "ü"}, False),
        ({"a": None}, {"a": None}, True),
        ({"a": None}, {}, False),
        ({}, "anything", True),
    ],
)
async def test_only_a_payload_with_those_fields_is_meant(
    hands: Hands, where: dict[str, object], payload: object, matches: bool
) -> None:
    body = await hands.begun()
    await hands.push(body, event(1, "e", json.dumps(where)))
    emitted = await hands.store.emit("e", "1", json.dumps(payload))
    assert emitted.woken == int(matches)
    # A wait that comes a moment too late is judged by the same rule.
    await hands.push(body, event(2, "e", json.dumps({**where})))
    status = await hands.status("r", 2)
    assert (await hands.status("r", 1) is UP) is matches
    assert status is TaskStatus.WAITING, "one event ends one wait of a run"
    late = await hands.begun("late")
    assert late.run == "late"


async def test_an_event_that_came_a_moment_before_the_wait_counts_once(hands: Hands) -> None:
    body = await hands.begun()
    await hands.store.emit("e", "1", "1")
    await hands.store.emit("e", "2", "2")
    await hands.push(body, event(1, "e"), event(2, "e"), event(3, "e"))
    assert await hands.done() == {1: (UP, "1", None), 2: (UP, "2", None)}
    await hands.store.emit("e", "3", "3")
    assert (await hands.done())[3] == (UP, "3", None)


async def test_an_event_from_before_the_run_is_not_its_own(hands: Hands) -> None:
    await hands.store.emit("e", "1", "1")
    await hands.tick(1)
    await hands.push(await hands.begun(), event(1, "e"))
    assert await hands.status("r", 1) is TaskStatus.WAITING


async def test_each_of_very_many_waits_is_told_once(hands: Hands) -> None:
    """More than one script may tell; each run waits for the next one at once."""
    many = 1200
    body = await hands.begun()
    await hands.push(body, *(event(seq, f"go-{seq % 2}") for seq in range(1, 2 * many + 1)))
    first = await hands.store.emit("go-1", "1", '"first"')
    assert first.woken < many
    # Those that were told wait for the next one before the others know of the first.
    told = sorted(await hands.done())
    again = [event(seq, "go-1") for seq in range(2 * many + 1, 2 * many + 1 + len(told))]
    await hands.push(body, *again)
    second = await hands.store.emit("go-1", "2", '"second"')
    assert second.new
    await hands.pass_time(0)
    done = await hands.done()
    odd = [seq for seq in range(1, 2 * many + 1) if seq % 2]
    assert [done[seq][1] for seq in odd] == ['"first"'] * many
    assert [done[one.seq][1] for one in again] == ['"second"'] * len(again)
    assert len(done) == many + len(again)


async def test_an_event_that_does_not_come_in_time_fails_its_wait(hands: Hands) -> None:
    body = await hands.begun()
    await hands.push(body, event(1, "e", timeout_ms=1000))
    await hands.pass_time(1000)
    assert await hands.done() == {1: (DOWN, None, "TimedOut")}
    assert await hands.store.emit("e", "1", "1") == Emitted(new=True, woken=0)
    assert await hands.left(*WAITS) == []


# -- answers


async def test_an_approval_ends_with_what_it_was_given(hands: Hands) -> None:
    body = await hands.begun()
    await hands.push(body, approve(1))
    assert await hands.store.decide("r", "1", accepted=True, by="ann", fields='{"x":1}')
    assert not await hands.store.decide("r", "1", accepted=False, by="bob")
    status, value, _ = (await hands.done())[1]
    assert status is UP and value is not None
    said = json.loads(value)
    assert (said["by"], said["fields"]) == ("ann", {"x": 1})


async def test_a_rejection_says_who_and_why(hands: Hands) -> None:
    body = await hands.begun()
    await hands.push(body, approve(1))
    assert await hands.store.decide("r", "1", accepted=False, by="ann", reason="too dear")
    task = await hands.store.task("r", "1")
    assert task is not None and task.error is not None
    assert task.error.type == "Rejected"
    assert "ann" in task.error.message and "too dear" in task.error.message


async def test_an_answer_that_does_not_come_in_time(hands: Hands) -> None:
    body = await hands.begun()
    await hands.push(body, approve(1, timeout_ms=10))
    await hands.pass_time(10)
    assert await hands.done() == {1: (DOWN, None, "TimedOut")}
    assert not await hands.store.decide("r", "1", accepted=True, by="ann")


async def test_nobody_decides_what_asks_for_nothing(hands: Hands) -> None:
    body = await hands.begun()
    await hands.push(body, *calls([1]), sleep(2, 10))
    for task in ("0", "1", "2", "3"):
        assert not await hands.store.decide("r", task, accepted=True, by="ann")
    assert not await hands.store.decide("nobody", "1", accepted=True, by="ann")


# -- parking


async def test_a_body_is_parked_only_when_it_has_seen_everything(hands: Hands) -> None:
    body = await hands.begun()
    await hands.push(body, *calls([1]), sleep(2, 100))
    (one,) = await hands.claim(tasks=1)
    assert await hands.store.park(body, 2) is Parking.BUSY
    await hands.end(one.token)
    assert await hands.store.park(body, 2) is Parking.GROWN
    assert await hands.store.park(body, 3) is Parking.PARKED
    assert await hands.store.park(body, 3) is Parking.PARKED, "the first reply may be lost"
    assert (await hands.store.push(body, calls([3]))) is Outcome.STALE


async def test_a_body_that_waits_for_nothing_is_not_parked(hands: Hands) -> None:
    """Nothing would ever wake it."""
    body = await hands.begun()
    assert await hands.store.park(body, 0, force=True) is Parking.GROWN
    await hands.push(body, *calls([1]))
    (one,) = await hands.claim(tasks=1)
    await hands.end(one.token)
    assert await hands.store.park(body, 2, force=True) is Parking.GROWN


async def test_a_body_that_insists_is_woken_by_its_task(hands: Hands) -> None:
    body = await hands.begun()
    await hands.push(body, *calls([1]))
    assert await hands.store.park(body, 1, force=True) is Parking.PARKED
    assert await hands.run_status("r") is RunStatus.RUNNING, "its task is under way"
    (one,) = await hands.claim(tasks=1)
    await hands.end(one.token)
    assert (await hands.body()).attempt == 2
    stale = await hands.store.park(body, 2)
    assert stale in (Parking.PARKED, Parking.STALE)


async def test_cancelling_ends_a_parked_run_and_all_that_it_waits_for(hands: Hands) -> None:
    body = await hands.begun()
    await hands.push(
        body, sleep(1, 100), event(2, "e", '{"a":1}', 500), approve(3), *calls([4], needs=(1,))
    )
    await hands.store.park(body, 4, force=True)
    assert await hands.store.cancel("r")
    assert {await hands.status("r", seq) for seq in range(5)} == {TaskStatus.CANCELLED}
    assert await hands.left(*WAITS) == []
    assert await hands.store.emit("e", "1", '{"a":1}') == Emitted(new=True, woken=0)
    assert not await hands.store.decide("r", "3", accepted=True, by="ann")


# -- timeouts, departures, moves


async def test_a_run_that_takes_too_long_fails_wherever_it_is(hands: Hands) -> None:
    slow = Policy(timeout_s=10)
    for run in ("running", "parked", "waiting"):
        body = await hands.begun(run, slow)
        await hands.push(body, sleep(1, 10**9))
        if run == "parked":
            await hands.store.park(body, 1)
    await hands.store.create_run(NewRun("queued", "wf", "v", "{}", slow))
    blocked = await hands.body("queued")
    await hands.store.block(blocked, Failure("Diverged", "it differs"), "fork")
    await hands.pass_time(9_999)
    assert not (await hands.run_status("parked")).final
    await hands.pass_time(1)
    for run in ("running", "parked", "waiting", "queued"):
        head = await hands.store.run(run)
        assert head is not None and head.error is not None
        assert (head.status, head.error.type) == (RunStatus.FAILED, "TimedOut")
    assert await hands.left(*WAITS) == []
    assert await hands.left("leases") == []


async def test_a_start_that_takes_too_long_fails_the_task_and_tells(hands: Hands) -> None:
    body = await hands.begun()
    hasty = Policy(start_timeout_s=5, queue="nobody")
    await hands.push(body, *calls([1], hasty), *calls([2]))
    await hands.push(body, *calls([3], hasty, needs=(2,)))
    (two,) = await hands.claim(tasks=1)
    await hands.pass_time(4000)
    await hands.end(two.token)
    await hands.pass_time(1000)
    assert (await hands.done())[1] == (DOWN, None, "StartTimedOut")
    assert await hands.status("r", 3) is TaskStatus.QUEUED, "it is ready for a second only"
    await hands.pass_time(4000)
    assert (await hands.done())[3] == (DOWN, None, "StartTimedOut")
    assert await hands.store.queue_depths() == {}


async def test_a_task_that_began_in_time_has_no_start_timeout_any_more(hands: Hands) -> None:
    body = await hands.begun()
    await hands.push(body, *calls([1], Policy(start_timeout_s=5)))
    (one,) = await hands.claim(tasks=1)
    await hands.pass_time(2000)
    await hands.store.release([one.token])
    await hands.pass_time(60_000)
    assert await hands.status("r", 1) is TaskStatus.QUEUED


async def test_a_run_that_departed_is_kept_until_someone_moves_it(hands: Hands) -> None:
    body = await hands.begun()
    await hands.push(body, *calls([1]))
    failure = Failure("Diverged", "call 1 was t1 (flow.py:3), and is now t2 (flow.py:4)")
    assert await hands.store.block(body, failure, "fork") is Outcome.OK
    assert await hands.store.block(body, failure, "fork") is Outcome.DUPLICATE
    head = await hands.store.run("r")
    assert head is not None and head.status is RunStatus.WAITING and head.error == failure
    (one,) = await hands.claim(tasks=1, bodies=1)
    await hands.end(one.token)
    await hands.pass_time(10**9)
    assert await hands.claim(bodies=1) == [], "it is neither tried again nor failed"
    assert await hands.store.move("r", "v2")
    (again,) = await hands.claim(bodies=1)
    assert (again.version, again.journal) == ("v2", 2)
    head = await hands.store.run("r")
    assert head is not None and head.error is None
    await hands.end(again.token)
    assert not await hands.store.move("r", "v3")
    assert not await hands.store.move("nobody", "v3")


async def test_a_running_run_that_is_moved_is_taken_from_its_agent(hands: Hands) -> None:
    body = await hands.begun()
    await hands.push(body, sleep(1, 1000))
    assert await hands.store.move("r", "v2")
    assert await hands.store.wait_notices("a", 1) == [Notice("cancel", "r/0")]
    assert (await hands.store.complete(body, "1", "fork"))[0] is Outcome.STALE
    again = await hands.body()
    assert await hands.store.move("r", "v3")
    assert await hands.store.move("r", "v4"), "what is queued is moved too"
    (last,) = await hands.claim(bodies=5)
    assert last.version == "v4"
    assert again.attempt < last.token.attempt
