"""Runs with all that a run can have: maps, loops, called runs, waits, checks, a good one to compare."""

from __future__ import annotations

import json
from dataclasses import replace

from tests.snapshot import scenes
from tests.snapshot.fixed import NOW, FixedStore

from salt_core.model.check import CheckResult
from salt_core.model.journal import Called, Done, Entry, Turned
from salt_core.model.log import Line
from salt_core.model.run import Run
from salt_core.model.status import AttemptEnd, RunStatus, TaskStatus
from salt_core.model.task import Attempt, Failure, Policy, Task

ZOO, CALLED, GOOD = "01kf3p0zoo0zoo00", "01kf3p0zoo0zoo00.27", "01kf2g0good0good"
T0 = NOW - 60_000
_LIMITED = Policy(retries=2)


def _task(seq: int, name: str, status: str, begin: int, took: int | None, **more: object) -> Task:
    """A call that began ``begin`` ms after the run and took so long."""
    started = None if status in ("blocked", "queued", "waiting") else T0 + begin
    finished = None if started is None or took is None else started + took
    state = TaskStatus(status)
    attempts: tuple[Attempt, ...] = ()
    if started is not None and more.get("kind", "task") == "task":
        end = AttemptEnd(status) if state.final else state
        attempts = (Attempt(1, "worker-1-880-zz01", started, finished, end, "fork"),)
    made = Task(
        str(seq), name, state, (), Policy(), T0 + max(begin - 300, 0), started, finished, attempts
    )
    return replace(made, **more)  # type: ignore[arg-type]


def _zoo() -> list[Task]:
    tasks = [_task(0, "zoo", "waiting", 0, None, started=T0 + 20)]
    tasks.append(_task(1, "extract", "succeeded", 300, 2_000, at="zoo/flow.py:10"))
    for seq in range(2, 14):
        status = "succeeded" if seq < 11 else "running" if seq < 13 else "queued"
        took = 3_000 + seq * 400 if seq < 11 else None
        tasks.append(_task(seq, "month", status, 2_500, took, at="zoo/flow.py:11", needs=("1",)))
    tasks[13] = replace(tasks[13], held="api:42")
    begin = 12_000
    for turn in range(4):
        for name, line in (("score", 13), ("refine", 14), ("fit", 15)):
            seq = len(tasks)
            needs = (str(seq - 1),) if name != "score" else ()
            tasks.append(
                _task(seq, name, "succeeded", begin, 900, at=f"zoo/flow.py:{line}", needs=needs)
            )
            begin += 1_000 + turn * 100
    low = CheckResult("enough_rows", "quarantine", False, "3 rows, 100 wanted", {"rows": 3})
    good = CheckResult("no_gaps", "fail", True)
    tasks.append(
        _task(
            26,
            "collect",
            "invalid",
            begin,
            1_200,
            at="zoo/flow.py:17",
            checks=(low, good),
            quarantined=True,
        )
    )
    tasks.append(
        _task(27, "helper", "waiting", begin, None, kind="run", child=CALLED, at="zoo/flow.py:18")
    )
    failure = Failure("Timeout", "the API did not answer in 30 s")
    tries = tuple(
        Attempt(
            n, "worker-2-880-zz02", T0 + at, T0 + at + 9_000, AttemptEnd.FAILED, "fork", failure
        )
        for n, at in ((1, begin), (2, begin + 14_000))
    )
    tasks.append(
        _task(
            28,
            "upload",
            "retrying",
            begin,
            None,
            at="zoo/flow.py:19",
            policy=_LIMITED,
            attempts=tries,
            error=failure,
            due=NOW + 21_000,
        )
    )
    tasks.append(
        _task(
            29,
            "release",
            "waiting",
            begin + 3_000,
            None,
            kind="approve",
            message="Publish the zoo?",
            due=NOW + 3_600_000,
            at="zoo/flow.py:20",
        )
    )
    tasks.append(
        _task(30, "publish", "blocked", begin, None, needs=("26", "28"), at="zoo/flow.py:21")
    )
    return tasks


def _journal() -> list[Entry]:
    return [
        Called(1, "extract", at="zoo/flow.py:10"),
        Done(1, TaskStatus.SUCCEEDED, '["lion","ape"]', ms=T0 + 2_300),
        Called(2, "month", at="zoo/flow.py:11"),
        Done(2, TaskStatus.FAILED, error=Failure("KeyError", "'ape'"), ms=T0 + 4_000),
        Called(3, "loop", "loop", "zoo/flow.py:12"),
        Turned(3, 6, 1_200, '{"best":0.71}'),
        Called(7, "release", "approve", "zoo/flow.py:20"),
    ]


def zoo() -> FixedStore:
    """The usual scene with a run of everything, and a good run before the one that failed."""
    store = scenes.full()
    tasks = _zoo()
    done = sum(one.status.final for one in tasks)
    head = Run(
        ZOO, "zoo", "77aa11bb22cc", RunStatus.WAITING, '{"animals": 12}', "manual", T0, T0 + 20,
        None, len(tasks) - 1, done,
    )  # fmt: skip
    called = replace(
        head, id=CALLED, workflow="helper", status=RunStatus.RUNNING, params="{}",
        parent=f"{ZOO}/27", root=ZOO, tasks_total=3, tasks_done=2,
    )  # fmt: skip
    store.all_runs += [head, called]
    store.all_tasks[ZOO] = tasks
    store.all_tasks[CALLED] = [
        _task(0, "helper", "running", 30_000, None),
        _task(1, "count", "succeeded", 30_100, 800, at="zoo/flow.py:30"),
        _task(2, "weigh", "succeeded", 31_000, 900, at="zoo/flow.py:31"),
        _task(3, "weigh", "running", 31_000, None, at="zoo/flow.py:31"),
    ]
    store.journals[ZOO] = _journal()
    store.logs |= {
        (ZOO, str(seq), 1): [
            Line(T0 + 2_600 + seq * 20 + n, "e" if n % 9 == 4 else "o", _said(seq, n))
            for n in range(30)
        ]
        for seq in range(2, 11)
    }
    store.inputs[ZOO, "28"] = '{"args":["zoo.parquet"],"kwargs":{"retry":true}}'
    store.task_values[ZOO, "1"] = json.dumps(["lion", "ape"])
    _good(store)
    return store


def _said(seq: int, line: int) -> str:
    match line % 9:
        case 4:
            return f"WARNING slow page {line} of month {seq - 1}: 4.1 s"
        case 7:
            return f"DEBUG cache miss for month-{seq - 1}-{line}"
        case _ if seq == 7 and line == 29:
            return (
                "ERROR the sensor of the reptile house sent nothing, taken as 0 "
                + "and so on " * 20
            )
        case _:
            return f"page {line} of month {seq - 1}"


def _good(store: FixedStore) -> None:
    failed = next(one for one in store.all_runs if one.id == scenes.FAILED)
    head = replace(
        failed,
        id=GOOD,
        version="1b2c3d4e5f60",
        status=RunStatus.SUCCEEDED,
        created=failed.created - scenes.HOUR,
        error=None,
        params='{"day": "2026-01-13"}',
    )
    store.all_runs.append(head)
    store.all_tasks[GOOD] = [
        replace(one, status=TaskStatus.SUCCEEDED, error=None, attempts=one.attempts[:1])
        for one in store.all_tasks[scenes.FAILED][:4]
    ]
    store.inputs[scenes.FAILED, "3"] = '{"args":[{"$ref":2}],"kwargs":{"columns":["id","region"]}}'
    store.inputs[GOOD, "3"] = '{"args":[{"$ref":2}],"kwargs":{"columns":["id"]}}'
