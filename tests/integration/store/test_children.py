"""Runs that a run calls: made once, ended with their caller, and their end is the call's."""

from __future__ import annotations

import pytest
from tests.integration.store.hands import Hands, approve, calls, child, sleep

from salt_core.model.run import NewRun
from salt_core.model.status import RunStatus, TaskStatus
from salt_core.model.task import Policy
from salt_core.store import Parking

UP, DOWN = TaskStatus.SUCCEEDED, TaskStatus.FAILED


async def test_a_child_run_gives_its_value_to_the_call(hands: Hands) -> None:
    body = await hands.begun()
    await hands.push(body, child(1))
    assert await hands.store.push(body, [child(1)]) == "ok"
    made = await hands.store.run("r.1")
    assert made is not None
    assert (made.parent, made.root, made.workflow) == ("r/1", "r", "other")
    assert await hands.listed() == ["r"], "it is a part of its caller"
    assert await hands.store.park(body, 1) is Parking.PARKED
    assert await hands.run_status("r") is RunStatus.RUNNING, "its child is under way"
    await hands.end(await hands.body("r.1"), '"deep"')
    assert await hands.done() == {1: (UP, '"deep"', None)}
    await hands.end(await hands.body())
    assert (await hands.store.task("r", "1")).child == "r.1"  # type: ignore[union-attr]


async def test_a_child_that_fails_or_is_cancelled_tells_so(hands: Hands) -> None:
    body = await hands.begun()
    await hands.push(body, child(1), child(2), *calls([3], needs=(1,)))
    await hands.break_(await hands.body("r.1"))
    assert await hands.store.cancel("r.2")
    done = await hands.done()
    assert done[1] == (DOWN, None, "E")
    assert done[2] == (TaskStatus.CANCELLED, None, "Cancelled")
    assert done[3] == (DOWN, None, "UpstreamFailed")


@pytest.mark.parametrize("end", ["cancel", "complete", "fail", "timeout"])
async def test_the_end_of_a_run_ends_the_runs_below_it(hands: Hands, end: str) -> None:
    body = await hands.begun("r", Policy(timeout_s=10))
    await hands.push(body, child(1))
    below = await hands.body("r.1")
    await hands.push(below, child(1, "r.1"), sleep(2, 10**9), *calls([3]))
    deepest = await hands.body("r.1.1")
    await hands.push(deepest, approve(1), *calls([2]))
    assert len(await hands.claim(tasks=5)) == 2
    if end == "cancel":
        await hands.store.cancel("r")
    elif end == "complete":
        await hands.end(body)
    elif end == "fail":
        await hands.break_(body)
    else:
        await hands.tick(10_000)
    await hands.pass_time(0)
    for run in ("r.1", "r.1.1"):
        assert await hands.run_status(run) is RunStatus.CANCELLED
        assert {task.status for task in await hands.store.tasks(run)} == {TaskStatus.CANCELLED}
    assert await hands.left("leases", "delayed", "doomed", "sweeps", "ready", "live") == []


async def test_a_wide_and_deep_family_ends_in_steps(hands: Hands) -> None:
    body = await hands.begun()
    await hands.push(body, *(child(seq) for seq in range(1, 301)))
    below = [one.token for one in await hands.claim(bodies=300)]
    for token in below:
        await hands.push(token, child(1, token.run), *calls(range(2, 20)))
    assert await hands.store.cancel("r")
    await hands.pass_time(0)
    assert await hands.left("live", "delayed", "leases") == []
    assert await hands.store.queue_depths() == {}


async def test_a_childs_own_timeout_is_its_callers_failure(hands: Hands) -> None:
    body = await hands.begun()
    await hands.push(body, child(1, policy=Policy(timeout_s=5)))
    await hands.pass_time(5000)
    assert (await hands.done())[1] == (DOWN, None, "TimedOut")


async def test_retention_takes_children_too(hands: Hands) -> None:
    body = await hands.begun()
    await hands.push(body, child(1), sleep(2, 5))
    await hands.end(await hands.body("r.1"))
    await hands.store.cancel("r")
    gone = [*await hands.store.prune(0), *await hands.store.prune(0)]
    assert sorted(gone) == ["r", "r.1"]
    left = await hands.left("run", "task", "journal", "attempts", "runs", "finished", "live")
    assert left == []


async def test_a_run_of_the_same_id_is_not_made_twice(hands: Hands) -> None:
    body = await hands.begun()
    await hands.push(body, child(1))
    assert await hands.store.create_run(NewRun("r.1", "x", "v", "{}")) is False
    made = await hands.store.run("r.1")
    assert made is not None and made.workflow == "other"


async def test_an_endless_recursion_ends_in_words(hands: Hands) -> None:
    run, body = "r", await hands.begun()
    for _ in range(1000):
        await hands.push(body, child(1, run))
        run = (await hands.store.task(run, "1")).child  # type: ignore[union-attr]
        assert len(run) <= 100, "it is in the names of files"
        body = await hands.body(run)
    await hands.push(body, child(1, run))
    deepest = await hands.store.task(run, "1")
    assert deepest is not None and deepest.status is TaskStatus.FAILED
    assert deepest.error is not None and "1000 deep" in deepest.error.message
    made = await hands.store.run(run)
    assert made is not None and made.root == "r"
