"""Logs, followed while an agent writes, archives and trims them: nothing lost, nothing twice."""

from __future__ import annotations

import asyncio
import random
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio
from tests.servers.redis import RedisServer

from salt_core.blobs import Blobs
from salt_core.blobs.folder import FolderBlobs
from salt_core.config import Config
from salt_core.ids import new_nonce, new_run_id
from salt_core.logs import LogReader, Said, follow, follow_run, last_lines
from salt_core.logs.reader import patient
from salt_core.model.call import Call
from salt_core.model.lease import Token
from salt_core.model.log import Chunk, Line
from salt_core.model.run import NewRun
from salt_core.model.task import Assignment, Failure
from salt_core.store import Wants
from salt_core.store.redis import RedisStore
from salt_core.store.redis.keys import Kind

pytestmark = pytest.mark.integration


@pytest_asyncio.fixture
async def store(redis_url: str) -> AsyncIterator[RedisStore]:
    opened = RedisStore(redis_url)
    yield opened
    await opened.close()


@pytest.fixture
def archive(config: Config) -> FolderBlobs:
    return FolderBlobs(config.home / "blobs")


class Writer:
    """The log of one attempt, as an agent keeps it: spool, store, archive."""

    def __init__(self, store: RedisStore, archive: Blobs, token: Token) -> None:
        self.store = store
        self.archive = archive
        self.token = token
        self.spool = b""
        self.archived = 0
        self.prefix = f"logs/{token.run}/{token.task}/{token.attempt}-{token.nonce[:8]}/"

    async def write(self, *lines: Line) -> None:
        start = len(self.spool)
        self.spool += b"".join(line.encode() for line in lines)
        await self.send(start)

    async def send(self, start: int) -> None:
        await self.store.append_log(self.token, [Chunk(start, len(self.spool), self.spool[start:])])

    async def put_away(self, closed: bool = False) -> None:
        data = self.spool[self.archived :]
        if data:
            key = f"{self.prefix}{self.archived:016d}-{len(self.spool):016d}"
            self.archive.put(key, zlib.compress(data))
            self.archived = len(self.spool)
        await self.store.archived_log(self.token, self.archived, self.prefix, closed)


async def begin(store: RedisStore, lease_ms: int = 60_000) -> Assignment:
    """A new run, and its body claimed."""
    await store.create_run(NewRun(new_run_id(), "wf", "v1", "{}"))
    return (await claim(store, lease_ms=lease_ms))[0]


async def claim(store: RedisStore, lease_ms: int = 60_000) -> list[Assignment]:
    wants = Wants("agent", new_nonce(), ("default",), tasks=10, bodies=10, lease_ms=lease_ms)
    return await store.claim(wants)


def line(number: int, text: str = "line") -> Line:
    return Line(1_000_000 + number, "o", f"{text} {number}")


async def collect(source: AsyncIterator[Line]) -> list[Line]:
    return [one async for one in source]


async def test_a_follower_of_a_log_that_is_trimmed_under_it(
    store: RedisStore, archive: FolderBlobs
) -> None:
    body = await begin(store)
    writer = Writer(store, archive, body.token)
    chance = random.Random(7)
    lines = [line(n, "x" * chance.randrange(400)) for n in range(6_000)]

    async def write() -> None:
        at = 0
        while at < len(lines):
            step = chance.randrange(1, 40)
            await writer.write(*lines[at : at + step])
            at += step
            if chance.random() < 0.1:  # a reply was lost: all since the archive is sent again
                await writer.send(writer.archived)
            if chance.random() < 0.2:
                await writer.put_away()
        await store.complete(body.token, "1", "fork")
        await writer.put_away(closed=True)

    read = asyncio.create_task(collect(follow(store, archive, body.token.run, "0", 1, follow=True)))
    late = await asyncio.gather(write(), read)
    assert late[1] == lines
    assert len(writer.spool) > 1_000_000  # so that the store has trimmed
    again = await collect(follow(store, archive, body.token.run, "0", 1, follow=False))
    assert again == lines


