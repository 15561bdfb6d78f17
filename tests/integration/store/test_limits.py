"""Limits by name: never exceeded, free of cost while they are full, and nothing of them is left over."""

from __future__ import annotations

from tests.integration.store.hands import Hands, calls

from salt_core.model.call import Call
from salt_core.model.lease import Token
from salt_core.model.task import Assignment, Failure, Limit, Policy
from salt_core.store.redis.keys import Kind

KEYS = ("limit", "let", "limited", "lanes", "delayed")


def limited(*limits: Limit, **more: object) -> Policy:
    return Policy(limits=limits, **more)  # type: ignore[arg-type]


def seqs(found: list[Assignment]) -> list[int]:
    return [int(one.token.task) for one in found]


async def ready(hands: Hands) -> int:
    return int(await hands.redis.zcard(hands.store.keys(Kind.READY, "default", "task")))


async def test_no_more_hold_a_limit_than_may(hands: Hands) -> None:
    body = await hands.begun()
    await hands.push(body, *calls(range(1, 11), limited(Limit("api", 3))))
    held = await hands.claim(tasks=20)
    assert seqs(held) == [1, 2, 3]
    assert await hands.store.limit_holders("api") == ("r/1", "r/2", "r/3")
    fourth = await hands.store.task("r", "4")
    assert fourth is not None and fourth.held == "api"
    assert await hands.claim(tasks=20) == []
    await hands.end(held[0].token)
    assert seqs(await hands.claim(tasks=20)) == [4]
    running = await hands.store.task("r", "4")
    assert running is not None and running.held == ""


async def test_everything_comes_to_its_turn_and_nothing_is_left(hands: Hands) -> None:
    body = await hands.begun()
    await hands.push(body, *calls(range(1, 41), limited(Limit("api", 3), Limit("db", 2))))
    seen: list[int] = []
    while found := await hands.claim(tasks=20):
        assert len(found) <= 2
        seen += seqs(found)
        for one in found:
            await hands.end(one.token)
    assert seen == list(range(1, 41))
    assert await hands.left(*KEYS) == []


async def test_a_wide_map_with_a_limit_puts_no_more_into_the_ready_set_than_fit(
    hands: Hands,
) -> None:
    body = await hands.begun()
    await hands.push(body, *calls(range(1, 1001), limited(Limit("map:r:1", 8))))
    assert await ready(hands) == 8
    (one, *_) = await hands.claim(tasks=8)
    assert await ready(hands) == 0
    await hands.end(one.token)
    assert await ready(hands) == 1


async def test_a_limit_is_shared_by_runs_and_other_work_goes_by(hands: Hands) -> None:
    first, second = await hands.begun("r"), await hands.begun("s")
    await hands.push(first, *calls([1], limited(Limit("api", 1))))
    (held,) = await hands.claim(tasks=1)
    await hands.push(second, *calls([1], limited(Limit("api", 1))), Call(2, "free", "{}"))
    assert [one.name for one in await hands.claim(tasks=5)] == ["free"]
    await hands.end(held.token)
    assert [one.token.member for one in await hands.claim(tasks=5)] == ["s/1"]


async def test_a_task_holds_all_its_limits_or_none(hands: Hands) -> None:
    body = await hands.begun()
    await hands.push(body, *calls([1], limited(Limit("b", 1))))
    (holder,) = await hands.claim(tasks=1)
    await hands.push(body, *calls([2], limited(Limit("a", 1), Limit("b", 1))))
    await hands.push(body, *calls([3], limited(Limit("a", 1))))
    assert seqs(await hands.claim(tasks=5)) == [3], "who waits for b must not keep a"
    await hands.end(holder.token)
    assert await hands.claim(tasks=5) == []


async def test_a_limit_is_free_again_however_the_attempt_ends(hands: Hands) -> None:
    body = await hands.begun()
    again = limited(Limit("api", 1), retries=1, backoff_s=1, jitter=0)
    await hands.push(body, *calls(range(1, 5), again))
    (failed,) = await hands.claim(tasks=5)
    await hands.store.fail(failed.token, Failure("E", "m"), "failed", "fork")
    (released,) = await hands.claim(tasks=5)
    assert released.token.task == "2", "who waits for its backoff holds nothing"
    await hands.store.release([released.token])
    (lost,) = await hands.claim(tasks=5)
    assert lost.token.task == "2", "what was given back is next"
    await hands.redis.zadd(hands.store.keys(Kind.LEASES), {"r/2": 0})
    await hands.store.recover()
    assert await hands.store.limit_holders("api") == ()
    await hands.pass_time(1000)
    for expected in ("1", "2", "3", "4"):
        (one,) = await hands.claim(tasks=5)
        assert one.token.task == expected
        await hands.end(one.token)
    assert await hands.left(*KEYS) == []


