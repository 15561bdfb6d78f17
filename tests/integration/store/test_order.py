"""Which ready task is next: priority, then age; and age survives a crash."""

from __future__ import annotations

from salt_core.model.call import Call
from salt_core.model.lease import Token
from salt_core.model.run import NewRun
from salt_core.model.task import Assignment, Failure, Policy
from salt_core.store import Wants
from salt_core.store.redis import RedisStore
from salt_core.store.redis.keys import Kind


async def claim(
    store: RedisStore, request: str, tasks: int = 1, bodies: int = 0
) -> list[Assignment]:
    return await store.claim(Wants("a", request, ("default",), tasks, bodies, 30_000))


async def begun(store: RedisStore) -> Token:
    await store.create_run(NewRun("r", "wf", "v", "{}"))
    (body,) = await claim(store, "body", 0, 1)
    return body.token


async def test_a_higher_priority_is_first_and_the_older_of_two(redis_url: str) -> None:
    store = RedisStore(redis_url)
    body = await begun(store)
    urgent = Policy(priority=5)
    await store.push(body, [Call(1, "a", "{}"), Call(2, "b", "{}"), Call(3, "c", "{}", (), urgent)])
    assert [one.name for one in await claim(store, "q", 3)] == ["c", "a", "b"]
    await store.close()


async def test_what_was_lost_given_back_or_tried_again_keeps_its_age(redis_url: str) -> None:
    """Behind 2,000 younger tasks a recovered one would wait for as long as they take."""
    store = RedisStore(redis_url)
    body = await begun(store)
    again = Policy(retries=1, backoff_s=0, jitter=0)
    await store.push(body, [Call(seq, f"t{seq}", "{}", (), again) for seq in range(1, 6)])
    lost, given_back, failed = await claim(store, "q", 3)
    await store._redis.zadd(store.keys(Kind.LEASES), {lost.token.member: 0})
    await store.recover()
    await store.release([given_back.token])
    await store.fail(failed.token, Failure("E", "m"), "failed", "fork")
    assert [one.name for one in await claim(store, "p", 5)] == ["t1", "t2", "t3", "t4", "t5"]
    await store.close()


async def test_several_lost_replies_are_each_answered_again(redis_url: str) -> None:
    """An agent has more than one claim under way: each is remembered by its own request."""
    store = RedisStore(redis_url)
    body = await begun(store)
    await store.push(body, [Call(seq, f"t{seq}", "{}") for seq in range(1, 4)])
    first, second = await claim(store, "one"), await claim(store, "two")
    assert await claim(store, "one") == first
    assert await claim(store, "two") == second
    await store.complete(first[0].token, "1", "fork")
    assert await claim(store, "one") == [], "what has ended is not handed out again"
    await store.close()
