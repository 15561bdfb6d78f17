"""``salt_sdk.testing``: time that skips, tasks replaced by values, events and answers given."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Any, List, Optional

import pytest

from salt_sdk import (
    FIRST_COMPLETED,
    NoService,
    Rejected,
    TaskFailed,
    TimedOut,
    approve,
    call,
    context,
    gather,
    now,
    sleep,
    task,
    wait,
    wait_event,
    workflow,
)
from salt_sdk.testing import Called, Reject, run_schedule, simulate

START = datetime(2026, 1, 1, tzinfo=timezone.utc)
HOUR = timedelta(hours=1)


@task
def extract(day: date) -> List[str]:
    raise AssertionError("the real one")


@task
def count(file: str) -> int:
    return len(file)


@workflow
def nightly(day: date) -> int:
    return sum(count.map(extract(day)))


# ---- replacing --------------------------------------------------------------------------------


def test_tasks_are_replaced_by_values_functions_and_exceptions() -> None:
    day = date(2026, 1, 1)
    with simulate(replace={extract: ["a", "bcd"]}) as sim:
        assert nightly(day) == 4
    assert sim.calls[0] == Called("extract", (day,), {}, START)
    assert [called.args for called in sim.calls_of(count)] == [("a",), ("bcd",)]
    with simulate(replace={extract: lambda day: [day.isoformat()], "count": 7}):
        assert nightly(day) == 7
    with (
        simulate(replace={extract: OSError("no network")}),
        pytest.raises(TaskFailed, match="OSError: no network"),
    ):
        nightly(day)
    with pytest.raises(TaskFailed, match="the real one"):
        nightly(day)


def test_what_a_replacement_gives_goes_through_json_too() -> None:
    with (
        simulate(replace={extract: [object()]}),
        pytest.raises(TaskFailed, match=r"result of extract\[0\].*object"),
    ):
        nightly(date(2026, 1, 1))


def test_pauses_between_attempts_skip() -> None:
    tries: List[datetime] = []

    @task(retries=3, backoff="1h", backoff_max="10h")
    def flaky() -> str:
        tries.append(now())
        if context().attempt < 4:
            raise OSError
        return "done"

    began = time.monotonic()
    with simulate() as sim:
        assert workflow(lambda_body(flaky))() == "done"
    assert [one - START for one in tries] == [0 * HOUR, 1 * HOUR, 3 * HOUR, 7 * HOUR]
    assert len(sim.calls) == 1, "attempts are of one call"
    assert time.monotonic() - began < 5


def lambda_body(function: Any) -> Any:
    def body() -> Any:
        return function()

    return body


# ---- time -------------------------------------------------------------------------------------


def test_sleeping_takes_no_time_and_moves_the_clock() -> None:
    @workflow
    def slow() -> List[datetime]:
        seen = [now()]
        sleep("30d")
        seen.append(now())
        sleep(timedelta(hours=2))
        sleep(datetime(2026, 3, 1, tzinfo=timezone.utc))
        return [*seen, now()]

    with simulate() as sim:
        assert slow() == [
            START,
            START + timedelta(days=30),
            datetime(2026, 3, 1, tzinfo=timezone.utc),
        ]
    assert sim.now == datetime(2026, 3, 1, tzinfo=timezone.utc)


def test_waits_end_in_the_order_of_their_times() -> None:
    @workflow
    def race() -> List[int]:
        timers = [sleep.submit(f"{hours}h") for hours in (3, 1, 2)]
        first = wait(timers, FIRST_COMPLETED)
        gather(timers)
        return [first.done[0].seq, *(future.seq for future in wait(timers).done)]

    with simulate() as sim:
        assert race() == [2, 2, 3, 1]
    assert sim.now == START + 3 * HOUR


def test_a_task_that_needs_a_wait_runs_when_it_has_ended() -> None:
    when: List[datetime] = []

    @task
    def after(approval: Any, event: Any) -> Any:
        when.append(now())
        return [approval["by"], event]

    @workflow
    def waits() -> Any:
        later = after.submit(approve.submit("go"), wait_event.submit("ready"))
        assert repr(later).endswith("pending>")
        sleep("1h")
        return later.result()

    with simulate(events=[("3h", "ready", {"n": 1})], approvals={"go": {}}):
        assert waits() == ["simulate", {"n": 1}]
    assert when == [START + 3 * HOUR]


# ---- events -----------------------------------------------------------------------------------


def test_events_come_at_their_time_to_those_who_wait() -> None:
    @dataclass
    class Payment:
        order: str
        at: datetime

    @workflow
    def paid(order: str) -> Any:
        payment = wait_event("paid", where={"order": order}, returns=Payment)
        assert type(payment) is Payment
        return [payment.order, now()]

    events: List[Any] = [
        ("2h", "paid", {"order": "b", "at": "2026-01-01T00:00:00Z"}),
        (HOUR, "paid", {"order": "a", "at": "2026-01-01T00:00:00Z"}),
        ("1h", "other", {"order": "b"}),
    ]
    with simulate(events=events):
        assert paid("b") == ["b", "2026-01-01T02:00:00+00:00"]


def test_an_event_before_the_wait_is_not_seen() -> None:
    @workflow
    def late() -> str:
        sleep("2h")
        try:
            wait_event("ready", timeout="10m")
        except TimedOut as error:
            return f"{error.task} {error.type} {error.message}"
        return "it came"

    with simulate(events=[("1h", "ready", None)]) as sim:
        assert late() == "ready TimedOut Nothing came within 600 s."
    assert sim.now == START + timedelta(hours=2, minutes=10)
    with simulate(events=[("2h", "ready", None)]):
        assert late() == "it came"


def test_a_wait_that_nothing_ends_says_what_to_give() -> None:
    @workflow
    def stuck() -> None:
        approve.submit("publish")
        wait_event("ready", where={"n": 1})

    with simulate(events=[(0, "ready", {"n": 2})]), pytest.raises(NoService) as caught:
        stuck()
    assert "for an approval of 'publish'" in str(caught.value)
    assert """for event 'ready' with {"n":1}""" in str(caught.value)


# ---- approvals --------------------------------------------------------------------------------


@workflow
def publish() -> Any:
    try:
        approval = approve(
            "publish", "Shall it?", fields={"copies": int, "note": Optional[str]}, timeout="1d"
        )
    except Rejected as error:
        return error.message
    except TimedOut:
        return "nobody"
    assert approval
    return [approval["copies"], approval.get("note"), approval.by, approval.at == now()]


def test_approvals_are_answered() -> None:
    with simulate(approvals={"publish": {"copies": 3}}):
        assert publish() == [3, None, "simulate", True]
    with simulate(approvals={"publish": Reject("too early")}):
        assert publish() == "simulate: too early"
    with simulate() as sim:
        assert publish() == "nobody"
    assert sim.now == START + timedelta(days=1)


def test_an_answer_that_does_not_fit_says_so() -> None:
    with (
        simulate(approvals={"publish": {"copies": "many"}}),
        pytest.raises(ValueError, match="result of publish: wants a whole number"),
    ):
        publish()


# ---- runs -------------------------------------------------------------------------------------


@workflow
def child(hours: int) -> str:
    sleep(hours * 3600)
    return f"{context().run} {now().hour}"


def test_child_runs_go_on_side_by_side() -> None:
    @workflow
    def parent() -> List[str]:
        early = sleep.submit("90m")
        futures = child.map_submit([2, 1, 3])
        order = [wait([*futures, early], FIRST_COMPLETED).done[0].seq]
        return [*gather(futures), str(order)]

    with simulate() as sim:
        assert parent() == ["local.2 2", "local.3 1", "local.4 3", "[3]"]
    assert sim.now == START + 3 * HOUR
    assert [called.kwargs for called in sim.calls] == [{"hours": 2}, {"hours": 1}, {"hours": 3}]


def test_a_bound_holds_back_child_runs() -> None:
    @workflow
    def parent() -> List[str]:
        return child.map([2, 1, 3, 1], concurrency=2)

    with simulate() as sim:
        # 0-2, 0-1, 1-4, 2-3
        assert parent() == ["local.1 2", "local.2 1", "local.3 4", "local.4 3"]
    assert sim.now == START + 4 * HOUR


def test_runs_of_other_workflows_are_replaced_by_name() -> None:
    @workflow
    def parent() -> Any:
        return call("elsewhere", n=count.submit("abc"), returns=int) + 1

    with simulate(replace={"elsewhere": lambda n: n * 10}) as sim:
        assert parent() == 31
    assert sim.calls[-1] == Called("elsewhere", (), {"n": 3}, START)
    with simulate(), pytest.raises(NoService, match="no workflow of that name"):
        parent()


def test_what_is_abandoned_ends() -> None:
    ended: List[str] = []

    @workflow
    def waits() -> None:
        try:
            sleep("10d")
        finally:
            ended.append("it")

    @workflow
    def gives_up() -> None:
        waits.submit()
        raise RuntimeError("given up")

    with simulate(), pytest.raises(RuntimeError, match="given up"):
        gives_up()
    assert ended == ["it"]


# ---- schedules --------------------------------------------------------------------------------


@workflow
def report(day: date) -> str:
    sleep("5m")
    return day.isoformat()


def test_a_schedule_of_thirty_days_takes_no_time() -> None:
    began = time.monotonic()
    found = run_schedule(
        report,
        cron="0 2 * * *",
        start=START,
        until=START + timedelta(days=30),
        params=lambda due: {"day": due.date()},
    )
    assert time.monotonic() - began < 1
    assert len(found) == 30
    assert found[0] == (START + 2 * HOUR, "2026-01-01")
    assert found[-1][1] == "2026-01-30"


def test_an_interval_inside_of_a_simulation() -> None:
    @workflow
    def tick(n: int) -> str:
        return f"{n} {now().isoformat()}"

    with simulate(start="1d") as sim:
        found = run_schedule(tick, every="6h", until="1d", params={"n": 1})
        assert sim.now == START + timedelta(days=2)
    assert [due - START for due, _ in found] == [n * HOUR for n in (30, 36, 42, 48)]
    assert found[0][1] == "1 2026-01-02T06:00:00+00:00"


def test_a_schedule_needs_one_kind_of_slots() -> None:
    with pytest.raises(ValueError, match="either every= or cron="):
        run_schedule(report, until="1d")
    with pytest.raises(ValueError, match="either every= or cron="):
        run_schedule(report, every="1h", cron="* * * * *", until="1d")
    with pytest.raises(ValueError, match="five fields"):
        run_schedule(report, cron="* *", until="1d")
    with pytest.raises(ValueError, match="above zero"):
        run_schedule(report, every=0, until="1d")
    with pytest.raises(ValueError, match="not a time zone"):
        run_schedule(report, cron="* * * * *", timezone="Mars/Base", until="1d")


def test_moments_need_a_time_zone() -> None:
    with pytest.raises(ValueError, match="aware"):
        simulate(start=datetime(2026, 1, 1))
    assert simulate(start=date(2026, 2, 1)).now == datetime(2026, 2, 1, tzinfo=timezone.utc)
