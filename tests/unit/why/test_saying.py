"""Why something is where it is: the words for each state, and some for every state."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest

from salt_core.model.agent import AgentInfo
from salt_core.model.check import CheckResult
from salt_core.model.run import Run
from salt_core.model.status import AttemptEnd, RunStatus, TaskStatus
from salt_core.model.task import Attempt, Failure, Limit, Policy, Task
from salt_core.why import Facts, explain
from salt_core.why.facts import is_open, most_telling

NOW = 1_768_485_731_000
AT = "2026-01-15 14:02:11Z"
ERROR = Failure("ValueError", "no luck")


def a_run(**more: Any) -> Run:
    values: dict[str, Any] = {"id": "r1", "workflow": "flow", "version": "v1", "params": "{}"}
    values |= {"status": RunStatus.RUNNING, "trigger": "manual", "created": NOW - 9_000}
    values |= {"started": NOW - 8_000, "finished": None, "tasks_total": 3, "tasks_done": 0}
    return Run(**{**values, **more})


def a_task(status: TaskStatus = TaskStatus.QUEUED, id: str = "3", **more: Any) -> Task:
    values: dict[str, Any] = {"id": id, "name": "load", "status": status, "needs": ()}
    values |= {"policy": Policy(), "created": NOW - 9_000, "started": None, "finished": None}
    return Task(**{**values, "attempts": (), **more})


def an_agent(id: str = "box-1", **more: Any) -> AgentInfo:
    values: dict[str, Any] = {"id": id, "host": "box", "pid": 1, "queues": ("default",)}
    values |= {"slots": 4, "busy": 0, "bodies": 0, "started": NOW, "seen": NOW}
    return AgentInfo(**{**values, **more})


def a_try(number: int = 1, status: AttemptEnd | TaskStatus = AttemptEnd.FAILED) -> Attempt:
    running = status is TaskStatus.RUNNING
    error = ERROR if status is AttemptEnd.FAILED else None
    return Attempt(number, "box-1", NOW, None if running else NOW, status, "fork", error)


def said(task: Task, **more: Any) -> str:
    values: dict[str, Any] = {"now": NOW, "run": a_run(), "task": task}
    return explain(Facts(**{**values, **more})).line


BODY = a_task(TaskStatus.RUNNING, "0", name="flow", attempts=(a_try(1, TaskStatus.RUNNING),))


@pytest.mark.parametrize(
    ("agents", "ready", "line"),
    [
        ((), 0, "Call 3 (load) is queued, and no agent that is up takes the queue 'default'."),
        (
            (an_agent(queues=("gpu",)),),
            5,
            "Call 3 (load) is queued, and no agent that is up takes the queue 'default'.",
        ),
        (
            (an_agent(state="draining"),),
            0,
            "Call 3 (load) is queued, and every agent of the queue 'default' is draining.",
        ),
        (
            (an_agent(busy=4), an_agent("box-2", busy=4)),
            1200,
            (
                "Call 3 (load) is queued in 'default' with 1,200 more, "
                "where all slots are busy (8 of 8)."
            ),
        ),
        (
            (an_agent(busy=3),),
            0,
            "Call 3 (load) is queued in 'default', where 1 of 4 slots are free.",
        ),
    ],
)
def test_queued(agents: tuple[AgentInfo, ...], ready: int, line: str) -> None:
    assert said(a_task(), agents=agents, ready=ready) == line


def test_a_lost_one_says_so() -> None:
    lost = a_task(attempts=(a_try(1, AttemptEnd.LOST),))
    assert said(lost, agents=(an_agent(),)).startswith(
        "Call 3 (load) was lost with agent box-1 and is queued again in 'default'"
    )


@pytest.mark.parametrize(
    ("limit", "holders", "end"),
    [
        (Limit("api", 2), ("r2/1", "r9/4"), "'api' (2 at once), held by r2/1, r9/4."),
        (Limit("api", 5), tuple(f"r/{n}" for n in range(5)), "held by r/0, r/1, r/2 and 2 more."),
        (Limit("api", rate=(50, 1.0)), (), "'api', which lets 50 start in 1 s."),
        (Limit("api", 2), (), "'api' (2 at once), which has room again: it is taken next."),
    ],
)
def test_a_limit(limit: Limit, holders: tuple[str, ...], end: str) -> None:
    line = said(a_task(held="api", policy=Policy(limits=(limit,))), holders=holders)
    assert line.startswith("Call 3 (load) is queued and waits for the limit 'api'")
    assert line.endswith(end)


def test_blocked() -> None:
    needs = (a_task(TaskStatus.RUNNING, "1"), a_task(TaskStatus.INVALID, "2", quarantined=True))
    line = said(a_task(TaskStatus.BLOCKED, "5", name="sum"), waits=needs, waits_count=2)
    assert line == (
        "Call 5 (sum) needs 2 calls that have not ended: 1 (load) is running, "
        "2 (load) is quarantined."
    )
    line = said(a_task(TaskStatus.BLOCKED))
    assert line == "Call 3 (load) is about to be queued: all that it needs has ended."


def test_running() -> None:
    running = a_task(
        TaskStatus.RUNNING,
        attempts=(a_try(1), a_try(2, TaskStatus.RUNNING)),
        policy=Policy(retries=3),
    )
    line = said(running, agents=(an_agent(),))
    assert line == f"Call 3 (load) runs on agent box-1 since {AT}, try 2 of 4."
    silent = said(running, agents=(an_agent(seen=NOW - 90_000),))
    assert silent.endswith(
        "which was not heard of for 1m 30s: when its lease is over, another takes it."
    )
    assert said(running).endswith("which is gone: when its lease is over, another takes it.")


def test_retrying() -> None:
    failed = a_task(TaskStatus.RETRYING, attempts=(a_try(),), error=ERROR)
    assert said(replace(failed, due=NOW)) == (
        f"Call 3 (load) is due to be tried again since {AT}, "
        "after try 1 failed with ValueError: no luck."
    )
    retrying = replace(failed, due=NOW + 65_000)
    assert said(retrying) == (
        "Call 3 (load) is tried again at 2026-01-15 14:03:16Z (in 1m 05s), "
        "after try 1 failed with ValueError: no luck."
    )


@pytest.mark.parametrize(
    ("task", "line"),
    [
        (
            {"kind": "sleep", "name": "sleep", "due": NOW + 60_000},
            "Call 3 (sleep) sleeps until 2026-01-15 14:03:11Z (1m 00s from now).",
        ),
        (
            {"kind": "event", "name": "paid", "where": '{"id": 7}'},
            "Call 3 (paid) waits for the event 'paid' where {\"id\": 7} (salt emit paid JSON).",
        ),
        (
            {
                "kind": "approve",
                "name": "go live",
                "message": "Is it\ngood?",
                "fields": '{"properties": {"n": {}, "m": {}}, "required": ["n"]}',
                "due": NOW + 60_000,
            },
            (
                "Call 3 (go live) waits for a person until 2026-01-15 14:03:11Z (1m 00s from now), "
                "who is asked 'Is it good?' (salt approve r1 'go live' n=… or salt reject r1 "
                "'go live')."
            ),
        ),
        (
            {"kind": "run", "name": "other", "child": "r1.3"},
            "Call 3 (other) waits for the run r1.3 of workflow 'other'.",
        ),
    ],
)
def test_waits(task: dict[str, Any], line: str) -> None:
    assert said(a_task(TaskStatus.WAITING, **task)) == line


def test_a_person_can_let_quarantined_data_go_on() -> None:
    checks = (
        CheckResult("not_empty", "quarantine", False, "0 rows"),
        CheckResult("fresh", "warn", False, "old"),
    )
    facts = Facts(NOW, a_run(), a_task(TaskStatus.INVALID, quarantined=True, checks=checks))
    reason = explain(facts)
    assert reason.line == (
        "Call 3 (load) is quarantined until a person decides: check not_empty (0 rows) did not pass."
    )
    assert reason.commands == ("salt approve r1 3", "salt reject r1 3")
    final = a_task(TaskStatus.INVALID, checks=checks, finished=NOW)
    assert said(final) == (
        f"Call 3 (load) is invalid at {AT}: check not_empty (0 rows) did not pass."
    )


def test_a_departed_run_says_both_sides_and_what_to_do() -> None:
    failure = Failure("Diverged", "The journal holds load (a.py:3), and the code asked for save.")
    body = a_task(TaskStatus.BLOCKED, "0", error=failure)
    reason = explain(Facts(NOW, a_run(status=RunStatus.WAITING), body))
    assert "The journal holds load (a.py:3), and the code asked for save;" in reason.line
    assert reason.commands == ("salt replay r1 --onto latest", "salt cancel r1")


def test_a_run_is_followed_down_to_what_keeps_it() -> None:
    child = a_run(id="r1.3", parent="r1/3", status=RunStatus.WAITING)
    sleep = a_task(TaskStatus.WAITING, "1", kind="sleep", name="sleep", due=NOW + 1_000)
    parked = a_task(TaskStatus.WAITING, "0", name="other")
    deepest = Facts(NOW, child, sleep)
    below = Facts(NOW, child, parked, waits=(sleep,), waits_count=1, beneath=deepest)
    call = a_task(TaskStatus.WAITING, kind="run", name="other", child="r1.3")
    middle = Facts(NOW, a_run(), call, beneath=below)
    top = Facts(NOW, a_run(), BODY, (an_agent(),), waits=(call,), waits_count=1, beneath=middle)
    assert explain(top).line == (
        f"Run r1 runs on agent box-1 since {AT}, and has 1 call that has not ended; "
        "call 3 (other) waits for the run r1.3 of workflow 'other'; "
        "run r1.3 waits without a process, and has 1 call that has not ended; call 1 (sleep) of run r1.3 sleeps until 2026-01-15 14:02:12Z (1.0 s from now)."
    )


@pytest.mark.parametrize(
    ("status", "more", "line"),
    [
        (TaskStatus.SUCCEEDED, {"finished": NOW}, f"Call 3 (load) succeeded at {AT}."),
        (
            TaskStatus.FAILED,
            {"finished": NOW, "attempts": (a_try(), a_try(2)), "error": ERROR},
            f"Call 3 (load) failed at {AT} on try 2 with ValueError: no luck.",
        ),
        (TaskStatus.CANCELLED, {"finished": NOW}, f"Call 3 (load) was cancelled at {AT}."),
        (
            TaskStatus.SUCCEEDED,
            {"kind": "loop", "name": "loop", "turn": 1200},
            "Call 3 (loop) is a rolling loop that has ended 1,200 turns.",
        ),
    ],
)
def test_what_has_ended(status: TaskStatus, more: dict[str, Any], line: str) -> None:
    assert said(a_task(status, **more)) == line


def test_a_task_whose_run_has_ended() -> None:
    line = said(a_task(), run=a_run(status=RunStatus.FAILED))
    assert line == "Call 3 (load) is queued, and about to be cancelled: its run failed."


def test_the_most_telling_call_is_what_a_person_can_move() -> None:
    blocked = a_task(TaskStatus.BLOCKED, "1")
    queued, running = a_task(TaskStatus.QUEUED, "2"), a_task(TaskStatus.RUNNING, "3")
    asked = a_task(TaskStatus.WAITING, "4", kind="approve")
    bad = a_task(TaskStatus.INVALID, "5", quarantined=True)
    done = a_task(TaskStatus.SUCCEEDED, "6")
    everything: tuple[Task, ...] = (done, blocked, queued, running, asked, bad)
    order = []
    while (found := most_telling(everything)) is not None:
        order.append(found.id)
        everything = tuple(one for one in everything if one is not found)
    assert order == ["5", "4", "3", "2", "1"]


def _any_task(chance: random.Random, id: str) -> Task:
    kinds = ["task", "sleep", "event", "approve", "run", "loop"]
    ends: list[AttemptEnd | TaskStatus] = [*AttemptEnd, TaskStatus.RUNNING]
    check = CheckResult("c", chance.choice(["fail", "warn", "quarantine"]), chance.random() < 0.5)
    return a_task(
        chance.choice(list(TaskStatus)),
        id,
        name=chance.choice(["load", "a b", "x\ny", "ü"]),
        kind=chance.choice(kinds),
        attempts=tuple(a_try(n + 1, chance.choice(ends)) for n in range(chance.randrange(3))),
        error=chance.choice([None, ERROR, Failure("E", ""), Failure("E", "two\nlines.")]),
        due=chance.choice([None, NOW - 5, NOW + 5_000, 10**17]),
        finished=chance.choice([None, NOW]),
        quarantined=chance.random() < 0.2,
        checks=(check,) * chance.randrange(2),
        child=chance.choice(["", "r1.3"]),
        message=chance.choice(["", "well?"]),
        fields=chance.choice(["", "{}", '{"properties": {"n": {}}}']),
        where=chance.choice(["", '{"a": 1}']),
        held=chance.choice(["", "api"]),
        turn=chance.randrange(3),
        policy=Policy(
            retries=chance.randrange(3),
            queue=chance.choice(["default", "gpu"]),
            limits=chance.choice([(), (Limit("api", 1),), (Limit("api", rate=(1, 2.0)),)]),
        ),
    )


def _any_facts(chance: random.Random, deep: int = 3) -> Facts:
    status = chance.choice(list(RunStatus))
    waits = tuple(_any_task(chance, str(n + 1)) for n in range(chance.randrange(5)))
    agent = an_agent(
        state=chance.choice(["up", "draining"]),
        busy=chance.randrange(6),
        seen=NOW - chance.choice([0, 70_000]),
    )
    return Facts(
        now=NOW,
        run=a_run(status=status, error=chance.choice([None, ERROR])),
        task=_any_task(chance, chance.choice(["0", "3"])),
        agents=(agent,) * chance.randrange(3),
        ready=chance.randrange(3),
        holders=("r2/1",) * chance.randrange(5),
        waits=waits,
        waits_count=len(waits) + chance.choice([0, 100]),
        beneath=_any_facts(chance, deep - 1) if deep and chance.random() < 0.5 else None,
    )


def test_every_state_has_one_line_and_it_says_something() -> None:
    chance = random.Random(7)
    seen: set[tuple[str, str, bool]] = set()
    for _ in range(1_000):
        facts = _any_facts(chance)
        line = explain(facts).line
        seen.add((facts.task.status, facts.task.kind, facts.task.id == "0"))
        assert line.startswith(("Call ", "Run ")) and line.endswith(".")
        assert "\n" not in line and "  " not in line and ".." not in line
        assert "unknown" not in line.lower() and "None" not in line
    assert len(seen) > 90, "the states were not all visited"


def test_what_is_open() -> None:
    assert is_open(a_task()) and is_open(a_task(TaskStatus.INVALID, quarantined=True))
    assert not is_open(a_task(TaskStatus.INVALID))
    assert replace(a_task(), status=TaskStatus.SUCCEEDED).status.final
