"""How runs end: what is left over, chains of failures, retention; and big runs in bounded steps."""

from __future__ import annotations

import asyncio
from collections import Counter

from salt_core.model.agent import AgentInfo
from salt_core.model.call import Call
from salt_core.model.lease import Token
from salt_core.model.run import NewRun, RunFilter
from salt_core.model.status import RunStatus, TaskStatus
from salt_core.model.task import Assignment, Failure
from salt_core.store import Notice, Outcome, Wants
from salt_core.store.redis import RedisStore


async def claim(
    store: RedisStore, request: str, tasks: int = 0, bodies: int = 0
) -> list[Assignment]:
    return await store.claim(Wants("a", request, ("default",), tasks, bodies, 30_000))


async def begun(store: RedisStore, run: str = "r") -> Token:
    await store.create_run(NewRun(run, "wf", "v", "{}"))
    (body,) = await claim(store, f"body of {run}", bodies=1)
    return body.token


async def statuses(store: RedisStore, run: str) -> Counter[TaskStatus]:
    found = [one for page in range(0, 4000, 1000) for one in await store.tasks(run, page)]
    return Counter(one.status for one in found if one.id != "0")


async def test_a_body_that_ends_cancels_what_it_left_running(redis_url: str) -> None:
    store = RedisStore(redis_url)
    body = await begun(store)
    await store.push(body, [Call(1, "a", "{}"), Call(2, "b", "{}"), Call(3, "c", "{}", (1,))])
    (running,) = await claim(store, "q", tasks=1)
    assert (await store.complete(body, "1", "fork"))[0] is Outcome.OK
    assert await statuses(store, "r") == {TaskStatus.CANCELLED: 3}
    assert (await store.complete(running.token, "2", "fork"))[0] is Outcome.STALE
    assert await store.wait_notices("a", 1) == [Notice("cancel", "r/1")]
    head = await store.run("r")
    assert head is not None and (head.status, head.tasks_done) == (RunStatus.SUCCEEDED, 3)
    await store.close()


async def test_a_big_run_is_cancelled_in_steps_and_wholly(redis_url: str) -> None:
    store = RedisStore(redis_url)
    body = await begun(store)
    await store.push(body, [Call(seq, "t", "{}") for seq in range(1, 2501)])
    assert await store.cancel("r") is True
    assert await store.cancel("r") is False
    assert await claim(store, "late", tasks=5) == [], "a task of a cancelled run was handed out"
    while (await store.recover()).next_in_ms == 0:
        pass
    assert await statuses(store, "r") == {TaskStatus.CANCELLED: 2500}
    assert await store.queue_depths() == {}
    await store.close()


async def test_a_failure_fails_a_long_chain_without_deep_recursion(redis_url: str) -> None:
    store = RedisStore(redis_url)
    body = await begun(store)
    calls = [Call(seq, "t", "{}", (seq - 1,) if seq > 1 else ()) for seq in range(1, 3001)]
    await store.push(body, calls)
    (first,) = await claim(store, "q", tasks=1)
    failure = Failure("E", "m", retryable=False)
    assert (await store.fail(first.token, failure, "failed", "fork"))[0] is Outcome.OK
    # One script looks at 2,000 at most: the server must not stand still for a long chain.
    assert (await store.recover()).next_in_ms is not None
    assert await statuses(store, "r") == {TaskStatus.FAILED: 3000}
    last = (await store.tasks("r", 3000, 1))[0]
    assert last.error is not None and last.error.type == "UpstreamFailed"
    entries = await store.journal("r", 3000, 3000)
    assert [one.seq for one in entries] == list(range(1, 3001))
    await store.close()


async def test_a_call_that_needs_what_failed_fails_at_once_and_tells(redis_url: str) -> None:
    store = RedisStore(redis_url)
    body = await begun(store)
    await store.push(body, [Call(1, "a", "{}")])
    (first,) = await claim(store, "q", tasks=1)
    await store.fail(first.token, Failure("E", "m", retryable=False), "failed", "fork")
    assert await store.wait_notices("a", 1) == [Notice("journal", "r")]
    await store.push(body, [Call(2, "b", "{}", (1,))])
    assert await store.wait_notices("a", 1) == [Notice("journal", "r")]
    assert await statuses(store, "r") == {TaskStatus.FAILED: 2}
    await store.close()


async def test_who_waits_for_a_run_is_woken_by_its_end(redis_url: str) -> None:
    store = RedisStore(redis_url)
    body = await begun(store)
    waiting = [asyncio.create_task(store.wait_run("r", 30)) for _ in range(3)]
    await asyncio.sleep(0)
    await store.fail(body, Failure("E", "it broke", retryable=False), "failed", "fork")
    heads = await asyncio.wait_for(asyncio.gather(*waiting), 5)
    assert {head.status for head in heads} == {RunStatus.FAILED}
    assert heads[0].error is not None and heads[0].error.message == "it broke"
    await store.close()


async def test_retention_forgets_old_runs_and_leaves_no_key(redis_url: str) -> None:
    store = RedisStore(redis_url)
    body = await begun(store)
    await store.push(body, [Call(seq, "t", "{}") for seq in range(1, 1501)])
    await store.cancel("r")
    while (await store.recover()).next_in_ms == 0:
        pass
    await begun(store, "young")
    gone: list[str] = []
    for _ in range(3):
        gone += await store.prune(0)
    assert gone == ["r"]
    left = {key.decode() async for key in store._redis.scan_iter(match="*:r*", count=1000)}
    assert not [key for key in left if key.endswith(":r") or ":r:" in key]
    assert [run.id for run in await store.runs(RunFilter())] == ["young"]
    await store.close()


async def test_runs_are_filtered_over_all_of_them(redis_url: str) -> None:
    store = RedisStore(redis_url)
    for number in range(450):
        await store.create_run(NewRun(f"r{number:03}", "wf" if number % 2 else "other", "v", "{}"))
    await store.cancel("r000")
    found = await store.runs(RunFilter(status=RunStatus.CANCELLED, limit=5))
    assert [run.id for run in found] == ["r000"]
    page = await store.runs(RunFilter(workflow="wf", limit=10, offset=220))
    assert len(page) == 5
    await store.close()


async def test_an_agent_that_leaves_is_not_listed(redis_url: str) -> None:
    store = RedisStore(redis_url)
    for name in ("a", "b"):
        await store.renew(AgentInfo(name, "h", 1, ("default",), 1, 0, 0, 0, 0), [], 1000)
    await store.leave("a")
    assert [one.id for one in await store.agents()] == ["b"]
    await store.close()
