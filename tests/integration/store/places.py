"""Everything that a store holds, and what must be true of it at any moment."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from salt_core.machine import RUN_OF_BODY
from salt_core.model.run import Run
from salt_core.model.status import RunStatus, TaskStatus
from salt_core.model.task import Task
from salt_core.store.redis import RedisStore, records
from salt_core.store.redis.base import text, text_map

_HASHES = {"run", "task", "turns", "shapes", "rate"}
_LISTS = {"journal"}
_ZSETS = {"ready", "leases", "delayed", "waiters", "limit", "let", "limited", "fair", "emitting",
          "undecided", "listening"}  # fmt: skip
_SETS = {"lanes", "doomed", "sweeps", "releasing"}
_S = TaskStatus


@dataclass
class State:
    """A picture of all keys; ``kinds[kind][name]`` is what the key ``kind:name`` holds."""

    kinds: dict[str, dict[str, Any]]
    runs: dict[str, Run] = field(default_factory=dict[str, Run])
    tasks: dict[str, dict[str, Task]] = field(default_factory=dict[str, dict[str, Task]])

    def raw(self, run: str, task: str) -> dict[str, str]:
        found: dict[str, str] = self.kinds["task"][f"{run}:{task}"]
        return found

    def members(self, kind: str, under: str = "") -> set[str]:
        """Members of all sorted sets of a kind whose names begin so."""
        found = self.kinds[kind].items()
        return {member for name, some in found if name.startswith(under) for member in some}

    def every(self) -> list[tuple[str, str, Task]]:
        return [
            (f"{run}/{t.id}", run, t) for run, some in self.tasks.items() for t in some.values()
        ]

    def needed(self, run: str, task: Task) -> list[Task]:
        """What it needs and has not got."""
        found = [self.tasks[run][need] for need in task.needs]
        enough = {_S.SUCCEEDED} if task.policy.strict else {_S.SUCCEEDED, _S.INVALID}
        return [one for one in found if one.status not in enough]


_Memory = dict[str, tuple[dict[str, str], Task]]


async def look(store: RedisStore, memory: _Memory) -> State:
    """All of it, in two round trips; what has not changed since the last look is taken from ``memory``."""
    prefix, redis = store.keys.prefix, store._redis
    names = sorted(text(key)[len(prefix) :] for key in await redis.keys("*"))
    wanted = [n for n in names if n.split(":")[0] in _HASHES | _LISTS | _ZSETS | _SETS]
    async with redis.pipeline(transaction=True) as pipe:
        for name in wanted:
            kind = name.split(":")[0]
            if kind in _HASHES:
                pipe.hgetall(prefix + name)
            elif kind in _LISTS:
                pipe.lrange(prefix + name, 0, -1)
            elif kind in _ZSETS:
                pipe.zrange(prefix + name, 0, -1, withscores=True)
            else:
                pipe.smembers(prefix + name)
        found = await pipe.execute()
    kinds: dict[str, dict[str, Any]] = defaultdict(dict)
    for name, value in zip(wanted, found, strict=True):
        kind, _, rest = name.partition(":")
        if kind in _HASHES:
            kinds[kind][rest] = text_map(value)
        elif kind in _ZSETS:
            kinds[kind][rest] = {text(member): score for member, score in value}
        else:
            kinds[kind][rest] = [text(one) for one in value]
    state = State(kinds)
    for run, head in kinds["run"].items():
        state.runs[run] = records.read_run(run, head)
        tasks = state.tasks[run] = {}
        for seq in range(int(head["calls"]) + 1):
            name = f"{run}:{seq}"
            raw = kinds["task"][name]
            if name not in memory or memory[name][0] != raw:
                memory[name] = raw, records.read_task(str(seq), raw, [])
            tasks[str(seq)] = memory[name][1]
    return state


def check(state: State) -> None:
    """Whatever has happened, this holds."""
    everything_has_its_place(state)
    waits_are_listed(state)
    limits_hold(state)
    turns_go_on(state)
    for run in state.runs:
        heads_tell(state, run)
        families_agree(state, run)
        waits_for_something(state, run)


def waits_are_listed(state: State) -> None:
    """Who waits for a person or an event is found without a look at all runs."""
    every = state.every()
    waiting = [(member, run, task) for member, run, task in every if task.status is _S.WAITING]
    people = {member for member, _, task in waiting if task.kind == "approve"}
    people |= {member for member, _, task in every if task.quarantined}
    assert state.members("undecided") == people
    events = {member for member, run, task in waiting if "waiters" in state.raw(run, task.id)}
    assert state.members("listening") == events


def everything_has_its_place(state: State) -> None:
    """A task that has not ended has an owner, or a reason to wait that will end; and nothing else."""
    ready, aside = state.members("ready"), state.members("limited")
    assert not ready & aside, "ready and put aside"
    every = state.every()
    by_status: dict[TaskStatus, set[str]] = defaultdict(set)
    for member, _, task in every:
        by_status[task.status].add(member)
    assert ready | aside == by_status[_S.QUEUED], "queued, and nowhere to be found (or not queued)"
    assert state.members("leases") == by_status[_S.RUNNING]
    timers = {member for member, _, task in every if task.status is _S.RETRYING or _due(task)}
    timers |= {f"^{run}" for run, head in state.runs.items() if _expires(state, run, head)}
    timers |= {f"!{member}" for member, run, task in every if _hurries(state, run, task)}
    delayed = state.members("delayed")
    assert {one for one in delayed if one[0] != "~"} == timers
    assert {one[1:] for one in delayed if one[0] == "~"} <= set(state.kinds["lanes"])
    listening = {m for m, _, task in every if task.kind == "event" and task.status is _S.WAITING}
    assert state.members("waiters") == listening
    shapes = [int(count) for some in state.kinds["shapes"].values() for count in some.values()]
    assert sum(shapes) == len(listening) and all(count > 0 for count in shapes)


def _due(task: Task) -> bool:
    if task.id == "0" or task.status is not _S.WAITING:
        return False
    assert task.kind != "sleep" or task.due is not None
    return task.due is not None


def _expires(state: State, run: str, head: Run) -> bool:
    return not head.status.final and state.tasks[run]["0"].policy.timeout_s is not None


def _hurries(state: State, run: str, task: Task) -> bool:
    raw = state.raw(run, task.id)
    return task.status is _S.QUEUED and raw["attempt"] == "0" and "start_ms" in raw


def limits_hold(state: State) -> None:
    """No more hold one than may, and nothing of a limit is left when nobody wants it."""
    holding: dict[str, set[str]] = defaultdict(set)
    wanted: dict[str, set[str]] = defaultdict(set)
    waiting: dict[str, set[str]] = defaultdict(set)
    at_once: dict[str, int] = {}
    for member, run, task in state.every():
        for name, most, _, _ in json.loads(state.raw(run, task.id).get("limits", "[]")):
            at_once[name] = most
            if task.status is _S.RUNNING:
                holding[name].add(member)
            elif task.status is _S.QUEUED and not task.held:
                wanted[name].add(member)
        if task.held:
            assert task.status is _S.QUEUED, "put aside, and not waiting to run"
            waiting[task.held].add(member)
    for name, members in holding.items():
        assert not at_once[name] or len(members) <= at_once[name], "a limit was exceeded"
    assert {name: set(some) for name, some in state.kinds["limit"].items()} == holding
    assert {name: state.members("limited", f"default:task:{name}") for name in waiting} == waiting
    assert set(state.kinds["limited"]) == {f"default:task:{name}" for name in waiting}
    assert set(state.kinds["lanes"]) == set(waiting)
    let = {name.rpartition(":")[2]: set(some) for name, some in state.kinds["let"].items()}
    assert let == wanted, "who is in the ready set counts on its limits, and nobody else does"
    for name, members in waiting.items():
        stuck = holding[name] or let.get(name) or f"~{name}" in state.members("delayed")
        assert stuck, f"{sorted(members)} wait for {name}, which is free"


def turns_go_on(state: State) -> None:
    newest = {name: float(turn) for name, turn in state.kinds["turns"].get("", {}).items()}
    for _, run, task in state.every():
        lane = f"default:{'body' if task.id == '0' else 'task'}:{task.policy.priority}"
        if task.status is _S.RUNNING:
            assert float(state.raw(run, task.id)["order"]) <= newest[lane]
    for name, keys in state.kinds["fair"].items():
        assert all(turn > newest.get(name, 0) for turn in keys.values())


def heads_tell(state: State, run: str) -> None:
    """A run's head says what its tasks are."""
    head, tasks = state.runs[run], state.tasks[run]
    body, calls = tasks["0"], [task for task in tasks.values() if task.id != "0"]
    expected = {RUN_OF_BODY[body.status]}
    if body.status in (_S.WAITING, _S.QUEUED) and body.started is not None:
        expected = {RunStatus.RUNNING, RunStatus.WAITING}
    assert head.status in expected, (run, head.status, body.status)
    assert head.tasks_done == sum(t.status.final and not t.quarantined for t in calls)
    raw = state.kinds["run"][run]
    if head.status.final:
        assert head.tasks_done == head.tasks_total, "it has ended, and something of it has not"
        return
    assert int(raw["waits"]) == sum(t.status is _S.WAITING or t.quarantined for t in calls)
    assert int(raw["kids"]) == sum(t.status is _S.WAITING and t.kind == "run" for t in calls)


