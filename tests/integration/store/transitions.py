"""Random interleavings of every transition, on a real server, against ghosts.

Executions are told apart by a serial number of their own, never by their token: a zombie and the
attempt that replaced it may both act at any time. Time is a key that the machine moves both ways.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from salt_core.machine import RUN_OF_BODY, TASK
from salt_core.model.agent import AgentInfo
from salt_core.model.call import Call
from salt_core.model.lease import Token
from salt_core.model.run import NewRun
from salt_core.model.schedule import Schedule
from salt_core.model.status import RunStatus, TaskStatus
from salt_core.model.task import Assignment, Failure, Policy, Task
from salt_core.store import Outcome, Wants
from salt_core.store.redis import RedisStore
from salt_core.store.redis.keys import Kind
from salt_core.store.redis.scripts import Script, assemble

CLOCK = "local function now() return tonumber(redis.call('GET', KEYS[1] .. 'clock')) end\n"
AGENTS = st.sampled_from(["a", "b", "c"])
RETRIES = Policy(retries=1, backoff_s=0.01, jitter=0)
BEGIN = 1_000_000


def acts(*names: str) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(names), min_size=3, max_size=12)


@dataclass(frozen=True)
class Execution:
    """One process that was handed an attempt; it may act long after it lost it."""

    serial: int
    agent: str
    token: Token


def with_clock(name: str) -> Script:
    return assemble(name, {"now": CLOCK})


def reachable(start: TaskStatus) -> set[TaskStatus]:
    """Where a task may be after any number of moves of the table."""
    found, todo = {start}, [start]
    while todo:
        here = todo.pop()
        for (source, _), target in TASK.items():
            if source is here and target not in found:
                found.add(target)
                todo.append(target)
    return found


REACHABLE = {status: reachable(status) for status in TaskStatus}


class Transitions(RuleBasedStateMachine):
    """The store's verbs in any order, by agents that die, stop and come back."""

    def __init__(self, url: str, script: Callable[[str], Script] = with_clock) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.store = RedisStore(url, "test", script=script)
        self.redis = self.store._redis
        self.runs: list[str] = []
        self.calls: dict[str, int] = {}
        self.holder: dict[str, Execution] = {}
        self.executions: list[Execution] = []
        self.accepted: dict[str, str] = {}
        self.failed_tries: dict[str, int] = {}
        self.last: dict[str, TaskStatus] = {}
        self.slot, self.requests = BEGIN, 0

    def do(self, call: Callable[[], Any]) -> Any:
        return self.loop.run_until_complete(call())

    @initialize()
    def start(self) -> None:
        schedule = Schedule("wf.s", "wf", None, 1.0, "UTC", "{}", self.slot)

        async def begin() -> None:
            await self.redis.flushall()
            await self.redis.set(self.store.keys.prefix + "clock", BEGIN)
            await self.store.put_schedules("wf", [schedule])

        self.do(begin)
        self.create(again=False, priority=0)
        self.an_agent_at_work("a", 1000)
        self.push_calls(
            self.holder["r0/0"], [(1, ()), (2, (1,)), (3, (1,)), (4, (2, 3))], twice=False
        )

    def tick_by(self, millis: int) -> None:
        self.do(lambda: self.redis.incrby(self.store.keys.prefix + "clock", millis))

    # -- runs and calls

    @precondition(lambda self: len(self.runs) < 4)
    @rule(again=st.booleans(), priority=st.integers(-1, 1))
    def create(self, again: bool, priority: int) -> None:
        if again and self.runs:
            new = NewRun(self.runs[-1], "wf", "v", "{}")
            assert self.do(lambda: self.store.create_run(new)) is False
            return
        run = f"r{len(self.runs)}"
        new = NewRun(run, "wf", "v", "{}", Policy(priority=priority))
        assert self.do(lambda: self.store.create_run(new)) is True
        self.runs.append(run)
        self.calls[run] = 0

    def push(self, data: st.DataObject) -> None:
        body = self.pick(data, body=True)
        if body is None:
            return
        first = self.calls[body.token.run] + 1
        made = []
        for seq in range(first, first + data.draw(st.integers(1, 3))):
            needs = data.draw(st.sets(st.integers(1, seq - 1), max_size=2)) if seq > 1 else set()
            made.append((seq, tuple(sorted(needs))))
        self.push_calls(body, made, twice=data.draw(st.booleans()))

    def push_calls(
        self, body: Execution, made: list[tuple[int, tuple[int, ...]]], *, twice: bool
    ) -> None:
        calls = [Call(seq, f"t{seq}", "{}", needs, RETRIES) for seq, needs in made]
        outcome = self.do(lambda: self.store.push(body.token, calls))
        if twice:
            assert self.do(lambda: self.store.push(body.token, calls)) == outcome
        if outcome is Outcome.OK:
            assert self.holder.get(body.token.member) is body, "a stale body pushed"
            self.calls[body.token.run] += len(calls)

    # -- attempts

    def take(self, agent: str, found: list[Assignment]) -> None:
        for one in found:
            execution = Execution(len(self.executions), agent, one.token)
            self.executions.append(execution)
            self.holder[one.token.member] = execution

    def wants(self, agent: str, tasks: int, bodies: int, lease: int) -> Wants:
        self.requests += 1
        return Wants(agent, f"q{self.requests}", ("default",), tasks, bodies, lease)

    @rule(
        agent=AGENTS,
        tasks=st.integers(0, 3),
        bodies=st.integers(0, 2),
        lease=st.integers(1, 50),
        lost=st.booleans(),
    )
    def claim(self, agent: str, tasks: int, bodies: int, lease: int, lost: bool) -> None:
        wants = self.wants(agent, tasks, bodies, lease)
        found = self.do(lambda: self.store.claim(wants))
        if lost:
            assert self.do(lambda: self.store.claim(wants)) == found, "a lost reply cost work"
        self.take(agent, found)

    def pick(self, data: st.DataObject, *, body: bool | None = None) -> Execution | None:
        """An execution: three times in four one that still holds its attempt."""
        current = data.draw(st.integers(0, 3)) > 0
        some = list(self.holder.values()) if current else self.executions[-20:]
        some = [one for one in some if body is None or (one.token.task == "0") is body]
        return data.draw(st.sampled_from(some)) if some else None

    @rule(agent=AGENTS, lease=st.integers(100, 5000))
    def an_agent_at_work(self, agent: str, lease: int) -> None:
        self.take(agent, self.do(lambda: self.store.claim(self.wants(agent, 3, 3, lease))))

    def act(self, data: st.DataObject, acts: list[str]) -> None:
        for name in acts:
            getattr(self, name)(data)
            self.everything_is_in_its_place()

    # Rules are drawn evenly: what agents do most of the time is there three times.
    tasks_end = rule(data=st.data(), acts=acts("complete", "fail"))(act)
    bodies_go_on = rule(data=st.data(), acts=acts("push", "complete"))(act)
    agents_do_anything = rule(
        data=st.data(), acts=acts("complete", "fail", "release", "renew", "push")
    )(act)

    def complete(self, data: st.DataObject) -> None:
        one = self.pick(data, body=data.draw(st.integers(0, 12)) == 0)
        if one is None:
            return
        claim = data.draw(st.booleans())
        value = f'"{one.serial}"'
        wants = self.wants(one.agent, 1, 0, 20) if claim else None
        outcome, more = self.do(lambda: self.store.complete(one.token, value, "fork", wants))
        self.judge(one, outcome)
        if outcome is Outcome.OK:
            assert one.token.member not in self.accepted, "a completion was recorded twice"
            self.accepted[one.token.member] = value
            again, _ = self.do(lambda: self.store.complete(one.token, value, "fork"))
            assert again is Outcome.DUPLICATE, "a lost reply would be taken for a lost lease"
        self.take(one.agent, more)

    def fail(self, data: st.DataObject) -> None:
        one = self.pick(data, body=data.draw(st.integers(0, 20)) == 0)
        if one is None:
            return
        self.fail_one(one, retryable=data.draw(st.booleans()))

    def fail_one(self, one: Execution, *, retryable: bool) -> None:
        failure = Failure("E", "m", retryable=retryable)
        outcome, _ = self.do(lambda: self.store.fail(one.token, failure, "failed", "fork"))
        self.judge(one, outcome)
        if outcome is Outcome.OK:
            member = one.token.member
            self.failed_tries[member] = self.failed_tries.get(member, 0) + 1
            assert self.failed_tries[member] <= 2, "tried more often than the policy says"

    def judge(self, one: Execution, outcome: Outcome) -> None:
        if outcome is Outcome.OK:
            assert self.holder.get(one.token.member) is one, "a stale execution was accepted"
            del self.holder[one.token.member]
            self.nobody_holds_what_has_ended(one.token.run)

    def nobody_holds_what_has_ended(self, run: str) -> None:
        """The end of a run takes its running tasks away from whoever has them."""
        if self.do(lambda: self.store.run(run)).status.final:
            self.holder = {m: one for m, one in self.holder.items() if one.token.run != run}

    def release(self, data: st.DataObject) -> None:
        one = self.pick(data)
        if one is None:
            return
        before = self.holder.get(one.token.member)
        self.do(lambda: self.store.release([one.token]))
        if before is one and self.status(one.token) is not TaskStatus.RUNNING:
            del self.holder[one.token.member]

    def renew(self, data: st.DataObject) -> None:
        one = self.pick(data)
        if one is None:
            return
        lease = data.draw(st.integers(1, 50))
        info = AgentInfo(one.agent, "h", 1, ("default",), 4, 0, 0, 0, 0)
        renewal = self.do(lambda: self.store.renew(info, [one.token], lease))
        if not renewal.lost:
            assert self.holder.get(one.token.member) is one, "a stale execution kept a lease"

    # -- time, recovery, ends

    @rule(millis=st.integers(1, 60) | st.integers(-200, -1), limit=st.integers(0, 5))
    def time_goes_on_or_steps_back(self, millis: int, limit: int) -> None:
        self.tick_by(millis)
        if limit:
            self.recover(limit)

    @rule(back=st.booleans())
    def all_leases_end(self, back: bool) -> None:
        self.tick_by(6000)
        self.recover(1000)
        self.tick_by(-7000 if back else 0)

    def recover(self, limit: int) -> None:
        found = self.do(lambda: self.store.recover(limit))
        for member in (*found.requeued, *found.failed):
            del self.holder[member]
            self.nobody_holds_what_has_ended(member.partition("/")[0])

    @rule(times=st.integers(-8, 7))
    def a_task_that_kills_its_agents(self, times: int) -> None:
        for _ in range(max(0, times)):
            self.an_agent_at_work("b", 5)
            self.all_leases_end(back=False)

    @rule(data=st.data())
    def a_zombie_wakes(self, data: st.DataObject) -> None:
        """Its task is another's by now; whatever it says must be refused."""
        self.all_leases_end(back=False)
        self.an_agent_at_work("c", 1000)
        zombies = [
            one
            for one in self.executions[-20:]
            if self.holder.get(one.token.member, one) is not one
        ]
        if zombies:
            one = data.draw(st.sampled_from(zombies))
            outcome, _ = self.do(lambda: self.store.complete(one.token, '"zombie"', "fork"))
            assert outcome is not Outcome.OK, "a stale execution was accepted"

    @rule()
    def a_task_that_always_fails(self) -> None:
        for _ in range(4):
            self.an_agent_at_work("a", 1000)
            for one in [one for one in self.holder.values() if one.token.task != "0"][:2]:
                self.fail_one(one, retryable=True)
            self.tick_by(50)
            self.recover(100)

    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        if data.draw(st.integers(0, 6)) == 0:
            run = data.draw(st.sampled_from(self.runs))
            before = self.do(lambda: self.store.run(run))
            said = self.do(lambda: self.store.cancel(run))
            assert said is not before.status.final
            self.nobody_holds_what_has_ended(run)

    @rule(stale=st.booleans())
    def fire(self, stale: bool) -> None:
        due = self.slot - 1000 if stale else self.slot
        new = NewRun(f"wf.s@{due}", "wf", "v", "{}")
        fired = self.do(lambda: self.store.fire("wf.s", due, due + 1000, new))
        assert fired is not stale, "a slot fired twice, or not at all"
        if fired:
            self.slot += 1000
            self.runs.append(new.id)
            self.calls[new.id] = 0

    # -- what must always hold

    def status(self, token: Token) -> TaskStatus:
        key = self.store.keys(Kind.TASK, token.run, token.task)
        return TaskStatus(self.do(lambda: self.redis.hget(key, "status")).decode())

    async def places(self) -> dict[str, set[str]]:
        keys = self.store.keys
        names = {
            "queued": [keys(Kind.READY, "default", kind) for kind in ("task", "body")],
            "running": [keys(Kind.LEASES)],
            "retrying": [keys(Kind.DELAYED)],
        }
        return {
            place: {m.decode() for key in some for m in await self.redis.zrange(key, 0, -1)}
            for place, some in names.items()
        }

    @invariant()
    def everything_is_in_its_place(self) -> None:
        places = self.do(self.places)
        for run in self.runs:
            tasks = self.do(partial(self.store.tasks, run))
            head = self.do(partial(self.store.run, run))
            assert len(tasks) == self.calls[run] + 1
            by_id = {task.id: task for task in tasks}
            body = by_id["0"]
            expected = RUN_OF_BODY[body.status]
            begun = expected is RunStatus.QUEUED and body.started is not None
            assert head.status is (RunStatus.RUNNING if begun else expected)
            self.journal_tells(run, by_id)
            for task in by_id.values():
                self.is_in_its_place(f"{run}/{task.id}", task, by_id, places)

    def is_in_its_place(
        self, member: str, task: Task, tasks: dict[str, Task], places: dict[str, set[str]]
    ) -> None:
        for place, members in places.items():
            assert (member in members) == (task.status == place), (member, task.status, place)
        if member in self.accepted:
            assert task.status is TaskStatus.SUCCEEDED, "a completion was undone"
        assert (task.status is TaskStatus.RUNNING) == (member in self.holder), member
        previous = self.last.get(member)
        if previous is not None:
            assert task.status in REACHABLE[previous], (member, previous, task.status)
        self.last[member] = task.status
        if task.status in (TaskStatus.BLOCKED, TaskStatus.QUEUED) and task.id != "0":
            waits = [n for n in task.needs if tasks[n].status is not TaskStatus.SUCCEEDED]
            assert bool(waits) == (task.status is TaskStatus.BLOCKED), (member, waits)
            assert not [n for n in waits if tasks[n].status.final], "it waits for what never comes"

    def journal_tells(self, run: str, tasks: dict[str, Task]) -> None:
        entries = self.do(lambda: self.store.journal(run, 0, 1000))
        called = [one.seq for one in entries if one.kind == "call"]
        done = [one.seq for one in entries if one.kind == "done"]
        assert called == list(range(1, self.calls[run] + 1))
        assert len(done) == len(set(done)), "the journal shows a completion twice"
        assert all(tasks[str(seq)].status.final for seq in done)
        if not tasks["0"].status.final:
            ended = {task.id for task in tasks.values() if task.status.final and task.id != "0"}
            assert ended == {str(seq) for seq in done}, "a completion is not in the journal"

    def teardown(self) -> None:
        try:
            if self.runs:
                self.drain()
        finally:
            self.loop.run_until_complete(self.store.close())
            self.loop.close()

    def drain(self) -> None:
        """Whatever has happened, everything still comes to an end."""
        for _ in range(60):
            self.tick_by(1000)
            self.do(lambda: self.store.recover(1000))
            found = self.do(lambda: self.store.claim(self.wants("z", 100, 100, 500)))
            for one in sorted(found, key=lambda one: one.body):
                self.do(partial(self.store.complete, one.token, "0", "fork"))
        for run in self.runs:
            assert self.do(partial(self.store.run, run)).status.final, run


def explore(url: str, script: Callable[[str], Script], examples: int, *, shrink: bool) -> None:
    # Shrinking such a machine takes minutes: it is for the person who looks into a failure.
    phases = [Phase.generate, Phase.shrink] if shrink else [Phase.generate]
    run_state_machine_as_test(
        partial(Transitions, url, script),  # type: ignore[arg-type]
        settings=settings(
            max_examples=examples,
            stateful_step_count=40,
            deadline=None,
            phases=phases,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )
