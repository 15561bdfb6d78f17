"""What the pictures show: a small team's Salt on an ordinary afternoon."""

from __future__ import annotations

import json

from tests.snapshot.fixed import NOW, FixedStore, described

from salt_core.ids import slot_run_id
from salt_core.model.agent import AgentInfo
from salt_core.model.log import Line
from salt_core.model.run import Run
from salt_core.model.schedule import Schedule
from salt_core.model.status import AttemptEnd, RunStatus, TaskStatus
from salt_core.model.task import Attempt, Failure, Policy, Task
from salt_core.model.workflow import Artifact, Version, Workflow

SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000

RUNNING = "01kf3n7qm2xk5c9d"
FAILED = "01kf3m1b8wz4n7ra"
DONE = "01kf3k9t5ehx2v6s"

KEY_ERROR = Failure(
    "KeyError",
    "'region'",
    "Traceback (most recent call last):\n"
    '  File "report/load.py", line 88, in load\n'
    '    by_region[row["region"]].append(row)\n'
    "              ~~~^^^^^^^^^^\n"
    "KeyError: 'region'\n",
)


def empty() -> FixedStore:
    """A fresh Salt: nothing in it but a host."""
    return FixedStore(leading="box-4711-a1b2")


def full() -> FixedStore:
    """Workflows, runs in every state, three agents, schedules."""
    store = FixedStore(leading="box-4711-a1b2")
    workflows = [
        ("crm-sync", "9c41f07ab2de", 12, ""),
        ("nightly", "3f2a9c1b77aa", 31, ""),
        ("seattle-weather", "a77e01c5d290", 3, ""),
        ("stocks", "5be2d84c0f13", 7, 'stocks/graph.py:12: NameError: name "pd" is not defined'),
        ("train-region-model", "d01c88e1f6b4", 2, ""),
    ]
    for name, live, versions, problem in workflows:
        source = f"/home/ada/flows/{name}"
        store.all_workflows.append(
            Workflow(name, live, versions, False, NOW - 3 * DAY, {}, source, problem)
        )
        store.all_versions[name] = _version(name, live)
    store.all_runs = _runs()
    store.all_tasks = {RUNNING: _running_tasks(), FAILED: _failed_tasks(), DONE: _done_tasks()}
    store.logs = _logs()
    store.results = {DONE: json.dumps({"wettest": "1996-12", "mm": 250.7, "days": 1461})}
    store.all_agents = _agents()
    store.queues = {"default": 3, "gpu": 1}
    store.all_schedules = _schedules()
    return store


def _version(name: str, live: str) -> Version:
    artifact = Artifact("pex", live + "0" * 52, 8_400_000, ">=3.11", "any", ())
    city = {"type": "string", "default": "Seattle"}
    year = {"type": "integer"}
    known = {
        "seattle-weather": ({"city": city, "year": year}, ["year"]),
        "nightly": ({"day": {"type": "string", "format": "date"}}, ["day"]),
    }
    properties, required = known.get(name, ({}, []))
    return Version(name, live, artifact, described(name, properties, required), NOW - 3 * DAY)


def _run(
    id_: str,
    workflow: str,
    status: str,
    ago: int,
    took: int | None,
    done: int,
    total: int,
    **more: object,
) -> Run:
    created = NOW - ago
    live = {
        "crm-sync": "9c41f07ab2de",
        "nightly": "3f2a9c1b77aa",
        "seattle-weather": "a77e01c5d290",
    }
    ended = RunStatus(status).final
    started = None if status == "queued" else created + 20
    return Run(
        id_,
        workflow,
        live.get(workflow, "5be2d84c0f13"),
        RunStatus(status),
        str(more.get("params", "{}")),
        str(more.get("trigger", "schedule")),
        created,
        started,
        created + 20 + took if ended and took is not None else None,
        total,
        done,
        more.get("error"),  # type: ignore[arg-type]
    )


def _runs() -> list[Run]:
    runs = [
        _run("01kf3nq0d7we1z8m", "stocks", "queued", 4 * SECOND, None, 0, 1, trigger="manual"),
        _run(
            RUNNING,
            "seattle-weather",
            "running",
            42 * SECOND,
            None,
            4,
            9,
            trigger="manual",
            params='{"year": 2015, "city": "Seattle"}',
        ),
        _run("01kf3n2h9c6t4y0p", "crm-sync", "waiting", 6 * MINUTE, None, 3, 5),
        _run(
            FAILED,
            "nightly",
            "failed",
            31 * MINUTE,
            101 * SECOND,
            3,
            5,
            error=KEY_ERROR,
            params='{"day": "2026-01-14"}',
        ),
        _run(DONE, "seattle-weather", "succeeded", 2 * HOUR, 8_420, 9, 9, trigger="demo"),
        _run(
            "01kf3h0v3j8q5m2x", "stocks", "cancelled", 5 * HOUR, 64 * SECOND, 2, 6, trigger="manual"
        ),
    ]
    for n in range(1, 25):
        status = "failed" if n in (5, 6, 17) else "succeeded"
        error = KEY_ERROR if status == "failed" else None
        workflow, schedule = ("crm-sync", "0a1b2c3d") if n % 3 else ("nightly", "11223344")
        due = NOW - n * 8 * HOUR
        id_ = slot_run_id(f"{workflow}.{schedule}", due)
        runs.append(_run(id_, workflow, status, NOW - due, n * 9_700, 5, 5, error=error))
    return runs


def _task(number: int, name: str, status: str, began: int | None, took: int | None) -> Task:
    created = NOW - 42 * SECOND
    started = None if began is None else created + began
    finished = None if started is None or took is None else started + took
    attempts: tuple[Attempt, ...] = ()
    if started is not None:
        end = AttemptEnd.SUCCEEDED if status == "succeeded" else TaskStatus.RUNNING
        attempts = (Attempt(1, "box-4712-k3d9", started, finished, end, "fork"),)
    return Task(
        str(number),
        name,
        TaskStatus(status),
        (),
        Policy(),
        created,
        started,
        finished,
        attempts,
    )


def _running_tasks() -> list[Task]:
    return [
        _task(0, "seattle-weather", "running", 20, None),
        _task(1, "load", "succeeded", 300, 1_840),
        _task(2, "by_month", "succeeded", 2_300, 12_400),
        _task(3, "by_month", "succeeded", 2_310, 9_020),
        _task(4, "by_month", "succeeded", 2_330, 17_680),
        _task(5, "by_month", "running", 14_800, None),
        _task(6, "by_month", "running", 20_100, None),
        _task(7, "by_month", "queued", None, None),
        _task(8, "wettest", "blocked", None, None),
    ]


def _failed_tasks() -> list[Task]:
    t0 = NOW - 31 * MINUTE
    tries = tuple(
        Attempt(
            n,
            f"worker-{n % 2 + 1}-880-zz0{n}",
            t0 + n * 20_000,
            t0 + n * 20_000 + 12_100,
            AttemptEnd.FAILED,
            "fork",
            KEY_ERROR,
        )
        for n in (1, 2, 3)
    )
    body = (
        Attempt(
            1, "worker-1-880-zz01", t0 + 20, t0 + 101_000, AttemptEnd.FAILED, "fork", KEY_ERROR
        ),
    )
    policy = Policy(retries=2)
    done = AttemptEnd.SUCCEEDED
    return [
        Task(
            "0",
            "nightly",
            TaskStatus.FAILED,
            (),
            Policy(),
            t0,
            t0 + 20,
            t0 + 101_000,
            body,
            KEY_ERROR,
        ),
        Task(
            "1",
            "extract",
            TaskStatus.SUCCEEDED,
            (),
            Policy(),
            t0,
            t0 + 100,
            t0 + 8_000,
            (Attempt(1, "worker-1-880-zz01", t0 + 100, t0 + 8_000, done, "fork"),),
        ),
        Task(
            "2",
            "clean",
            TaskStatus.SUCCEEDED,
            ("1",),
            Policy(),
            t0,
            t0 + 8_100,
            t0 + 14_000,
            (Attempt(1, "worker-2-880-zz02", t0 + 8_100, t0 + 14_000, done, "fork"),),
        ),
        Task(
            "3",
            "load",
            TaskStatus.FAILED,
            ("2",),
            policy,
            t0,
            t0 + 20_000,
            t0 + 72_100,
            tries,
            KEY_ERROR,
        ),
        Task(
            "4",
            "publish",
            TaskStatus.FAILED,
            ("3",),
            Policy(),
            t0,
            None,
            t0 + 72_100,
            (),
            Failure("UpstreamFailed", "load failed"),
        ),
    ]


