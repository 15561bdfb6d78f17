"""The log of an attempt in Redis: sent twice kept once, trimmed only behind the archive, fenced."""

from __future__ import annotations

import asyncio

from salt_core.model.lease import Token
from salt_core.model.log import Chunk
from salt_core.model.run import NewRun
from salt_core.store import Wants
from salt_core.store.redis import RedisStore
from salt_core.store.redis.logs import TAIL


async def attempt(store: RedisStore, request: str = "q") -> Token:
    await store.create_run(NewRun("r", "wf", "v", "{}"))
    (body,) = await store.claim(Wants("a", request, ("default",), 0, 1, 30_000))
    return body.token


async def text(store: RedisStore, after: int = 0) -> bytes:
    chunks = await store.read_log("r", "0", 1, after, limit=1000)
    return b"".join(chunk.data for chunk in chunks)


async def test_what_is_sent_again_is_kept_once(redis_url: str) -> None:
    store = RedisStore(redis_url)
    token = await attempt(store)
    first, second = Chunk(0, 6, b"hello\n"), Chunk(6, 12, b"world\n")
    assert await store.append_log(token, [first]) == 6
    assert await store.append_log(token, [first, second]) == 12
    assert await text(store) == b"hello\nworld\n"
    assert await text(store, after=6) == b"world\n"
    await store.close()


async def test_a_gap_is_refused_and_the_sender_told_where_to_go_on(redis_url: str) -> None:
    store = RedisStore(redis_url)
    token = await attempt(store)
    assert await store.append_log(token, [Chunk(6, 12, b"world\n")]) == 0
    assert await text(store) == b""
    await store.close()


async def test_an_attempt_that_lost_its_lease_writes_no_more(redis_url: str) -> None:
    store = RedisStore(redis_url)
    token = await attempt(store)
    await store.release([token])
    (again,) = await store.claim(Wants("b", "p", ("default",), 0, 1, 30_000))
    assert await store.append_log(token, [Chunk(0, 2, b"x\n")]) == -1
    assert await store.append_log(again.token, [Chunk(0, 2, b"y\n")]) == 2
    await store.close()


async def test_only_what_is_archived_leaves_redis(redis_url: str) -> None:
    store = RedisStore(redis_url)
    token = await attempt(store)
    size, step = 4 * TAIL, TAIL // 4
    for start in range(0, size, step):
        await store.append_log(token, [Chunk(start, start + step, b"." * step)])
    await store.archived_log(token, 2 * TAIL, "logs/r/0/1-x", closed=False)
    chunks = await store.read_log("r", "0", 1, 0, limit=1000)
    assert chunks[0].start <= 2 * TAIL - TAIL < chunks[0].end + step
    assert chunks[-1].end == size
    state = await store.log_state("r", "0", 1)
    assert state is not None
    assert (state.size, state.archived, state.closed) == (size, 2 * TAIL, False)
    await store.close()


async def test_the_end_of_a_log_wakes_its_followers(redis_url: str) -> None:
    store = RedisStore(redis_url)
    token = await attempt(store)
    await store.append_log(token, [Chunk(0, 6, b"hello\n")])
    waiting = asyncio.create_task(store.read_log("r", "0", 1, 6, block_s=30))
    await asyncio.sleep(0)
    await store.archived_log(token, 6, "logs/r/0/1-x", closed=True)
    (end,) = await asyncio.wait_for(waiting, 5)
    assert (end.start, end.end, end.data) == (6, 6, b"")
    state = await store.log_state("r", "0", 1)
    assert state is not None and state.closed
    await store.close()