async def test_a_slow_reader_finds_in_the_archive_what_was_trimmed(
    store: RedisStore, archive: FolderBlobs
) -> None:
    body = await begin(store)
    writer = Writer(store, archive, body.token)
    reader = LogReader(store, archive, body.token.run, "0", 1)
    await writer.write(*(line(n) for n in range(10)))
    assert await reader.read() == [line(n) for n in range(10)]
    big = [line(n, "y" * 5_000) for n in range(10, 200)]
    for one in big:
        await writer.write(one)
    await writer.put_away()
    await writer.write(line(200))
    got: list[Line] = []
    while more := await reader.read():
        got += more
    assert got == [*big, line(200)]
    assert not reader.closed


async def test_a_log_that_left_the_store_is_read_from_the_archive(
    store: RedisStore, archive: FolderBlobs
) -> None:
    body = await begin(store)
    writer = Writer(store, archive, body.token)
    for part in range(3):
        await writer.write(*(line(10 * part + n) for n in range(10)))
        await writer.put_away(closed=part == 2)
    await store._redis.delete(store.keys(Kind.LOG, body.token.run, "0", "1"))
    got = await collect(follow(store, archive, body.token.run, "0", 1, follow=True))
    assert got == [line(n) for n in range(30)]


async def test_a_chunk_that_the_archive_lost_is_told(
    store: RedisStore, archive: FolderBlobs
) -> None:
    body = await begin(store)
    writer = Writer(store, archive, body.token)
    await writer.write(line(1))
    await writer.put_away()
    await writer.write(line(2))
    await writer.put_away(closed=True)
    await store._redis.delete(store.keys(Kind.LOG, body.token.run, "0", "1"))
    first = next(archive.list(writer.prefix))
    archive.delete(first)
    got = await collect(follow(store, archive, body.token.run, "0", 1, follow=False))
    size = len(line(1).encode())
    assert [one.text for one in got] == [
        f"[salt: {size} bytes of this log are missing from the archive]",
        "line 2",
    ]


async def test_a_silent_attempt_ends_with_its_task(store: RedisStore, archive: FolderBlobs) -> None:
    body = await begin(store)
    read = asyncio.create_task(collect(follow(store, archive, body.token.run, "0", 1, follow=True)))
    await store.complete(body.token, "1", "fork")
    assert await asyncio.wait_for(read, 4) == []


async def test_the_next_agent_may_bring_the_rest_of_a_lost_attempts_log(
    store: RedisStore, archive: FolderBlobs
) -> None:
    body = await begin(store, lease_ms=1)
    writer = Writer(store, archive, body.token)
    await writer.write(line(1))
    reader = LogReader(store, archive, body.token.run, "0", 1)
    assert await reader.read() == [line(1)]
    await until(lambda: recovered(store, body.token.member))
    assert await reader.read() == []
    assert not reader.closed  # closed by the recovery, but the archive does not have it yet
    writer.spool += line(2).encode()
    await writer.put_away(closed=True)
    assert await reader.read(1) == [line(2)]
    assert await reader.read(1) == []
    assert reader.closed


async def test_the_last_lines_are_found_wherever_they_are(
    store: RedisStore, archive: FolderBlobs
) -> None:
    body = await begin(store)
    where = (store, archive, body.token.run, "0", 1)
    assert await last_lines(*where, 5) == []
    writer = Writer(store, archive, body.token)
    await writer.write(*(line(n, "x" * 300) for n in range(500)))
    assert await last_lines(*where, 5) == [line(n, "x" * 300) for n in range(495, 500)]
    await writer.put_away(closed=True)
    await store._redis.delete(store.keys(Kind.LOG, body.token.run, "0", "1"))
    assert await last_lines(*where, 5) == [line(n, "x" * 300) for n in range(495, 500)]