def _done_tasks() -> list[Task]:
    names = ["seattle-weather", "load", *["by_month"] * 6, "wettest"]
    return [_task(n, name, "succeeded", 20 + n * 100, 800 + n * 10) for n, name in enumerate(names)]


def _logs() -> dict[tuple[str, str, int], list[Line]]:
    t0 = NOW - 42 * SECOND
    logs = {
        (RUNNING, "0", 1): [Line(t0 + 40, "o", "Seattle, 2015: 12 months")],
        (RUNNING, "1", 1): [
            Line(t0 + 400, "o", "reading seattle-weather.csv"),
            Line(t0 + 1_900, "o", "1461 rows, 6 columns"),
        ],
        (FAILED, "3", 3): [
            Line(NOW - 30 * MINUTE, "o", "loading 48,112 rows"),
            Line(NOW - 30 * MINUTE + 900, "e", "Traceback (most recent call last):"),
            Line(NOW - 30 * MINUTE + 901, "e", "KeyError: 'region'"),
        ],
    }
    for task in range(2, 7):
        begin = t0 + 2_300 + task * 10
        lines = [
            Line(begin + day * 310, "o", f"day {day:>2}: {day * 7 % 23 / 10:.1f} mm")
            for day in range(1, 29)
        ]
        lines[13] = Line(lines[13].at, "e", "UserWarning: 3 values are missing, taken as 0.0 mm")
        logs[(RUNNING, str(task), 1)] = lines
    return logs


def _agents() -> list[AgentInfo]:
    start = NOW - 3 * DAY
    return [
        AgentInfo(
            "box-4712-k3d9", "box", 4712, ("default",), 4, 2, 2, start, NOW - 900, version="0.1.0"
        ),
        AgentInfo(
            "worker-1-880-zz01",
            "worker-1",
            880,
            ("default", "bulk"),
            16,
            11,
            1,
            start,
            NOW - 2_100,
            labels=("ssd",),
            version="0.1.0",
        ),
        AgentInfo(
            "worker-2-880-zz02",
            "worker-2",
            880,
            ("gpu",),
            1,
            0,
            0,
            start + HOUR,
            NOW - 7_000,
            "draining",
            ("gpu", "a100"),
            "0.1.0",
        ),
        AgentInfo(
            "worker-3-912-p0q4",
            "worker-3",
            912,
            ("default",),
            8,
            0,
            0,
            start,
            NOW - 3 * MINUTE,
            version="0.1.0",
        ),
    ]


def _schedules() -> list[Schedule]:
    return [
        Schedule(
            "crm-sync.0a1b2c3d",
            "crm-sync",
            None,
            900,
            "UTC",
            "{}",
            NOW + 4 * MINUTE,
            NOW - 11 * MINUTE,
        ),
        Schedule(
            "nightly.11223344",
            "nightly",
            "0 2 * * *",
            None,
            "Europe/Rome",
            '{"day": "{{ due | date }}"}',
            NOW + 11 * HOUR,
            NOW - 13 * HOUR,
            "all",
        ),
        Schedule(
            "seattle-weather.99aabbcc",
            "seattle-weather",
            "30 6 * * 1",
            None,
            "America/Los_Angeles",
            '{"year": 2015}',
            NOW + 4 * DAY,
        ),
        Schedule(
            "stocks.deadbeef",
            "stocks",
            None,
            86_400,
            "UTC",
            "{}",
            NOW + 20 * HOUR,
            NOW - 4 * HOUR,
            paused=True,
        ),
    ]
