"""Waits, runs of other workflows and checks, with no service: what works, and what says it cannot."""

from __future__ import annotations

import io
import json
import os
import pty
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Dict, List, Optional

import pytest

import salt_sdk
from salt_sdk import (
    FIRST_COMPLETED,
    InvalidData,
    NoService,
    NotSendable,
    TaskFailed,
    approve,
    call,
    check,
    context,
    loop,
    now,
    random,
    record,
    sleep,
    task,
    wait,
    wait_event,
    workflow,
)
from salt_sdk._surroundings import Here
from salt_sdk._waits import fields_schema
from salt_sdk.testing import Reject, simulate


@task
def add(a: int, b: int = 1) -> int:
    return a + b


def body(function: Any) -> Any:
    return workflow(function)()


# ---- time -------------------------------------------------------------------------------------


def test_sleeping_here_really_sleeps(monkeypatch: pytest.MonkeyPatch) -> None:
    def naps() -> float:
        began = now()
        first = wait([sleep.submit("10s"), sleep.submit(0.05)], FIRST_COMPLETED)
        assert [future.seq for future in first.done] == [2]
        return (now() - began).total_seconds()

    # The other one lost the race, and is given up.
    monkeypatch.setattr(Here, "pause", pauses_shortly)
    began = datetime.now(timezone.utc)
    assert 0.05 <= float(body(naps)) < 5
    assert datetime.now(timezone.utc) - began >= timedelta(seconds=0.05)


def pauses_shortly(self: Here, seconds: float) -> None:
    assert seconds < 5, "never for so long"
    time.sleep(seconds)


def test_sleeping_outside_of_a_workflow_is_sleeping(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: List[float] = []
    times = iter(datetime(2026, 1, 1, second=n, tzinfo=timezone.utc) for n in (0, 0, 5))
    monkeypatch.setattr(Here, "now", lambda self: next(times))
    monkeypatch.setattr(Here, "pause", lambda self, seconds: slept.append(seconds))
    sleep(5)
    assert slept == [5]


@pytest.mark.parametrize("wrong", ["soon", -1, datetime(2026, 1, 1), None])
def test_times_that_are_none(wrong: Any) -> None:
    with pytest.raises((ValueError, TypeError)):
        body(lambda: sleep(wrong))


def test_a_moment_that_has_passed_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Here, "pause", lambda self, seconds: pytest.fail("it slept"))
    body(lambda: sleep(datetime(2020, 1, 1, tzinfo=timezone.utc)))


# ---- chance -----------------------------------------------------------------------------------


def test_chance_in_a_workflow_is_the_same_each_time() -> None:
    def draws() -> List[float]:
        return [random(), random()]

    assert body(draws) == body(draws)
    assert len(set(body(draws))) == 2
    assert 0 <= random() < 1


# ---- what needs a service ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        (lambda: wait_event("orders.created"), r"wait_event\('orders.created'\) needs a service"),
        (lambda: approve("publish"), "there is no terminal here"),
        (lambda: call("elsewhere", n=1), "no workflow of that name is in this process"),
    ],
)
def test_what_needs_a_service_says_so(ask: Any, says: str, monkeypatch: Any) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    with pytest.raises(NoService, match=says) as caught:
        body(ask)
    assert "simulate" in str(caught.value)


def test_waits_belong_into_workflow_functions() -> None:
    for ask in (lambda: wait_event("x"), lambda: approve("x"), lambda: call("x")):
        with pytest.raises(NoService, match="belongs into a workflow function"):
            ask()


def test_names_and_filters_are_checked_where_they_are_written() -> None:
    with pytest.raises(ValueError, match="printable"):
        body(lambda: wait_event(""))
    with pytest.raises(ValueError, match=r"wait_event\('x'\).*duration"):
        body(lambda: wait_event("x", timeout="soon"))
    with pytest.raises(NotSendable, match=r"where of wait_event\('x'\).*object"):
        body(lambda: wait_event("x", where={"a": object()}))
    with pytest.raises(TypeError, match="names and types"):
        body(lambda: approve("x", fields=int))


SCRIPT = """
from __future__ import annotations
from typing import Optional
from salt_sdk import Rejected, approve, wait_event, workflow

@workflow
def publish(events: bool = False) -> list:
    if events:
        wait_event("ready")
    try:
        answer = approve("publish", "Shall it?", fields={"copies": int, "note": Optional[str]})
    except Rejected as error:
        return ["no", str(error)]
    return [answer["copies"], answer["note"]]

if __name__ == "__main__":
    publish.cli()
"""


