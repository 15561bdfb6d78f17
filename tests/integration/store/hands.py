"""A store whose clock the test moves, and short ways to act on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from salt_core.model.call import Call, Wait
from salt_core.model.lease import Token
from salt_core.model.run import NewRun, RunFilter
from salt_core.model.status import RunStatus, TaskStatus
from salt_core.model.task import Assignment, Failure, Policy
from salt_core.store import Outcome, Wants
from salt_core.store.redis import RedisStore
from salt_core.store.redis.scripts import Script, assemble

CLOCK = "local function now() return tonumber(redis.call('GET', KEYS[1] .. 'clock')) end\n"
BEGIN = 1_000_000


def with_clock(name: str) -> Script:
    """A verb's script that reads the time from a key."""
    return assemble(name, {"now": CLOCK})


class Hands:
    """One agent's hands on a store."""

    def __init__(self, url: str) -> None:
        self.store = RedisStore(url, script=with_clock)
        self.redis = self.store._redis
        self.requests = 0

    async def tick(self, millis: int) -> None:
        await self.redis.incrby(self.store.keys.prefix + "clock", millis)

    async def pass_time(self, millis: int) -> None:
        """Let time go on, and do what is due then."""
        await self.tick(millis)
        while (await self.store.recover()).next_in_ms == 0:
            pass

    async def claim(
        self, tasks: int = 0, bodies: int = 0, queue: str = "default"
    ) -> list[Assignment]:
        return await self.store.claim(self.wants(tasks, bodies, queue))

    def wants(self, tasks: int, bodies: int, queue: str = "default") -> Wants:
        self.requests += 1
        return Wants("a", f"q{self.requests}", (queue,), tasks, bodies, 10**9)

    async def begun(self, run: str = "r", policy: Policy | None = None) -> Token:
        await self.store.create_run(NewRun(run, "wf", "v", "{}", policy or Policy()))
        return await self.body(run)

    async def body(self, run: str = "r") -> Token:
        """Claim the workflow function of a run that is ready."""
        found = await self.claim(bodies=100)
        (token,) = [one.token for one in found if one.token.run == run]
        return token

    async def push(self, body: Token, *calls: Call) -> None:
        assert await self.store.push(body, calls) is Outcome.OK

    async def end(self, token: Token, value: str = "1") -> None:
        assert (await self.store.complete(token, value, "fork"))[0] is Outcome.OK

    async def break_(self, token: Token) -> None:
        failure = Failure("E", "it broke", retryable=False)
        assert (await self.store.fail(token, failure, "failed", "fork"))[0] is Outcome.OK

    async def status(self, run: str, task: int) -> TaskStatus:
        found = await self.store.task(run, str(task))
        assert found is not None
        return found.status

    async def run_status(self, run: str) -> RunStatus:
        found = await self.store.run(run)
        assert found is not None
        return found.status

    async def done(self, run: str = "r") -> dict[int, tuple[TaskStatus, str | None, str | None]]:
        """What the journal says of calls that have ended: status, value, type of error."""
        found: dict[int, tuple[TaskStatus, str | None, str | None]] = {}
        for one in await self.store.journal(run, 0, 100_000):
            if one.kind == "done":
                assert one.seq not in found, "the journal shows an end twice"
                found[one.seq] = (one.status, one.value, one.error.type if one.error else None)
        return found

    async def left(self, *kinds: str) -> list[str]:
        """Keys of these kinds that are there."""
        prefix = self.store.keys.prefix
        found = [key.decode()[len(prefix) :] for key in await self.redis.keys("*")]
        return sorted(key for key in found if key.split(":")[0] in kinds)

    async def listed(self) -> list[str]:
        return [run.id for run in await self.store.runs(RunFilter())]


def calls(numbers: Sequence[int], policy: Policy | None = None, **more: Any) -> list[Call]:
    return [Call(seq, f"t{seq}", "{}", policy=policy or Policy(), **more) for seq in numbers]


def sleep(seq: int, for_ms: int) -> Call:
    return Call(seq, "sleep", kind="sleep", wait=Wait(for_ms=for_ms))


def event(seq: int, name: str, where: str = "", timeout_ms: int | None = None) -> Call:
    return Call(seq, name, kind="event", wait=Wait(where=where, timeout_ms=timeout_ms))


def approve(seq: int, name: str = "ok", timeout_ms: int | None = None) -> Call:
    return Call(seq, name, kind="approve", wait=Wait(message="?", timeout_ms=timeout_ms))


def child(seq: int, run: str = "r", policy: Policy | None = None) -> Call:
    """A call of another workflow; its run is ``<run>.<seq>``."""
    new = NewRun(f"{run}.{seq}", "other", "v", "{}", policy or Policy(), "call")
    return Call(seq, "other", kind="run", child=new)
