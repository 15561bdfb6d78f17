"""Random interleavings with all that a durable workflow asks for: calls of every kind, and what ends them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import rule, run_state_machine_as_test
from tests.integration.store.hands import with_clock
from tests.integration.store.places import State, look
from tests.integration.store.transitions import RETRIES, Execution, Transitions, acts

from salt_core.model.call import Call, Wait
from salt_core.model.check import Verdict
from salt_core.model.run import NewRun
from salt_core.model.status import TaskStatus
from salt_core.model.task import Assignment, Failure, Limit, Policy, Task
from salt_core.store import Judged, Outcome, Parking
from salt_core.store.redis.keys import Kind
from salt_core.store.redis.scripts import Script

STARTS, WINDOW_MS = 2, 30
LIMITS = [Limit("one", 1), Limit("two", 2), Limit("rate", None, (STARTS, WINDOW_MS / 1000))]
KINDS = ["task"] * 6 + ["sleep", "event", "event", "approve", "run", "loop", "refused"]
WAITS = ["event", "event", "event", "approve", "sleep", "run", "task"]
WORDS = ["", "", "", '{"k":0}', '{"k":1}']
GONE = ("limit", "let", "limited", "lanes", "delayed", "waiters", "shapes", "emitting", "doomed",
        "undecided", "listening",
        "sweeps", "releasing", "leases", "ready", "dependents", "lax", "live")  # fmt: skip
OF_RUNS = ("run", "task", "attempts", "journal", "finished", "runs")


@dataclass(frozen=True)
class Told:
    """An event as it was emitted; ``n`` in its payload is its number."""

    name: str
    k: int


def where(call: Call) -> dict[str, int]:
    found: dict[str, int] = json.loads((call.wait.where if call.wait else "") or "{}")
    return found


def meant(call: Call, told: Told) -> bool:
    return call.name == told.name and where(call).get("k", told.k) == told.k


class Durable(Transitions):
    """Workflow functions that wait, park, call others, roll and depart; and people who answer."""

    def __init__(self, url: str, script: Callable[[str], Script] = with_clock) -> None:
        super().__init__(url, script)
        self.policies: dict[str, Policy] = {}
        self.waits: dict[str, tuple[Call, int, int]] = {}
        self.told: list[Told] = []
        self.parked: dict[int, int] = {}
        self.parked_at: dict[str, int] = {}
        self.loops: dict[str, tuple[int, int]] = {}
        self.starts: list[int] = []

    # -- calls

    def draw_policy(self, data: st.DataObject) -> Policy:
        if data.draw(st.integers(0, 3)) == 0:
            return RETRIES
        limits = tuple(data.draw(st.lists(st.sampled_from(LIMITS), max_size=2, unique=True)))
        return replace(
            RETRIES,
            limits=limits,
            strict=data.draw(st.booleans()),
            fair=data.draw(st.sampled_from(["", "", "x"])),
            priority=data.draw(st.sampled_from([0, 0, 0, 1])),
            start_timeout_s=data.draw(st.sampled_from([None, None, None, 0.04])),
        )

    def draw_call(self, data: st.DataObject, run: str, seq: int, kind: str) -> Call:
        timeout = data.draw(st.sampled_from([None, None, None, 50]))
        if kind == "sleep":
            return Call(seq, "sleep", kind="sleep", wait=Wait(for_ms=data.draw(st.integers(0, 80))))
        if kind == "event":
            wanted, name = data.draw(st.sampled_from(WORDS)), data.draw(st.sampled_from("eeef"))
            return Call(seq, name, kind="event", wait=Wait(where=wanted, timeout_ms=timeout))
        if kind == "approve":
            return Call(seq, "ok", kind="approve", wait=Wait(message="?", timeout_ms=timeout))
        if kind == "run" and len(self.runs) < 9 and run.count(".") < 2:
            policy = Policy(timeout_s=None if timeout is None else 0.2)
            child = NewRun(f"{run}.{seq}", "wf", "v", "{}", policy, "call")
            return Call(seq, "wf", kind="run", child=child)
        if kind == "loop" and run not in self.loops:
            return Call(seq, "loop", kind="loop")
        needs = data.draw(st.sets(st.integers(1, seq - 1), max_size=2)) if seq > 1 else set()
        policy = self.draw_policy(data)
        refused = Failure("Refused", "no", retryable=False) if kind == "refused" else None
        return Call(seq, f"t{seq}", "{}", tuple(sorted(needs)), policy, refused=refused)

    def push(self, data: st.DataObject) -> None:
        body = self.pick(data, body=True)
        if body is not None:
            kinds = data.draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=3))
            self.push_drawn(data, body, kinds)

    def push_drawn(self, data: st.DataObject, body: Execution, kinds: list[str]) -> None:
        run = body.token.run
        first = self.calls[run] + 1
        if not kinds:
            return
        made: list[Call] = []
        for seq, kind in enumerate(kinds, first):
            call = self.draw_call(data, run, seq, kind)
            if call.kind == "loop" and any(one.kind == "loop" for one in made):
                call = Call(seq, "t", "{}")
            made.append(call)
        self.push_known(body, made, twice=data.draw(st.booleans()))

    def push_known(self, body: Execution, made: list[Call], *, twice: bool = False) -> None:
        run = body.token.run
        floors = {call.seq: self.heard(run, call) for call in made if call.kind == "event"}
        if self.push_calls(body, made, twice=twice) is not Outcome.OK:
            return
        for call in made:
            self.policies[f"{run}/{call.seq}"] = call.policy
            if call.kind == "event":
                self.waits[f"{run}/{call.seq}"] = (call, floors[call.seq], len(self.told))
            elif call.kind == "loop":
                self.loops[run] = (call.seq, 0)
            elif call.child is not None:
                self.know(call.child.id)

    def take(self, agent: str, found: list[Assignment]) -> None:
        super().take(agent, found)
        for one in found:
            policy = self.policies.get(one.token.member, Policy())
            if any(limit.rate for limit in policy.limits):
                self.starts.append(self.passed)
        for early, late in zip(self.starts, self.starts[STARTS:], strict=False):
            assert late - early >= WINDOW_MS, "more starts than the rate allows"

    # -- what bodies do

    bodies_go_on = rule(data=st.data(), acts=acts("push", "push", "complete", "roll"))(
        Transitions.act
    )
    bodies_rest = rule(data=st.data(), acts=acts("push", "park", "park", "block", "complete"))(
        Transitions.act
    )
    people_act = rule(data=st.data(), acts=acts("emit", "emit", "decide", "decide", "move"))(
        Transitions.act
    )

    def at_work(self, data: st.DataObject) -> Execution | None:
        bodies = [one for one in self.holder.values() if one.token.task == "0"]
        return data.draw(st.sampled_from(bodies)) if bodies else None

    @rule(data=st.data(), kinds=st.lists(st.sampled_from(WAITS), min_size=2, max_size=4))
    def a_body_waits_and_is_answered(self, data: st.DataObject, kinds: list[str]) -> None:
        body = self.at_work(data)
        if body is None:
            return
        run = body.token.run
        self.push_drawn(data, body, kinds)
        self.park_one(body, 0, force=True)  # it has not seen everything
        self.park_one(body, self.length(run), force=True)
        for _ in range(3):
            self.everything_is_in_its_place()
            self.emit(data)
            self.decide(data)
            self.tick_by(data.draw(st.integers(0, 60)))
            self.recover(100)

    @rule(wheres=st.lists(st.sampled_from(WORDS), min_size=2, max_size=4), k=st.integers(0, 1))
    def an_event_that_several_wait_for(self, wheres: list[str], k: int) -> None:
        name = f"e{len(self.told)}"
        for _ in range(2):
            for body in [one for one in self.holder.values() if one.token.task == "0"][:2]:
                first = self.calls[body.token.run] + 1
                waits = [
                    Call(seq, name, kind="event", wait=Wait(where=wanted))
                    for seq, wanted in enumerate(wheres, first)
                ]
                self.push_known(body, waits)
            self.emit_one(Told(name, k), again=True)
            self.everything_is_in_its_place()

    @rule(data=st.data())
    def a_map_with_a_limit(self, data: st.DataObject) -> None:
        body = self.at_work(data)
        if body is None:
            return
        limits = tuple(data.draw(st.lists(st.sampled_from(LIMITS), min_size=1, max_size=2)))
        hurry = data.draw(st.sampled_from([None, 0.05]))
        policy = replace(RETRIES, limits=tuple(dict.fromkeys(limits)), start_timeout_s=hurry)
        first = self.calls[body.token.run] + 1
        self.push_known(body, [Call(seq, "m", "{}", (), policy) for seq in range(first, first + 4)])
        for _ in range(3):
            self.an_agent_at_work("a", 1000)
            self.everything_is_in_its_place()
            some = [one for m, one in self.holder.items() if self.policies.get(m) is policy]
            for one in some:
                self.end_one(data, one)
            self.tick_by(data.draw(st.integers(0, 30)))
        if data.draw(st.booleans()):
            self.do(lambda: self.store.cancel(body.token.run))

    @rule(data=st.data(), end=st.sampled_from(["cancel", "complete", "fail", "time"]))
    def a_family_ends(self, data: st.DataObject, end: str) -> None:
        body = self.at_work(data)
        if body is None or len(self.runs) >= 12 or body.token.run.count(".") > 2:
            return
        run = body.token.run
        seq = self.calls[run] + 1
        policy = Policy(timeout_s=0.05 if end == "time" else None)
        child = NewRun(f"{run}.{seq}", "wf", "v", "{}", policy)
        self.push_known(body, [Call(seq, "wf", kind="run", child=child)])
        self.an_agent_at_work("c", 5000)
        below = self.holder.get(f"{run}.{seq}/0")
        if below is not None:
            self.push_drawn(data, below, data.draw(st.lists(st.sampled_from(WAITS), max_size=2)))
        if end == "cancel":
            self.do(lambda: self.store.cancel(run))
        elif end == "complete":
            self.end_with(body, Judged(), claim=False)
        elif end == "fail":
            self.fail_one(body, retryable=False)
        else:
            self.tick_by(50)
        self.everything_is_in_its_place()
        self.recover(100)

    @rule(data=st.data(), verdict=st.sampled_from([Verdict.INVALID, *[Verdict.QUARANTINED] * 3]))
    def a_doubtful_value(self, data: st.DataObject, verdict: Verdict) -> None:
        body = self.at_work(data)
        if body is None:
            return
        run = body.token.run
        first = self.calls[run] + 1
        lax, need = replace(RETRIES, strict=False), (first,)
        strict, loose = Call(first + 1, "s", "{}", need), Call(first + 2, "l", "{}", need, lax)
        # One priority above the others: it is the next that an agent takes.
        urgent = replace(RETRIES, priority=2)
        self.push_known(body, [Call(first, "d", "{}", (), urgent), strict, loose])
        self.an_agent_at_work("b", 5000)
        one = self.holder.get(f"{run}/{first}")
        if one is not None:
            self.end_with(one, Judged(verdict), claim=False)
            self.everything_is_in_its_place()
            self.decide(data)
            self.everything_is_in_its_place()

    @rule(data=st.data(), moved=st.booleans())
    def a_replay_departs(self, data: st.DataObject, moved: bool) -> None:
        body = self.at_work(data)
        if body is not None:
            self.block_one(body)
            self.tick_by(10)
            self.recover(100)
            if moved:
                self.move_one(body.token.run)

    @rule(data=st.data())
    def a_loop_turns(self, data: st.DataObject) -> None:
        body = self.at_work(data)
        if body is None:
            return
        run = body.token.run
        if run not in self.loops:
            self.push_known(body, [Call(self.calls[run] + 1, "loop", kind="loop")])
        for _ in range(2):
            seq = self.calls[run] + 1
            refused = Failure("Refused", "no", retryable=False)
            self.push_known(body, [Call(seq, "t", "{}", refused=refused)])
            for one in list(self.holder.values()):
                if one.token.run == run and one.token.task != "0":
                    self.end_one(data, one)
            self.roll_one(body)
            self.everything_is_in_its_place()
        self.park_one(body, self.length(run), force=False)
        self.everything_is_in_its_place()

    def length(self, run: str) -> int:
        return int(self.do(lambda: self.redis.llen(self.store.keys(Kind.JOURNAL, run))))

    def park(self, data: st.DataObject) -> None:
        one = self.pick(data, body=True)
        if one is None:
            return
        position = self.length(one.token.run) - data.draw(st.sampled_from([0, 0, 1]))
        self.park_one(one, position, force=data.draw(st.booleans()))

    def park_one(self, one: Execution, position: int, *, force: bool) -> None:
        at = self.length(one.token.run)
        said = self.do(lambda: self.store.park(one.token, position, force=force))
        if said is Parking.PARKED and one.serial not in self.parked:
            assert self.holder.pop(one.token.member) is one, "a stale body was parked"
            assert position == at, "a body was parked that had not seen everything"
            self.parked[one.serial] = self.parked_at[one.token.run] = at
        if said in (Parking.PARKED, Parking.GROWN, Parking.BUSY):
            again = self.do(lambda: self.store.park(one.token, position, force=force))
            assert again is said, "a lost reply"

    def block(self, data: st.DataObject) -> None:
        one = self.pick(data, body=True)
        if one is not None and data.draw(st.integers(0, 3)) == 0:
            self.block_one(one)

    def block_one(self, one: Execution) -> None:
        failure = Failure("Diverged", "it differs", retryable=False)
        self.judge(one, self.do(lambda: self.store.block(one.token, failure, "fork")))
        self.everything_is_in_its_place()

    def move(self, data: st.DataObject) -> None:
        if data.draw(st.booleans()):
            return
        self.move_one(data.draw(st.sampled_from(self.runs)))

    def move_one(self, run: str) -> None:
        before = self.do(lambda: self.store.run(run))
        moved = self.do(lambda: self.store.move(run, "v2"))
        assert moved is not before.status.final
        if moved:
            self.holder.pop(f"{run}/0", None)
            assert self.do(lambda: self.store.task(run, "0")).status is TaskStatus.QUEUED

    def roll(self, data: st.DataObject) -> None:
        one = self.pick(data, body=True)
        if one is not None and one.token.run in self.loops:
            self.roll_one(one)

    def roll_one(self, one: Execution) -> None:
        run = one.token.run
        loop, turn = self.loops[run]
        state = self.look()
        last = self.calls[run]
        calls = [state.tasks[run][str(seq)] for seq in range(loop + 1, last + 1)]
        if not calls or not all(task.status.final and not task.quarantined for task in calls):
            return
        at = self.length(run)
        said = self.do(lambda: self.store.roll(one.token, loop, last, turn + 1, "{}", at))
        if said is None:
            assert self.holder.get(one.token.member) is not one
            return
        assert self.holder.get(one.token.member) is one, "a stale body rolled"
        self.loops[run] = (loop, turn + 1)
        self.forgotten[run] = set(range(loop + 1, last + 1))
        assert said == self.length(run)
        again = self.do(lambda: self.store.roll(one.token, loop, last, turn + 1, "{}", at))
        assert again == said, "a turn ended twice"
        entry = self.do(lambda: self.redis.lindex(self.store.keys(Kind.JOURNAL, run), said - 1))
        assert entry.decode() == f"t {loop} {last} {turn + 1} {{}}"

    # -- what people and other systems do

    def emit(self, data: st.DataObject) -> None:
        told = Told(data.draw(st.sampled_from("eeef")), data.draw(st.integers(0, 2)))
        self.emit_one(told, again=data.draw(st.booleans()))

    def emit_one(self, told: Told, *, again: bool) -> None:
        payload = json.dumps({"k": told.k, "n": len(self.told)})
        id = f"{len(self.told)}"
        self.told.append(told)
        said = self.do(lambda: self.store.emit(told.name, id, payload))
        assert said.new
        if again:
            said = self.do(lambda: self.store.emit(told.name, id, payload))
            assert not said.new and said.woken == 0, "an event counted twice"

    def heard(self, run: str, call: Call) -> int:
        """The newest event that a wait like this one has had in this run."""
        state = self.look()
        found = [-1]
        for member, (other, _, _) in self.waits.items():
            above, _, seq = member.rpartition("/")
            value = state.raw(run, seq).get("value") if above == run else None
            if value and other.name == call.name and where(other) == where(call):
                found.append(json.loads(value)["n"])
        return max(found)

    def decide(self, data: st.DataObject) -> None:
        state = self.look()
        asks = [m for m, _, task in state.every() if asks_someone(task)]
        anything = data.draw(st.integers(0, 4)) == 0
        some = asks if asks and not anything else [m for m, _, _ in state.every()]
        member, accepted = data.draw(st.sampled_from(sorted(some))), data.draw(st.booleans())
        run, _, task = member.rpartition("/")
        said = self.do(lambda: self.store.decide(run, task, accepted=accepted, by="ann"))
        assert said is (member in asks), "a decision where none was asked for, or none taken"
        if said and member in self.invalid and accepted:
            self.taken_as_it_is.add(member)

    # -- what must always hold besides

    def what_waits_is_told(self, state: State) -> None:
        for member, (call, floor, before) in self.waits.items():
            run, _, task = member.rpartition("/")
            later = [n for n in range(before, len(self.told)) if meant(call, self.told[n])]
            status = state.tasks[run][task].status
            assert status is not TaskStatus.WAITING or not later, "an event was missed"
            if status is TaskStatus.SUCCEEDED:
                n = json.loads(state.raw(run, task)["value"])["n"]
                assert meant(call, self.told[n]), "another event was meant"
                assert n > floor, "an event was heard twice"
                assert not later or n <= later[0], "an event was passed over"
        for run, at in self.parked_at.items():
            if state.tasks[run]["0"].status is TaskStatus.WAITING:
                assert len(state.kinds["journal"][run]) == at, "a parked body was not woken"

    def teardown(self) -> None:
        try:
            if self.runs:
                self.drain()
        finally:
            self.loop.run_until_complete(self.store.close())
            self.loop.close()

    def drain(self) -> None:
        """Whatever has happened, everything still comes to an end, and leaves nothing."""
        for number in range(60):
            self.tick_by(1000)
            self.do(lambda: self.store.recover(1000))
            found = self.do(lambda: self.store.claim(self.wants("z", 100, 100, 500)))
            for one in sorted(found, key=lambda one: one.body):
                self.do(partial(self.store.complete, one.token, "0", "fork"))
            if number % 10 == 5:
                self.do(self.answer_everyone)
        state = self.look()
        for run, head in state.runs.items():
            assert head.status.final, run
        assert not self.do(lambda: self.left(GONE)), "something is left of what has ended"
        self.tick_by(10_000)
        while self.do(lambda: self.store.prune(0)):
            pass
        assert not self.do(lambda: self.left(OF_RUNS)), "something is left of forgotten runs"

    async def answer_everyone(self) -> None:
        state = await look(self.store, self.seen)
        for member, run, task in state.every():
            if asks_someone(task):
                await self.store.decide(run, task.id, accepted=True, by="ann")
            elif task.id == "0" and task.status is TaskStatus.BLOCKED:
                await self.store.move(run, "v3")
            elif task.kind == "event" and task.status is TaskStatus.WAITING:
                k = json.loads(state.raw(run, task.id).get("where", "{}")).get("k", 0)
                payload = json.dumps({"k": k, "n": 0})
                await self.store.emit(task.name, f"end-{member}", payload)

    async def left(self, kinds: tuple[str, ...]) -> list[str]:
        prefix = self.store.keys.prefix
        names = [key.decode()[len(prefix) :] for key in await self.redis.keys("*")]
        return [name for name in names if name.split(":")[0] in kinds]


def asks_someone(task: Task) -> bool:
    return task.quarantined or (task.kind == "approve" and task.status is TaskStatus.WAITING)


def explore(
    url: str,
    script: Callable[[str], Script],
    examples: int,
    *,
    shrink: bool = False,
    by_chance: bool = True,
) -> None:
    """Let the machine run ``examples`` times; without chance each time the same."""
    # Shrinking such a machine takes minutes: it is for the person who looks into a failure.
    phases = [Phase.generate, Phase.shrink] if shrink else [Phase.generate]
    run_state_machine_as_test(
        partial(Durable, url, script),  # type: ignore[arg-type]
        settings=settings(
            max_examples=examples,
            stateful_step_count=40,
            deadline=None,
            phases=phases,
            derandomize=not by_chance,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )
