"""Random interleavings of every transition, on a real server, against ghosts.

Executions are told apart by a serial number of their own, never by their token: a zombie and the
attempt that replaced it may both act at any time. Time is a key that the machine moves both ways.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)
from tests.integration.store.hands import BEGIN, with_clock
from tests.integration.store.places import State, check, look

from salt_core.machine import TASK
from salt_core.model.agent import AgentInfo
from salt_core.model.call import Call
from salt_core.model.check import Verdict
from salt_core.model.lease import Token
from salt_core.model.run import NewRun
from salt_core.model.schedule import Schedule
from salt_core.model.status import TaskStatus
from salt_core.model.task import Assignment, Failure, Policy, Task
from salt_core.store import Judged, Outcome, Recovery, Wants
from salt_core.store.redis import RedisStore
from salt_core.store.redis.keys import Kind
from salt_core.store.redis.scripts import Script

AGENTS = st.sampled_from(["a", "b", "c"])
RETRIES = Policy(retries=1, backoff_s=0.01, jitter=0)


def acts(*names: str) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(names), min_size=3, max_size=12)


@dataclass(frozen=True)
class Execution:
    """One process that was handed an attempt; it may act long after it lost it."""

    serial: int
    agent: str
    token: Token


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


class Watched(RedisStore):
    """A store that tells what recovery took from its holders, whoever called it."""

    lost: Callable[[str], object]

    async def recover(self, limit: int = 500) -> Recovery:
        found = await super().recover(limit)
        for member in (*found.requeued, *found.failed):
            self.lost(member)
        return found


class Transitions(RuleBasedStateMachine):
    """The store's verbs in any order, by agents that die, stop and come back."""

    def __init__(self, url: str, script: Callable[[str], Script] = with_clock) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.store = Watched(url, "test", script=script)
        self.store.lost = lambda member: self.holder.pop(member)
        self.redis = self.store._redis
        self.runs: list[str] = []
        self.calls: dict[str, int] = {}
        self.holder: dict[str, Execution] = {}
        self.executions: list[Execution] = []
        self.accepted: dict[str, str] = {}
        self.invalid: dict[str, str] = {}
        self.failed_tries: dict[str, int] = {}
        self.last: dict[str, TaskStatus] = {}
        self.taken_as_it_is: set[str] = set()
        self.seen: dict[str, tuple[dict[str, str], Task]] = {}
        self.forgotten: dict[str, set[int]] = {}
        self.slot, self.requests = BEGIN, 0
        self.passed = 0

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
        self.create(again=False, priority=0, timeout=0)
        self.an_agent_at_work("a", 1000)
        shape = [(1, ()), (2, (1,)), (3, (1,)), (4, (2, 3))]
        made = [Call(seq, f"t{seq}", "{}", needs, RETRIES) for seq, needs in shape]
        self.push_calls(self.holder["r0/0"], made, twice=False)

    def tick_by(self, millis: int) -> None:
        self.passed += max(0, millis)
        self.do(lambda: self.redis.incrby(self.store.keys.prefix + "clock", millis))

    # -- runs and calls

    @precondition(lambda self: len(self.runs) < 6)
    @rule(again=st.booleans(), priority=st.integers(-1, 1), timeout=st.sampled_from([0] * 7 + [5]))
    def create(self, again: bool, priority: int, timeout: int) -> None:
        if again and self.runs:
            new = NewRun(self.runs[-1], "wf", "v", "{}")
            assert self.do(lambda: self.store.create_run(new)) is False
            return
        run = f"r{len(self.runs)}"
        policy = Policy(priority=priority, timeout_s=timeout or None)
        new = NewRun(run, "wf", "v", "{}", policy)
        assert self.do(lambda: self.store.create_run(new)) is True
        self.know(run)

    def know(self, run: str) -> None:
        self.runs.append(run)
        self.calls[run] = 0

    def push_calls(self, body: Execution, made: list[Call], *, twice: bool) -> Outcome:
        outcome: Outcome = self.do(lambda: self.store.push(body.token, made))
        if twice:
            assert self.do(lambda: self.store.push(body.token, made)) == outcome
        if outcome is Outcome.OK:
            assert self.holder.get(body.token.member) is body, "a stale body pushed"
            self.calls[body.token.run] += len(made)
        return outcome

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
        # What a lost reply held is kept for a lease by the server's own clock.
        wants = self.wants(agent, tasks, bodies, lease + 5000 if lost else lease)
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

    @rule(agent=AGENTS, lease=st.integers(100, 5000), lost=st.booleans())
    def an_agent_at_work(self, agent: str, lease: int, lost: bool = False) -> None:
        self.claim(agent, 3, 3, lease, lost)

    def act(self, data: st.DataObject, acts: list[str]) -> None:
        for name in acts:
            getattr(self, name)(data)
            self.everything_is_in_its_place()

    # Rules are drawn evenly: what agents do most of the time is there three times.
    tasks_end = rule(data=st.data(), acts=acts("complete", "fail", "release"))(act)
    agents_do_anything = rule(data=st.data(), acts=acts("complete", "fail", "release", "renew"))(
        act
    )

    def complete(self, data: st.DataObject) -> None:
        one = self.pick(data, body=data.draw(st.integers(0, 12)) == 0)
        if one is not None:
            self.end_one(data, one)

    def end_one(self, data: st.DataObject, one: Execution) -> None:
        self.end_with(one, self.checked(data, one), claim=data.draw(st.booleans()))

    def end_with(self, one: Execution, said: Judged, *, claim: bool) -> None:
        value = f'"{one.serial}"'
        wants = self.wants(one.agent, 1, 0, 20) if claim else None
        outcome, more = self.do(lambda: self.store.complete(one.token, value, "fork", wants, said))
        self.judge(one, outcome)
        if outcome is Outcome.OK:
            member = one.token.member
            assert member not in self.accepted | self.invalid, "a completion was recorded twice"
            (self.accepted if said.verdict is Verdict.VALID else self.invalid)[member] = value
            again, _ = self.do(lambda: self.store.complete(one.token, value, "fork"))
            assert again is Outcome.DUPLICATE, "a lost reply would be taken for a lost lease"
        self.take(one.agent, more)

    def checked(self, data: st.DataObject, one: Execution) -> Judged:
        if one.token.task == "0" or data.draw(st.integers(0, 4)):
            return Judged()
        return Judged(data.draw(st.sampled_from([Verdict.INVALID, Verdict.QUARANTINED])))

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
        self.do(lambda: self.store.recover(limit))

    @rule(times=st.sampled_from([0, 1, 2, 7]))
    def a_task_that_kills_its_agents(self, times: int) -> None:
        for _ in range(times):
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
        if data.draw(st.integers(0, 3)) == 0:
            run = data.draw(st.sampled_from(self.runs))
            before = self.do(lambda: self.store.run(run))
            said = self.do(lambda: self.store.cancel(run))
            assert said is not before.status.final

    @rule(stale=st.booleans())
    def fire(self, stale: bool) -> None:
        due = self.slot - 1000 if stale else self.slot
        new = NewRun(f"wf.s@{due}", "wf", "v", "{}")
        fired = self.do(lambda: self.store.fire("wf.s", due, due + 1000, new))
        assert fired is not stale, "a slot fired twice, or not at all"
        if fired:
            self.slot += 1000
            self.know(new.id)

    # -- what must always hold

    def status(self, token: Token) -> TaskStatus:
        key = self.store.keys(Kind.TASK, token.run, token.task)
        return TaskStatus(self.do(lambda: self.redis.hget(key, "status")).decode())

    @invariant()
    def everything_is_in_its_place(self) -> None:
        state = self.look()
        assert set(state.runs) == set(self.runs)
        self.what_was_taken_away(state)
        check(state)
        for run in self.runs:
            assert len(state.tasks[run]) == self.calls[run] + 1
            self.journal_tells(run, state)
            for task in state.tasks[run].values():
                self.goes_forward(f"{run}/{task.id}", task)
        self.what_waits_is_told(state)

    def what_waits_is_told(self, state: State) -> None:
        """What must hold besides, for those who add waits."""

    def look(self) -> State:
        state: State = self.do(lambda: look(self.store, self.seen))
        return state

    def what_was_taken_away(self, state: State) -> None:
        """Attempts that ended because their run did."""
        for member, one in list(self.holder.items()):
            if state.runs[one.token.run].status.final:
                del self.holder[member]

    def goes_forward(self, member: str, task: Task) -> None:
        assert (task.status is TaskStatus.RUNNING) == (member in self.holder), member
        if member in self.accepted:
            assert task.status is TaskStatus.SUCCEEDED, "a completion was undone"
        if member in self.invalid and task.status is TaskStatus.SUCCEEDED:
            assert member in self.taken_as_it_is, "invalid data became valid by itself"
        previous = self.last.get(member)
        if previous is not None:
            assert task.status in REACHABLE[previous], (member, previous, task.status)
        self.last[member] = task.status

    def journal_tells(self, run: str, state: State) -> None:
        """Every call once, in order; every end once; but for what the turns of a loop took away."""
        entries = [entry.split(" ") for entry in state.kinds["journal"].get(run, [])]
        called = [int(one[1]) for one in entries if one[0] == "c"]
        done = [int(one[1]) for one in entries if one[0] == "d"]
        gone = self.forgotten.get(run, set())
        assert called == [seq for seq in range(1, self.calls[run] + 1) if seq not in gone]
        assert len(done) == len(set(done)), "the journal shows a completion twice"
        tasks = state.tasks[run]
        ended = {
            int(t.id)
            for t in tasks.values()
            if t.status.final and not t.quarantined and t.kind != "loop" and t.id != "0"
        }
        assert set(done) <= ended - gone
        if not tasks["0"].status.final:
            assert ended - gone == set(done), "a completion is not in the journal"
