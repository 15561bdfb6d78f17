"""Every interleaving of the store's verbs keeps the promises, on a real server."""

from __future__ import annotations

import pytest
from tests.integration.store.durable import explore
from tests.integration.store.hands import with_clock

from salt_core.model.run import NewRun
from salt_core.store import Outcome, Wants
from salt_core.store.redis import RedisStore
from salt_core.store.redis.keys import Kind
from salt_core.store.redis.scripts import load


@pytest.mark.timeout(600)
def test_every_interleaving_keeps_the_promises(redis_url: str) -> None:
    explore(redis_url, with_clock, 60)


async def test_an_attempt_number_issued_twice_is_not_enough(redis_url: str) -> None:
    """A server that lost its last writes hands the same number out again; the nonce tells them apart."""
    store = RedisStore(redis_url, "test")
    wants = [Wants("a", f"q{i}", ("default",), 0, 1, 30_000) for i in range(2)]
    await store.create_run(NewRun("r", "wf", "v", "{}"))
    (before,) = await store.claim(wants[0])
    redis, keys = store._redis, store.keys
    await redis.hset(keys(Kind.TASK, "r", "0"), mapping={"attempt": 0, "status": "queued"})
    await redis.zrem(keys(Kind.LEASES), "r/0")
    await redis.zadd(keys(Kind.READY, "default", "body"), {"r/0": 0})
    (after,) = await store.claim(wants[1])
    assert after.token.attempt == before.token.attempt
    assert (await store.complete(before.token, "1", "fork"))[0] is Outcome.STALE
    assert (await store.complete(after.token, "2", "fork"))[0] is Outcome.OK
    await store.close()


def test_the_shipped_scripts_use_the_servers_clock() -> None:
    assert "redis.call('TIME')" in load("claim").text
