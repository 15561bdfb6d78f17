"""Changes are gathered; a run list stays in order whatever comes."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from tests.snapshot.fixed import NOW, FixedStore

from salt_core.model.run import Run
from salt_core.model.status import RunStatus, TaskStatus
from salt_core.model.task import Policy, Task
from salt_tui.changes import Changes
from salt_tui.filters import parse
from salt_tui.readmodel import ReadModel
from salt_tui.runlist import PAGE, RunList
from salt_tui.taskrows import RunTasks


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


async def test_pages_are_read_when_they_are_wanted() -> None:
    store = FixedStore(all_runs=[_run(n) for n in range(1, 501)])
    runs = RunList(_model(store), parse("", NOW))
    await runs.more()
    assert (len(runs.rows), runs.complete) == (PAGE, False)
    await runs.more()
    await runs.more()
    assert (len(runs.rows), runs.complete) == (500, True)
    assert [run.id for run in runs.rows] == [run.id for run in store.all_runs]


async def test_a_filter_by_words_looks_at_all_runs() -> None:
    store = FixedStore(
        all_runs=[_run(n, "failed" if n == 480 else "succeeded") for n in range(500)]
    )
    runs = RunList(_model(store), parse("failed", NOW))
    await runs.more()
    assert [run.id for run in runs.rows] == ["r00480"]
    assert (runs.read, runs.complete) == (500, True)


async def test_runs_that_come_while_pages_are_read_move_nothing() -> None:
    store = FixedStore(all_runs=[_run(n) for n in range(10, 510)])
    runs = RunList(_model(store), parse("", NOW))
    await runs.more()
    for number in range(10):
        store.all_runs.append(_run(number))
        await runs.update([f"r{number:05}"])
    while not runs.complete:
        await runs.more()
    assert [run.id for run in runs.rows] == [f"r{n:05}" for n in range(510)]


async def test_a_run_that_leaves_the_filter_leaves_the_list() -> None:
    store = FixedStore(all_runs=[_run(n, "running") for n in range(3)])
    runs = RunList(_model(store), parse("status:running", NOW))
    await runs.more()
    store.all_runs[1] = replace(store.all_runs[1], status=RunStatus.FAILED)
    await runs.update(["r00001"])
    assert [run.id for run in runs.rows] == ["r00000", "r00002"]


async def test_a_run_that_was_forgotten_goes() -> None:
    store = FixedStore(all_runs=[_run(n) for n in range(3)])
    runs = RunList(_model(store), parse("", NOW))
    await runs.more()
    del store.all_runs[1]
    await runs.update(["r00001"])
    assert [run.id for run in runs.rows] == ["r00000", "r00002"]


@pytest.mark.parametrize("seed", range(20))
async def test_any_order_of_changes_ends_in_the_stores_order(seed: int) -> None:
    chance = random.Random(seed)
    store = FixedStore(all_runs=[_run(n, "running") for n in range(100, 1_000)])
    runs = RunList(_model(store), parse("status:running", NOW))
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
    while not runs.complete:
        await runs.more()
    expected = sorted(
        (r for r in store.all_runs if r.status == "running"), key=lambda r: -r.created
    )
    assert [run.id for run in runs.rows] == [run.id for run in expected]


@pytest.mark.parametrize("seed", range(10))
async def test_any_order_of_task_changes_ends_in_the_stores_tasks(seed: int) -> None:
    chance = random.Random(seed)
    made = [
        Task(str(n), "t", TaskStatus.QUEUED, (), Policy(), NOW, None, None, ()) for n in range(400)
    ]
    store = FixedStore(all_runs=[_run(1, "running")], all_tasks={"r00001": made[:1]})
    tasks = RunTasks(_model(store), "r00001")
    await tasks.load()
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
        await tasks.update(dirty)
        assert tasks.tasks == there
