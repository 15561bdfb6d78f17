"""Changes are gathered; a run list stays in order whatever comes."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from tests.snapshot.fixed import NOW, FixedStore

from salt_core.cli.filtering import parse
from salt_core.model.deed import Deed
from salt_core.model.run import Run
from salt_core.model.schedule import Schedule
from salt_core.model.status import RunStatus, TaskStatus
from salt_core.model.task import Policy, Task
from salt_core.model.workflow import Workflow
from salt_tui.changes import Changes
from salt_tui.onerun.reading import RunReader
from salt_tui.readmodel import ReadModel
from salt_tui.runlist import RunList
from salt_tui.workflowlist import WorkflowList


def test_changes_are_gathered_by_what_they_are_about() -> None:
    changes = Changes()
    assert not changes
    for kind, key in [
        ("run", "r1"),
        ("run", "r1"),
        ("task", "r1/0"),
        ("task", "wf.x@20260101T000000Z/12"),
        ("task", "r1/3"),
        ("leader", "box"),
        ("something-new", "x"),
    ]:
        changes = changes.noting(kind, key)
    assert changes.runs == {"r1"}
    assert changes.tasks == {"r1": {"0", "3"}, "wf.x@20260101T000000Z": {"12"}}
    assert changes.agents
    assert not changes.workflows
    assert not changes.everything
    both = changes | Changes(tasks={"r1": frozenset({"9"})}, everything=True)
    assert both.tasks["r1"] == {"0", "3", "9"}
    assert both.everything


def _run(number: int, status: str = "succeeded") -> Run:
    return Run(
        f"r{number:05}", f"wf{number % 3}", "v", RunStatus(status), "{}", "manual",
        NOW - number * 1000, None, None, 1, 0,
    )  # fmt: skip


def _model(store: FixedStore) -> ReadModel:
    return ReadModel(store.as_store(), store.as_blobs(), now=lambda: NOW)


async def _complete(runs: RunList) -> list[str]:
    while not runs.complete:
        await runs.more()
    return [row.id for row in runs.rows]


async def test_all_runs_are_listed_and_those_in_sight_are_read() -> None:
    store = FixedStore(all_runs=[_run(n) for n in range(1, 501)], stretch=200)
    runs = RunList(_model(store), parse("", NOW))
    await runs.more()
    assert (len(runs.rows), runs.looked, runs.complete) == (200, 200, False)
    assert await _complete(runs) == [run.id for run in store.all_runs]
    assert store.read == []
    assert runs.rows[0].run is None
    assert await runs.want(-20, 30)
    assert not await runs.want(0, 30)
    assert [row.run is not None for row in runs.rows[:40]] == [True] * 31 + [False] * 9
    assert runs.rows[-1].id == "r00500"


async def test_a_filter_looks_at_all_runs() -> None:
    store = FixedStore(
        all_runs=[_run(n, "failed" if n == 480 else "succeeded") for n in range(500)], stretch=200
    )
    runs = RunList(_model(store), parse("failed", NOW))
    assert await _complete(runs) == ["r00480"]
    assert runs.looked == 500


async def test_runs_that_come_while_others_are_looked_at_move_nothing() -> None:
    store = FixedStore(all_runs=[_run(n) for n in range(10, 510)], stretch=200)
    runs = RunList(_model(store), parse("", NOW))
    await runs.more()
    for number in range(10):
        store.all_runs.append(_run(number))
        await runs.update([f"r{number:05}"])
    assert await _complete(runs) == [f"r{n:05}" for n in range(510)]
    assert [runs.at(f"r{n:05}") for n in (0, 9, 509)] == [0, 9, 509]


async def test_a_run_that_leaves_the_filter_leaves_the_list() -> None:
    store = FixedStore(all_runs=[_run(n, "running") for n in range(3)])
    runs = RunList(_model(store), parse("status:running", NOW))
    await _complete(runs)
    store.all_runs[1] = replace(store.all_runs[1], status=RunStatus.FAILED)
    await runs.update(["r00001"])
    assert [row.id for row in runs.rows] == ["r00000", "r00002"]


@pytest.mark.parametrize("text", ["", "status:succeeded"])
async def test_a_run_that_was_forgotten_goes(text: str) -> None:
    store = FixedStore(all_runs=[_run(n) for n in range(3)])
    runs = RunList(_model(store), parse(text, NOW))
    await _complete(runs)
    await runs.want(0, 2)
    del store.all_runs[1]
    await runs.update(["r00001"])
    assert [row.id for row in runs.rows] == ["r00000", "r00002"]


async def test_a_forgotten_run_out_of_sight_goes_when_it_comes_into_sight() -> None:
    store = FixedStore(all_runs=[_run(n) for n in range(100)])
    runs = RunList(_model(store), parse("", NOW))
    await _complete(runs)
    await runs.want(0, 9)
    del store.all_runs[50]
    await runs.update(["r00050"])
    assert len(runs.rows) == 100
    await runs.want(45, 55)
    assert len(runs.rows) == 99


async def test_called_runs_are_not_listed() -> None:
    store = FixedStore(all_runs=[_run(1)])
    runs = RunList(_model(store), parse("", NOW))
    await _complete(runs)
    store.all_runs.append(replace(_run(0), id="r00001.2", parent="r00001/2"))
    await runs.update(["r00001.2"])
    assert [row.id for row in runs.rows] == ["r00001"]


async def test_tasks_of_runs_out_of_sight_cost_nothing() -> None:
    store = FixedStore(all_runs=[_run(n) for n in range(1_000)])
    runs = RunList(_model(store), parse("", NOW))
    await _complete(runs)
    await runs.want(0, 50)
    store.read.clear()
    await runs.update([], [f"r{n:05}" for n in range(100, 1_000)])
    assert store.read == []
    await runs.update([], ["r00003", "r00500"])
    assert store.read == [1]


async def test_heads_are_kept_within_bounds() -> None:
    store = FixedStore(all_runs=[_run(n) for n in range(10_000)])
    runs = RunList(_model(store), parse("", NOW))
    await _complete(runs)
    for begin in range(0, 10_000, 200):
        await runs.want(begin, begin + 199)
        assert all(row.run is not None for row in runs.rows[begin : begin + 200])
    assert sum(row.run is not None for row in runs.rows) <= 3_000


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("text", ["", "status:running"])
async def test_any_order_of_changes_ends_in_the_stores_order(seed: int, text: str) -> None:
    chance = random.Random(seed)
    store = FixedStore(all_runs=[_run(n, "running") for n in range(100, 1_000)], stretch=90)
    runs = RunList(_model(store), parse(text, NOW))
    await runs.more()
    fresh = 100
    for _ in range(60):
        what = chance.random()
        if what < 0.2:
            await runs.more()
            continue
        ids = []
        for _ in range(chance.choice([1, 3, 500])):
            if what < 0.5 and fresh:
                fresh -= 1
                store.all_runs.append(_run(fresh, "running"))
                ids.append(f"r{fresh:05}")
            else:
                at = chance.randrange(len(store.all_runs))
                status = chance.choice(list(RunStatus))
                store.all_runs[at] = replace(store.all_runs[at], status=status)
                ids.append(store.all_runs[at].id)
        await runs.update(ids)
        await runs.want(0, 30)
        for row in runs.rows[:30]:
            assert row.run == next(run for run in store.all_runs if run.id == row.id)
    found = await _complete(runs)
    expected = sorted(
        (r for r in store.all_runs if not text or r.status == "running"), key=lambda r: -r.created
    )
    assert found == [run.id for run in expected]


def _workflows(count: int) -> list[Workflow]:
    return [Workflow(f"wf{n:03}", "v", 1, False, NOW) for n in range(count)]


async def test_of_many_workflows_the_last_runs_are_read_of_those_in_sight() -> None:
    store = FixedStore(all_workflows=_workflows(500), all_runs=[_run(n) for n in range(30)])
    workflows = WorkflowList(_model(store))
    await workflows.update(Changes(everything=True))
    assert len(workflows.rows) == 500
    assert store.recent == []
    await workflows.want(-5, 39)
    assert sum(map(len, store.recent)) == 40
    assert not await workflows.want(0, 39)
    assert workflows.rows[40].recent is None


async def test_what_came_while_nobody_looked_is_read_again() -> None:
    store = FixedStore(all_workflows=_workflows(2))
    workflows = WorkflowList(_model(store))
    await workflows.update(Changes(everything=True))
    await workflows.want(0, 1)
    store.all_runs.append(replace(_run(1), workflow="wf001"))
    await workflows.update(Changes(everything=True))
    assert await workflows.want(0, 1)
    assert [len(row.recent or ()) for row in workflows.rows] == [0, 1]


async def test_a_run_and_a_broken_build_change_one_line() -> None:
    store = FixedStore(all_workflows=_workflows(3))
    workflows = WorkflowList(_model(store))
    await workflows.update(Changes(everything=True))
    await workflows.want(0, 2)
    store.all_runs.append(replace(_run(1), workflow="wf001"))
    store.all_workflows[2] = replace(store.all_workflows[2], build_error="x")
    changes = Changes(runs=frozenset({"r00001"}), workflows=frozenset({"wf002"}))
    await workflows.update(changes)
    assert [len(row.recent or ()) for row in workflows.rows] == [0, 1, 0]
    assert workflows.broken == 1
    workflows.narrow("is:broken")
    assert [row.workflow.name for row in workflows.rows] == ["wf002"]
    workflows.narrow("WF00 1")
    assert [row.workflow.name for row in workflows.rows] == ["wf001"]
    del store.all_workflows[0]
    await workflows.update(Changes(workflows=frozenset({"wf000"})))
    assert workflows.total == 2


async def test_the_next_fire_is_that_of_the_earliest_schedule() -> None:
    store = FixedStore(all_workflows=_workflows(2))
    later = Schedule("wf001.a", "wf001", None, 60, "UTC", "{}", NOW + 5_000)
    store.all_schedules = [later, replace(later, id="wf001.b", next_due=NOW + 1_000)]
    workflows = WorkflowList(_model(store))
    await workflows.update(Changes(everything=True))
    assert [row.next_due for row in workflows.rows] == [None, NOW + 1_000]
    store.all_schedules[1] = replace(later, id="wf001.b", next_due=NOW + 9_000)
    await workflows.update(Changes(schedules=frozenset({"wf001.b"})))
    assert [row.next_due for row in workflows.rows] == [None, NOW + 5_000]


async def test_deeds_are_told_once_and_none_of_before() -> None:
    store = FixedStore()
    model = _model(store)
    await store.tell_deed(Deed("ada@box", "did this", "r"))
    assert await model.new_deeds() == []
    await store.tell_deed(Deed("bob@box", "did that", "r"))
    await store.tell_deed(Deed("bob@box", "and that", "r"))
    assert [deed.did for deed in await model.new_deeds()] == ["did that", "and that"]
    assert await model.new_deeds() == []


@pytest.mark.parametrize("seed", range(10))
async def test_any_order_of_task_changes_ends_in_the_stores_tasks(seed: int) -> None:
    chance = random.Random(seed)
    made = [
        Task(str(n), "t", TaskStatus.QUEUED, (), Policy(), NOW, None, None, ()) for n in range(400)
    ]
    store = FixedStore(all_runs=[_run(1, "running")], all_tasks={"r00001": made[:1]})
    reader = RunReader(_model(store), "r00001")
    await reader.load()
    there = store.all_tasks["r00001"]
    while len(there) < 400:
        dirty = set()
        for task in made[len(there) : len(there) + chance.choice([1, 30, 100])]:
            there.append(task)
            dirty.add(task.id)
        for _ in range(5):
            at = chance.randrange(len(there))
            there[at] = replace(there[at], status=chance.choice(list(TaskStatus)))
            dirty.add(there[at].id)
        await reader.update(dirty)
        assert list(reader.tree.tasks()) == there
