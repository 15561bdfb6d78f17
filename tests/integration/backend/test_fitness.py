"""Which servers are refused, and of which ones Salt warns."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.servers.redis import ENGINES, RedisServer

from salt_core.errors import UnfitBackend
from salt_core.store.redis.connection import connect
from salt_core.store.redis.fitness import Fitness, inspect, read

Make = Callable[..., RedisServer]


async def fitness_of(url: str) -> Fitness:
    client = connect(url)
    try:
        return await read(client)
    finally:
        await client.aclose()


async def refused(url: str) -> str:
    client = connect(url)
    try:
        with pytest.raises(UnfitBackend) as caught:
            await inspect(client)
    finally:
        await client.aclose()
    return str(caught.value)


async def test_a_fit_one(redis_server: RedisServer) -> None:
    fitness = await fitness_of(redis_server.url)
    assert fitness.engine == redis_server.engine
    assert fitness.appendonly is True and fitness.appendfsync == "everysec"
    assert fitness.maxmemory_policy == "noeviction"
    assert fitness.has_waitaof is (redis_server.engine == "valkey")
    assert fitness.run_id and fitness.used_memory
    assert fitness.faults == () and fitness.warnings == ()


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("policy", ["allkeys-lru", "volatile-ttl"])
async def test_one_that_evicts_is_refused(own_redis: Make, engine: str, policy: str) -> None:
    server = own_redis(engine, maxmemory="100mb", maxmemory_policy=policy)
    assert f"(maxmemory-policy {policy})" in await refused(server.url)


async def test_one_that_would_evict_with_a_bound_is_warned_of(own_redis: Make) -> None:
    server = own_redis(maxmemory_policy="allkeys-lru")
    fitness = await fitness_of(server.url)
    assert fitness.faults == ()
    assert "would evict" in fitness.warnings[0].message


@pytest.mark.parametrize(
    ("options", "says"),
    [({"appendonly": "no"}, "no append-only file"), ({"appendfsync": "no"}, "appendfsync no")],
)
@pytest.mark.parametrize("engine", ENGINES)
async def test_one_that_forgets_is_warned_of(
    own_redis: Make, engine: str, options: dict[str, str], says: str
) -> None:
    fitness = await fitness_of(own_redis(engine, **options).url)
    (warning,) = fitness.warnings
    assert says in warning.message and warning.remedy


@pytest.mark.parametrize("engine", ENGINES)
async def test_a_replica_is_refused(own_redis: Make, engine: str) -> None:
    server = own_redis(engine, replicaof="127.0.0.1 1")
    assert "replica" in await refused(server.url)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("allowed", [("+info",), ("+hello",)])
async def test_a_user_who_may_not_ask(
    own_redis: Make, engine: str, allowed: tuple[str, ...]
) -> None:
    """CONFIG is denied on managed servers, INFO too to a narrow user of an agent."""
    server = own_redis(engine)
    with server.client() as client:
        client.execute_command("ACL", "SETUSER", "narrow", "on", ">pw", "~*", "+ping", *allowed)
    fitness = await fitness_of(server.url.replace("unix://", "unix://narrow:pw@"))
    whole = await fitness_of(server.url)
    assert (fitness.engine, fitness.version) == (whole.engine, whole.version)
    assert fitness.faults == ()
    if allowed == ("+info",):
        assert fitness.appendonly is True and fitness.maxmemory_policy == "noeviction"
        assert fitness.warnings == ()
    else:
        assert len(fitness.warnings) == 2


class OldServer:
    """What a client of Redis 6.2 sees."""

    def __init__(self, **info: str) -> None:
        self._info = info

    async def info(self) -> dict[str, str]:
        return {
            "role": "master",
            "maxmemory_policy": "noeviction",
            "aof_enabled": "1",
            **self._info,
        }


@pytest.mark.parametrize(
    ("info", "name"),
    [
        ({"redis_version": "6.2.14"}, "Redis 6.2.14"),
        ({"redis_version": "7.2.4", "valkey_version": "7.1.0"}, "Valkey 7.1.0"),
    ],
)
async def test_an_old_one_is_refused(info: dict[str, str], name: str) -> None:
    with pytest.raises(UnfitBackend, match=f"{name} is too old"):
        await inspect(OldServer(**info))  # type: ignore[arg-type]