async def test_cancelling_takes_a_run_out_of_its_limits(hands: Hands) -> None:
    body = await hands.begun()
    other = await hands.begun("s")
    await hands.push(body, *calls(range(1, 30), limited(Limit("api", 2))))
    await hands.push(other, *calls([1], limited(Limit("api", 2))))
    await hands.claim(tasks=1)
    assert await hands.store.cancel("r")
    assert [one.token.member for one in await hands.claim(tasks=5)] == ["s/1"]
    await hands.store.cancel("s")
    assert await hands.left(*KEYS) == []


async def test_a_start_that_takes_too_long_leaves_its_limit(hands: Hands) -> None:
    body = await hands.begun()
    await hands.push(body, *calls([1], limited(Limit("api", 1))))
    (held,) = await hands.claim(tasks=1)
    await hands.push(body, *calls([2], limited(Limit("api", 1), start_timeout_s=1)))
    await hands.push(body, *calls([3], limited(Limit("api", 1))))
    await hands.pass_time(1000)
    await hands.end(held.token)
    assert seqs(await hands.claim(tasks=5)) == [3]


async def test_a_queue_that_nobody_serves_keeps_nothing_from_others(hands: Hands) -> None:
    body = await hands.begun()
    await hands.push(body, *calls([1, 2, 3], limited(Limit("api", 1), queue="nobody")))
    await hands.push(body, *calls([4, 5], limited(Limit("api", 1))))
    (one,) = await hands.claim(tasks=5)
    assert one.token.task == "4"
    await hands.end(one.token)
    assert seqs(await hands.claim(tasks=5)) == [5]


async def test_a_higher_priority_passes_those_that_were_let_through(hands: Hands) -> None:
    body = await hands.begun()
    await hands.push(body, *calls(range(1, 6), limited(Limit("api", 1))))
    await hands.push(body, *calls([6, 7], limited(Limit("api", 1), priority=5)))
    order: list[int] = []
    while found := await hands.claim(tasks=5):
        assert len(found) == 1
        order += seqs(found)
        await hands.end(found[0].token)
    assert order == [6, 7, 1, 2, 3, 4, 5]


async def started(hands: Hands, body: Token, starts: int, ms: int, total: int) -> list[int]:
    """Claim as fast as it goes, in steps of 10 ms; when each of the tasks started."""
    await hands.push(
        body, *calls(range(1, total + 1), limited(Limit("api", None, (starts, ms / 1000))))
    )
    moments: list[int] = []
    for at in range(0, 100 * ms, 10):
        for one in await hands.claim(tasks=total):
            moments.append(at)
            await hands.end(one.token)
        if len(moments) == total:
            return moments
        await hands.tick(10)
    raise AssertionError(f"only {len(moments)} of {total} started")


async def test_a_rate_holds_in_every_window(hands: Hands) -> None:
    body = await hands.begun()
    moments = await started(hands, body, 3, 100, 20)
    assert all(late - early >= 100 for early, late in zip(moments, moments[3:], strict=False))
    assert moments[-1] == 600, "it is no slower than it has to be"
    assert await hands.left(*KEYS) == []


async def test_the_next_start_is_told_to_whoever_asks_what_is_due(hands: Hands) -> None:
    body = await hands.begun()
    await hands.push(body, *calls([1, 2], limited(Limit("api", None, (1, 10)))))
    (one,) = await hands.claim(tasks=5)
    await hands.end(one.token)
    await hands.tick(4000)
    assert (await hands.store.recover()).next_in_ms == 6000
    assert await ready(hands) == 0
    await hands.pass_time(6000)
    assert await ready(hands) == 1


async def test_a_rate_outlives_a_clock_that_steps_back(hands: Hands) -> None:
    body = await hands.begun()
    await hands.push(body, *calls([1, 2], limited(Limit("api", None, (1, 1)))))
    (one,) = await hands.claim(tasks=5)
    await hands.tick(-500_000)
    assert await hands.claim(tasks=5) == []
    await hands.end(one.token)
    await hands.pass_time(1000)
    assert seqs(await hands.claim(tasks=5)) == [2], "it waits for a window, not for the old time"


async def test_memory_of_a_rate_is_bounded_by_its_starts(hands: Hands) -> None:
    body = await hands.begun()
    await started(hands, body, 2, 20, 30)
    key = hands.store.keys(Kind.RATE, "api")
    assert await hands.redis.hlen(key) <= 2 + 3
    assert await hands.redis.pttl(key) > 0


async def test_tasks_that_name_other_numbers_for_one_limit_each_keep_to_their_own(
    hands: Hands,
) -> None:
    body = await hands.begun()
    await hands.push(body, *calls([1, 2], limited(Limit("api", 2))))
    held = await hands.claim(tasks=5)
    await hands.push(
        body, *calls([3], limited(Limit("api", 1))), *calls([4], limited(Limit("api", 9)))
    )
    assert await hands.claim(tasks=5) == [], "who came later does not pass for ever"
    await hands.end(held[0].token)
    assert await hands.claim(tasks=5) == []
    await hands.end(held[1].token)
    assert seqs(await hands.claim(tasks=5)) == [3, 4]
