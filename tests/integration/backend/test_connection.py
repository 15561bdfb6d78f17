"""Connections that re-send nothing, and errors as sentences."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import pytest
from tests.servers.processes import free_ports
from tests.servers.redis import ENGINES, RedisServer

from salt_core.errors import BadInput, Refused, SaltError, UnfitBackend, Unreachable
from salt_core.store.redis import connection
from salt_core.store.redis.connection import connect, hide_password, translate

Make = Callable[..., RedisServer]


async def told(url: str, *command: str) -> SaltError:
    """The error that a command raises."""
    client = connect(url)
    try:
        with pytest.raises(SaltError) as caught, translate(url):
            await client.execute_command(*command)  # type: ignore[no-untyped-call]
    finally:
        await client.aclose()
    assert "\n" not in str(caught.value)
    return caught.value


async def test_a_lost_reply_is_not_sent_again(redis_server: RedisServer) -> None:
    """A proxy hands the command on and hangs up before the reply."""
    sent = 0

    async def lose(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        there, back = await asyncio.open_unix_connection(redis_server.socket)
        while data := await reader.read(65536):
            back.write(data)
            reply = await there.read(65536)
            if b"LPUSH" in data:
                sent += 1
                break
            writer.write(reply)
        for end in (back, writer):
            end.close()

    proxy = await asyncio.start_server(lose, "127.0.0.1", 0)
    port = proxy.sockets[0].getsockname()[1]
    error = await told(f"redis://127.0.0.1:{port}", "LPUSH", "list", "x")
    proxy.close()
    await proxy.wait_closed()
    assert isinstance(error, Unreachable)
    assert sent == 1
    with redis_server.client() as client:
        assert client.llen("list") == 1


async def test_a_blocking_connection_waits_longer_than_any_answer(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "ANSWER_S", 0.2)
    blocking, other = connect(redis_url, blocking=True), connect(redis_url)
    try:
        assert await blocking.blpop(["list"], timeout=1) is None
        with pytest.raises(Unreachable, match="does not answer in time"), translate(redis_url):
            await other.blpop(["list"], timeout=1)
    finally:
        await blocking.aclose()
        await other.aclose()


async def test_a_stopped_server_fails_in_time(
    own_redis: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "ANSWER_S", 0.3)
    server = own_redis()
    server.pause()
    began = time.monotonic()
    error = await told(server.url, "PING")
    assert isinstance(error, Unreachable)
    assert time.monotonic() - began < 2


async def test_a_client_finds_a_server_that_came_back(own_redis: Make) -> None:
    server = own_redis()
    client = connect(server.url)
    try:
        await client.ping()
        server.kill()
        with pytest.raises(Unreachable), translate(server.url):
            await client.ping()
        server.start()
        with translate(server.url):
            assert await client.ping()
    finally:
        await client.aclose()


async def test_nobody_listens() -> None:
    (port,) = free_ports(1)
    url = f"redis://salt:hidden@127.0.0.1:{port}/0"
    error = await told(url, "PING")
    assert isinstance(error, Unreachable)
    assert str(error).startswith(f"Redis at redis://salt:***@127.0.0.1:{port}/0 cannot be reached")
    assert "SALT_REDIS_URL" in error.remedy


async def test_no_such_host_and_no_such_socket() -> None:
    assert "cannot be reached" in str(await told("redis://no-such-host.invalid", "PING"))
    error = await told("unix:///no/such/socket", "PING")
    assert "No such file" in error.message and "salt up" in error.remedy


@pytest.mark.parametrize("engine", ENGINES)
async def test_a_wrong_password(own_redis: Make, engine: str) -> None:
    server = own_redis(engine)
    with server.client() as client:
        client.config_set("requirepass", "secret")
    for url in (server.url.replace("unix://", "unix://:wrong@"), server.url):
        error = await told(url, "GET", "key")
        assert isinstance(error, Unreachable)
        assert "password" in error.message and "wrong" not in str(error)


@pytest.mark.parametrize("engine", ENGINES)
async def test_a_user_who_may_not(own_redis: Make, engine: str) -> None:
    server = own_redis(engine)
    with server.client() as client:
        client.execute_command("ACL", "SETUSER", "narrow", "on", ">pw", "~*", "+ping")
    url = server.url.replace("unix://", "unix://narrow:pw@")
    assert isinstance(await told(url, "GET", "key"), UnfitBackend)


@pytest.mark.parametrize("engine", ENGINES)
async def test_no_memory(own_redis: Make, engine: str) -> None:
    server = own_redis(engine, maxmemory="1")
    assert isinstance(await told(server.url, "SET", "key", "value"), Refused)
    script = "return redis.call('SET', 'key', 'value')"
    assert isinstance(await told(server.url, "EVAL", script, "0"), Refused)


@pytest.mark.parametrize("engine", ENGINES)
async def test_a_replica(own_redis: Make, engine: str) -> None:
    server = own_redis(engine, replicaof="127.0.0.1 1")
    assert "replica" in str(await told(server.url, "SET", "key", "value"))


@pytest.mark.parametrize("url", ["http://host", "host:6379", ""])
async def test_a_url_that_is_none(url: str) -> None:
    with pytest.raises(BadInput, match="is not a Redis URL"):
        connect(url)


def test_passwords_are_hidden() -> None:
    assert hide_password("redis://u:p%40x@host:1/0") == "redis://u:***@host:1/0"
    assert hide_password("rediss://:p@host") == "rediss://:***@host"
    assert hide_password("unix:///s?username=u&password=p&db=1") == (
        "unix:///s?username=u&password=***&db=1"
    )
    assert hide_password("redis://host") == "redis://host"


async def test_what_is_salts_own_fault_stays_what_it_is(redis_url: str) -> None:
    client = connect(redis_url)
    try:
        with pytest.raises(Exception, match="unknown command"), translate(redis_url):
            await client.execute_command("NONSENSE")  # type: ignore[no-untyped-call]
    finally:
        await client.aclose()