async def test_the_logs_of_a_run_come_in_time_order(
    store: RedisStore, archive: FolderBlobs
) -> None:
    body = await begin(store)
    run = body.token.run
    await store.push(body.token, [Call(1, "left", "{}"), Call(2, "right", "{}")])
    tasks = await claim(store)
    writers = [Writer(store, archive, one.token) for one in (body, *tasks)]
    for number in range(30):
        await writers[number % 3].write(line(number))
    await writers[1].put_away(closed=True)
    got = [one async for one in follow_run(store, archive, run, follow=False)]
    assert [one.line for one in got] == [line(n) for n in range(30)]
    assert [one.name for one in got[:3]] == ["wf", "left", "right"]
    only = follow_run(store, archive, run, follow=False, chosen=lambda task, _: task.id == "2")
    assert [one.line for one in [one async for one in only]] == [line(n) for n in range(2, 30, 3)]


async def test_a_follower_of_a_run_meets_tasks_that_begin_later(
    store: RedisStore, archive: FolderBlobs
) -> None:
    body = await begin(store)
    run = body.token.run
    first = Writer(store, archive, body.token)
    await first.write(line(0, "body"))
    seen: list[Said] = []

    async def read() -> None:
        async for one in follow_run(store, archive, run, follow=True):
            seen.append(one)

    def has_seen(text: str) -> Callable[[], Awaitable[bool]]:
        async def holds() -> bool:
            return any(one.line.text == text for one in seen)

        return holds

    reading = asyncio.create_task(read())
    await until(has_seen("body 0"))
    for number in range(1, 4):
        await store.push(body.token, [Call(number, "step", "{}")])
        (task,) = await claim(store)
        writer = Writer(store, archive, task.token)
        await writer.write(line(number, "step"))
        await until(has_seen(f"step {number}"))
        if number == 2:
            await store.fail(task.token, Failure("E", "no", retryable=False), "failed", "fork")
        else:
            await store.complete(task.token, "1", "fork")
        await writer.put_away(closed=True)
    await first.write(line(4, "body"))
    await store.complete(body.token, "1", "fork")
    await asyncio.wait_for(reading, 4)  # the body's log is not closed; its agent told the end
    assert [one.line.text for one in seen] == ["body 0", "step 1", "step 2", "step 3", "body 4"]
    assert [one.task for one in seen] == ["0", "1", "2", "3", "0"]


async def test_a_follower_outlives_a_kill_of_the_server(
    own_redis: Callable[..., RedisServer], archive: FolderBlobs
) -> None:
    server = own_redis("valkey", appendfsync="always")
    store = RedisStore(server.url)
    try:
        body = await begin(store)
        writer = Writer(store, archive, body.token)
        lines = follow_run(store, archive, body.token.run, follow=True)
        await writer.write(line(0))
        assert (await anext(lines)).line == line(0)
        waiting = asyncio.ensure_future(anext(lines))
        await asyncio.to_thread(server.kill)
        await asyncio.to_thread(server.start)
        await patient(lambda: writer.write(line(1)))  # its connection was to the server before
        assert (await asyncio.wait_for(waiting, 20)).line == line(1)
        await patient(lambda: store.complete(body.token, "1", "fork"))
        assert [one async for one in lines] == []
    finally:
        await store.close()


async def test_a_follower_that_leaves_leaves_nothing_behind(
    store: RedisStore, archive: FolderBlobs
) -> None:
    body = await begin(store)
    await Writer(store, archive, body.token).write(line(0), line(1))
    before = len(asyncio.all_tasks())
    lines = follow_run(store, archive, body.token.run, follow=True)
    assert (await anext(lines)).line == line(0)
    assert (await anext(lines)).line == line(1)
    waiting = asyncio.ensure_future(anext(lines))
    await asyncio.wait([waiting], timeout=0.2)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    await lines.aclose()
    assert len(asyncio.all_tasks()) == before


async def recovered(store: RedisStore, member: str) -> bool:
    return member in (await store.recover()).requeued


async def until(holds: Callable[[], Awaitable[bool]], within_s: float = 10) -> None:
    async with asyncio.timeout(within_s):
        while not await holds():
            await asyncio.sleep(0.005)
