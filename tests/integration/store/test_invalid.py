"""Data that did not pass its checks: who goes on, who does not, and what a person's word changes."""

from __future__ import annotations

import json

from tests.integration.store.hands import Hands, calls

from salt_core.model.call import Call
from salt_core.model.check import CheckResult, Record, Verdict
from salt_core.model.lease import Token
from salt_core.model.status import AttemptEnd, RunStatus, TaskStatus
from salt_core.model.task import Policy
from salt_core.store import Judged, Notice, Outcome, Parking

UP, DOWN, INVALID = TaskStatus.SUCCEEDED, TaskStatus.FAILED, TaskStatus.INVALID
LAX = Policy(strict=False)
BAD = (CheckResult("not_empty", "fail", False, "no rows", {"rows": 0.0}),)
ODD = (CheckResult("plausible", "quarantine", False, "too many", {"rows": 9.0}),)


async def judged(hands: Hands, token: Token, verdict: Verdict) -> None:
    checks = {Verdict.INVALID: BAD, Verdict.QUARANTINED: ODD}.get(verdict, ())
    outcome, _ = await hands.store.complete(token, '"v"', "fork", judged=Judged(verdict, checks))
    assert outcome is Outcome.OK


async def source(hands: Hands, verdict: Verdict) -> Token:
    """A run whose call 1 has that verdict; 2 needs valid data, 3 takes what there is, 4 needs 2."""
    body = await hands.begun()
    await hands.push(
        body,
        *calls([1]),
        *calls([2], needs=(1,)),
        *calls([3], LAX, needs=(1,)),
        *calls([4], needs=(2,)),
    )
    (one,) = await hands.claim(tasks=5)
    await judged(hands, one.token, verdict)
    return body


async def test_invalid_data_ends_the_strict_branch_and_not_the_lax_one(hands: Hands) -> None:
    await source(hands, Verdict.INVALID)
    assert [await hands.status("r", seq) for seq in (1, 2, 3, 4)] == [
        INVALID,
        INVALID,
        TaskStatus.QUEUED,
        INVALID,
    ]
    done = await hands.done()
    assert done[1] == (INVALID, '"v"', "InvalidData")
    assert done[2] == (INVALID, None, "UpstreamInvalid")
    (third,) = await hands.claim(tasks=5)
    assert third.results == {1: '"v"'}
    task = await hands.store.task("r", "1")
    assert task is not None and task.checks == BAD and task.error is not None
    assert task.attempts[0].status is AttemptEnd.INVALID
    assert "no rows" in task.error.message
    assert not await hands.store.decide("r", "1", accepted=True, by="ann")


async def test_a_call_made_afterwards_is_judged_like_one_made_before(hands: Hands) -> None:
    body = await source(hands, Verdict.INVALID)
    await hands.push(body, *calls([5], needs=(1,)), *calls([6], LAX, needs=(1,)))
    assert await hands.status("r", 5) is INVALID
    assert await hands.status("r", 6) is TaskStatus.QUEUED


async def test_quarantine_blocks_the_strict_branch_until_someone_accepts(hands: Hands) -> None:
    body = await source(hands, Verdict.QUARANTINED)
    await hands.push(body, *calls([5], needs=(1,)), *calls([6], LAX, needs=(1,)))
    task = await hands.store.task("r", "1")
    assert task is not None and task.quarantined and task.status is INVALID
    assert [await hands.status("r", seq) for seq in (2, 4, 5)] == [TaskStatus.BLOCKED] * 3
    assert sorted(one.token.task for one in await hands.claim(tasks=9)) == ["3", "6"]
    assert 1 not in await hands.done()
    assert await hands.store.park(body, 6, force=True) is Parking.PARKED
    assert await hands.store.decide("r", "1", accepted=True, by="ann", reason="it is so")
    assert not await hands.store.decide("r", "1", accepted=False, by="bob")
    assert (await hands.done())[1] == (UP, '"v"', None)
    assert sorted(one.token.task for one in await hands.claim(tasks=9)) == ["2", "5"]
    assert (await hands.body()).attempt == 2


async def test_quarantine_that_is_rejected_is_invalid_for_good(hands: Hands) -> None:
    await source(hands, Verdict.QUARANTINED)
    assert await hands.store.decide("r", "1", accepted=False, by="ann")
    assert [await hands.status("r", seq) for seq in (1, 2, 4)] == [INVALID] * 3
    assert (await hands.done())[1][0] is INVALID
    assert (await hands.done())[2] == (INVALID, None, "UpstreamInvalid")
    assert await hands.store.wait_notices("a", 1) == [Notice("journal", "r")]


