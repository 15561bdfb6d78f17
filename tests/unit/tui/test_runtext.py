"""Why something failed, in the order in which one wants to know it."""

from __future__ import annotations

from tests.snapshot import scenes
from tests.snapshot.fixed import NOW, FixedStore

from salt_core.model.status import AttemptEnd, TaskStatus
from salt_core.model.task import Attempt, Failure, Policy, Task
from salt_tui.readmodel import ReadModel
from salt_tui.runtext import about_error, about_value
from salt_tui.taskrows import RunTasks

SOURCES = f"/home/ada/.cache/salt/sources/{'0a' * 32}/"


def _model() -> ReadModel:
    store = FixedStore()
    return ReadModel(store.as_store(), store.as_blobs(), now=lambda: NOW)


def _task(*failures: Failure) -> Task:
    attempts = tuple(
        Attempt(n, "box-1-aaaa", NOW, NOW + 1_500, AttemptEnd.FAILED, "fork", failure)
        for n, failure in enumerate(failures, 1)
    )
    last = failures[-1]
    return Task("1", "load", TaskStatus.FAILED, (), Policy(), NOW, NOW, NOW, attempts, last)


def test_the_newest_try_comes_first() -> None:
    text = about_error(None, _task(Failure("A", "one"), Failure("B", "two")), _model())
    assert text.index("B: two") < text.index("try 2 on box-1-aaaa") < text.index("A: one")


def test_where_sources_were_unpacked_is_left_out() -> None:
    failure = Failure("E", "x", f'File "{SOURCES}hello/flow.py", line 17, in count\n')
    text = about_error(None, _task(failure), _model())
    assert 'File "…/hello/flow.py", line 17, in count' in text
    assert SOURCES not in text


async def test_a_task_that_did_not_fail_tells_why_the_run_did() -> None:
    store = scenes.full()
    model = ReadModel(store.as_store(), store.as_blobs(), now=lambda: NOW)
    tasks = RunTasks(model, scenes.FAILED)
    await tasks.load()
    assert "the run did" in about_error(tasks, tasks.tasks[1], model)
    assert about_error(tasks, tasks.tasks[4], model).startswith("UpstreamFailed: load failed")
    assert tasks.run is not None
    assert "It has none." in about_value(tasks.run, None)