def script(tmp_path: Path, *arguments: str, typed: Optional[str] = None) -> Any:
    file = tmp_path / "graph.py"
    file.write_text(SCRIPT)
    ours, theirs = pty.openpty()
    try:
        if typed is not None:
            os.write(ours, typed.encode())
        return subprocess.run(
            [sys.executable, str(file), *arguments],
            env={"PYTHONPATH": str(Path(salt_sdk.__file__).parents[1]), "USER": "ann"},
            stdin=theirs if typed is not None else subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    finally:
        os.close(ours)
        os.close(theirs)


def test_an_approval_is_asked_at_the_terminal(tmp_path: Path) -> None:
    done = script(tmp_path, typed="yes\nmany\n\n3\n\n")
    assert "approve publish: Shall it?" in done.stderr
    assert "wants a whole number" in done.stderr, "and it is asked again"
    assert json.loads(done.stdout) == [3, None]
    done = script(tmp_path, typed="no\ntoo early\n")
    assert json.loads(done.stdout)[0] == "no"
    assert "too early" in json.loads(done.stdout)[1]


def test_a_single_file_says_in_one_line_what_needs_a_service(tmp_path: Path) -> None:
    for arguments, says in (((), "no terminal here"), (("events=true",), "events come from")):
        done = script(tmp_path, *arguments)
        assert done.returncode == 1
        assert done.stderr.startswith("error: ")
        assert says in done.stderr
        assert done.stderr.count("\n") == 1


# ---- approvals --------------------------------------------------------------------------------


def test_fields_of_an_approval_as_a_schema() -> None:
    @dataclass
    class Answer:
        """What is needed."""

        copies: int
        until: Optional[date] = None

    by_name = fields_schema({"copies": int, "until": Optional[date], "more": List[str]})
    assert by_name["type"] == "object"
    assert by_name["required"] == ["copies", "more"]
    assert by_name["properties"]["more"] == {"type": "array", "items": {"type": "string"}}
    of_class = fields_schema(Answer)
    assert (of_class["type"], of_class["required"]) == ("object", ["copies"])
    assert set(of_class["properties"]) == {"copies", "until"}

    def asks() -> List[Any]:
        answer = approve("go", fields=Answer)
        assert type(answer.fields) is Answer
        with pytest.raises(KeyError):
            answer["other"]
        return [answer["copies"], answer.fields.until, answer.get("other", "none")]

    with simulate(approvals={"go": {"copies": 2, "until": date(2026, 2, 1)}}):
        assert body(asks) == [2, "2026-02-01", "none"]


# ---- runs -------------------------------------------------------------------------------------


@workflow
def factorial(n: int) -> int:
    return 1 if n <= 1 else n * factorial.submit(n - 1).result()


@workflow
def about(n: int) -> List[Any]:
    if n < 0:
        raise ValueError("less than nothing")
    return [context().run, context().name, n]


def test_workflow_functions_call_each_other_as_runs() -> None:
    assert factorial(5) == 120
    assert about.submit(1).result() == ["local", "about", 1]

    def parent() -> List[Any]:
        first = add.submit(1)
        runs = about.map([first, 5], concurrency=1)
        return [*runs, about(7), call("about", n=add.submit(2))]

    assert body(parent) == [
        ["local.2", "about", 2],
        ["local.3", "about", 5],
        ["local", "parent", 7],
        ["local.5", "about", 3],
    ]


def test_a_run_that_fails_is_a_failed_call() -> None:
    def parent() -> str:
        failed = about.submit(-1)
        try:
            failed.result()
        except TaskFailed as error:
            return f"{error.task} {error.type} {error.message}"
        return ""

    assert body(parent) == "about ValueError less than nothing"
    with pytest.raises(TaskFailed, match="less than nothing"):
        body(lambda: about.submit(-1) and None)
    with pytest.raises(TypeError, match="missing a required argument: 'n'"):
        body(lambda: about.submit() and None)


# ---- checks -----------------------------------------------------------------------------------


@task
def rows(n: int) -> List[int]:
    return list(range(n))


@check(rows)
def not_empty(found: List[int]) -> None:
    assert found, "there must be some"


@check(rows, "quarantine")
def not_many_more(found: List[int], past: Any) -> None:
    record(rows=len(found))
    before = past.numbers("rows")
    assert not before or len(found) <= 2 * before[-1], f"{len(found)} after {before[-1]:g}"


@task
def size(found: List[int]) -> int:
    return len(found)


@task(strict=False)
def look(found: List[int]) -> int:
    return len(found)


def branches(n: int) -> Dict[str, Any]:
    made = rows.submit(n)
    strict, lax, other = size.submit(made), look.submit(made), size.lax.submit(made)
    try:
        return {"strict": strict.result()}
    except InvalidData as error:
        return {"type": error.type, "lax": [lax.result(), other.result()]}


def test_invalid_data_stops_the_strict_and_not_the_lax(capsys: pytest.CaptureFixture[str]) -> None:
    runs = workflow(branches)
    with simulate():
        assert runs(0) == {"type": "UpstreamInvalid", "lax": [0, 0]}
        assert runs(2) == {"strict": 2}
    assert "rows: check not_empty: there must be some" in capsys.readouterr().err

    def asks() -> List[Any]:
        try:
            rows(0)
        except InvalidData as error:
            return [error.value, error.type, error.message]
        return []

    with simulate():
        assert body(asks) == [[], "InvalidData", "not_empty: there must be some"]


def test_quarantined_data_waits_for_a_word() -> None:
    runs = workflow(branches)
    for approvals, told in (
        ({}, {"type": "UpstreamInvalid", "lax": [9, 9]}),
        ({"rows": Reject("no")}, {"type": "UpstreamInvalid", "lax": [9, 9]}),
        ({"rows": {}}, {"strict": 9}),
    ):
        with simulate(approvals=approvals):
            assert runs(3) == {"strict": 3}
            assert runs(9) == told, "more than twice as many as before"


def test_a_wait_that_lost_a_race_is_given_up() -> None:
    @workflow
    def impatient(turns: int) -> Dict[str, Any]:
        seen: List[str] = []
        for turn in (state := loop(0)):
            news, tick = wait_event.submit("news"), sleep.submit("1h")
            done, _ = wait([news, tick], FIRST_COMPLETED)
            seen.append("news" if done[0] is news else "tick")
            state.value += 1
            if turn == turns:
                break
        approve.submit("never")
        sleep.submit("30d")
        return {"turns": state.value, "hours": (now() - began()).total_seconds() / 3600}

    def began() -> datetime:
        return datetime(2026, 1, 1, tzinfo=timezone.utc)

    with simulate(start=began(), events=[("90m", "news", {})]) as world:
        assert impatient(3) == {"turns": 3, "hours": 2.5}
        assert (world.now - began()).total_seconds() == 9000