async def test_a_run_that_waits_only_for_a_decision_is_waiting(hands: Hands) -> None:
    body = await hands.begun()
    await hands.push(body, *calls([1]))
    (one,) = await hands.claim(tasks=1)
    await judged(hands, one.token, Verdict.QUARANTINED)
    assert await hands.store.park(body, 1) is Parking.PARKED
    assert await hands.run_status("r") is RunStatus.WAITING


async def test_nobody_decides_on_a_run_that_has_ended(hands: Hands) -> None:
    await source(hands, Verdict.QUARANTINED)
    assert await hands.store.cancel("r")
    head = await hands.store.run("r")
    assert head is not None and head.tasks_done == head.tasks_total == 4
    journal = await hands.store.journal("r", 0)
    assert not await hands.store.decide("r", "1", accepted=True, by="ann")
    assert await hands.store.journal("r", 0) == journal
    assert await hands.status("r", 1) is INVALID


async def test_very_many_that_take_what_there_is_go_on_in_steps(hands: Hands) -> None:
    body = await hands.begun()
    await hands.push(body, *calls([1]), *calls(range(2, 5002), LAX, needs=(1,)))
    (one,) = await hands.claim(tasks=1)
    await judged(hands, one.token, Verdict.QUARANTINED)
    await hands.pass_time(0)
    assert await hands.store.queue_depths() == {"default": 5000}


async def test_what_was_computed_before_is_not_computed_again(hands: Hands) -> None:
    body = await hands.begun()
    await hands.push(body, *calls([1, 2, 3]))
    first, second, third = await hands.claim(tasks=3)
    assert await hands.store.cached("k") is None
    await hands.store.complete(first.token, '"v"', "fork", judged=Judged(memo="k", memo_ms=60_000))
    assert await hands.store.cached("k") == '"v"'
    bad = Judged(Verdict.INVALID, BAD, memo="bad", memo_ms=60_000)
    await hands.store.complete(second.token, '"w"', "fork", judged=bad)
    assert await hands.store.cached("bad") is None, "only valid data is used again"
    await hands.store.complete(third.token, '"x"', "fork", judged=Judged(memo="no", memo_ms=0))
    assert await hands.store.cached("no") is None


async def test_a_value_is_forgotten_when_its_time_is_over(hands: Hands) -> None:
    body = await hands.begun()
    await hands.push(body, *calls([1, 2]))
    first, second = await hands.claim(tasks=2)
    await hands.store.complete(first.token, "1", "fork", judged=Judged(memo="k", memo_ms=1000))
    assert 0 < await hands.redis.pttl(hands.store.keys.prefix + "memo:k") <= 1000
    await hands.tick(2000)
    await hands.store.complete(second.token, "1", "fork", judged=Judged(memo="l", memo_ms=1000))
    assert await hands.redis.zrange(hands.store.keys.prefix + "memos", 0, -1) == [b"l"]
    assert await hands.store.cached("k") is None


async def test_checks_see_what_was_before(hands: Hands) -> None:
    body = await hands.begun()
    await hands.push(body, *(Call(seq, "load", "{}") for seq in range(1, 106)))
    for number in range(1, 106):
        (one,) = await hands.claim(tasks=1)
        numbers = {"rows": number / 3}
        check = CheckResult("size", "fail", number != 104, "", numbers)
        verdict = Verdict.VALID if number != 104 else Verdict.INVALID
        value = json.dumps({"n": number, "text": 'ü"/\n'})
        said = Judged(verdict, (check,), history=("wf", "load"))
        await hands.store.complete(one.token, value, "fork", judged=said)
        await hands.tick(1)
    before, invalid, last = await hands.store.history("wf", "load", 3)
    assert before.value is not None and json.loads(before.value) == {"n": 103, "text": 'ü"/\n'}
    assert before.numbers == {"rows": 103 / 3}, "numbers are kept as they are"
    assert invalid == Record("r", before.at + 1, {"rows": 104 / 3}, None), (
        "a value that was not valid"
    )
    assert last.value is not None and last.at == before.at + 2
    assert len(await hands.store.history("wf", "load", 1000)) == 100
    assert await hands.store.history("wf", "other", 10) == []
    assert await hands.store.history("wf", "load", 0) == []