def families_agree(state: State, run: str) -> None:
    """A call and the run that it made end together, and nothing outlives its caller."""
    head = state.runs[run]
    if not head.parent:
        return
    above, _, call = head.parent.rpartition("/")
    task = state.tasks[above][call]
    assert task.child == run and head.root == (state.runs[above].root or above)
    if head.status.final and not state.runs[above].status.final:
        assert task.status.value == head.status.value
    if not head.status.final:
        doomed = state.kinds["doomed"].get("", [])
        assert task.status is _S.WAITING or run in doomed, "its caller waits for it no more"


def waits_for_something(state: State, run: str) -> None:
    """Nobody waits for what never comes, or for what is there already."""
    tasks = state.tasks[run]
    for task in tasks.values():
        if task.id == "0" or task.kind != "task":
            continue
        missing = state.needed(run, task)
        never = [one.id for one in missing if one.status.final and not one.quarantined]
        if task.error is not None and task.error.type.startswith("Upstream"):
            assert never, f"{run}/{task.id} ended although what it needs may come"
        if task.status in (_S.BLOCKED, _S.QUEUED):
            assert bool(missing) == (task.status is _S.BLOCKED), (run, task.id)
        if task.status is _S.BLOCKED:
            assert not never, f"{run}/{task.id} waits for {never}, which never comes"
    if tasks["0"].status is _S.WAITING:
        open_ = [t for t in tasks.values() if t.id != "0" and (not t.status.final or t.quarantined)]
        assert open_, "a parked body waits for nothing"
