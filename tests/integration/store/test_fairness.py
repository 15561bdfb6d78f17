"""Whose turn it is: fair between runs and by key, and what comes back is next."""

from __future__ import annotations

from tests.integration.store.hands import Hands, calls, child

from salt_core.model.task import Policy
from salt_core.store.redis.keys import Kind


async def order(hands: Hands, count: int) -> list[str]:
    """Members in the order in which they are handed out, one claim each."""
    found: list[str] = []
    for _ in range(count):
        (one,) = await hands.claim(tasks=1)
        found.append(one.token.member)
    return found


async def test_a_small_run_is_not_behind_a_big_one(hands: Hands) -> None:
    big, small = await hands.begun("big"), await hands.begun("small")
    await hands.push(big, *calls(range(1, 1001)))
    await hands.push(small, *calls(range(1, 11)))
    first = await order(hands, 21)
    assert sum(member.startswith("small/") for member in first) == 10
    assert [m for m in first if m.startswith("big/")] == [f"big/{i}" for i in range(1, 12)]


async def test_who_was_idle_has_saved_nothing_up(hands: Hands) -> None:
    big, late = await hands.begun("big"), await hands.begun("late")
    await hands.push(big, *calls(range(1, 201)))
    await order(hands, 100)
    await hands.push(late, *calls(range(1, 101)))
    next_ones = await order(hands, 20)
    assert sum(member.startswith("late/") for member in next_ones) == 10


async def test_a_key_of_its_own_is_fair_within_a_run(hands: Hands) -> None:
    body = await hands.begun()
    await hands.push(body, *calls(range(1, 101), Policy(fair="rich")))
    await hands.push(body, *calls(range(101, 111), Policy(fair="poor")))
    first = await order(hands, 20)
    assert sum(int(member.partition("/")[2]) > 100 for member in first) == 10


async def test_the_runs_that_a_run_calls_take_turns_with_it(hands: Hands) -> None:
    """A run that calls a hundred others is one tenant, not a hundred and one."""
    root, other = await hands.begun("root"), await hands.begun("other")
    await hands.push(root, child(1, "root"), *calls(range(2, 12)))
    await hands.push(await hands.body("root.1"), *calls(range(1, 11)))
    await hands.push(other, *calls(range(1, 11)))
    first = await order(hands, 20)
    assert sum(member.startswith("other/") for member in first) == 10


async def test_priority_comes_before_turns(hands: Hands) -> None:
    low, high = await hands.begun("low"), await hands.begun("high")
    await hands.push(low, *calls(range(1, 4)))
    await hands.push(high, *calls(range(1, 51), Policy(priority=1)))
    first = await order(hands, 50)
    assert all(member.startswith("high/") for member in first)


async def test_what_comes_back_is_next(hands: Hands) -> None:
    body, other = await hands.begun("a"), await hands.begun("b")
    await hands.push(body, *calls(range(1, 21)))
    (first,) = await hands.claim(tasks=1)
    await order(hands, 10)
    await hands.push(other, *calls(range(1, 21)))
    await hands.store.release([first.token])
    assert await order(hands, 1) == ["a/1"]


async def test_what_is_kept_of_turns_is_bounded(hands: Hands) -> None:
    for number in range(50):
        body = await hands.begun(f"r{number}")
        await hands.push(body, *calls([1, 2, 3]))
    await hands.store.cancel("r7")
    await order(hands, 49 * 3)
    assert await hands.left("fair") == []
    assert await hands.redis.hlen(hands.store.keys(Kind.TURNS)) == 2
