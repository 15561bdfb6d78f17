"""Tasks and workflows with no service: calls, futures, maps, retries, and what a call may know."""

from __future__ import annotations

import subprocess
import sys
import threading
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Dict, List, Optional

import pytest

import salt_sdk
from salt_sdk import (
    FIRST_COMPLETED,
    FIRST_FAILED,
    BadInput,
    Fatal,
    Future,
    NotSendable,
    TaskFailed,
    as_completed,
    context,
    gather,
    now,
    task,
    wait,
    workflow,
)
from salt_sdk._surroundings import Here


@pytest.fixture(autouse=True)
def slept(monkeypatch: pytest.MonkeyPatch) -> List[float]:
    """Seconds that the local engine would have slept."""
    spans: List[float] = []
    monkeypatch.setattr(Here, "pause", lambda self, seconds: spans.append(seconds))
    return spans


@dataclass
class Order:
    day: date
    items: List[int]


@task
def add(a: int, b: int = 1) -> int:
    return a + b


@task
def plan(day: date, items: List[int]) -> Order:
    return Order(day, items)


@task
def fail(message: str) -> None:
    raise ValueError(message)


@task
def total(*numbers: int, **more: int) -> int:
    return sum(numbers) + sum(more.values())


def body(function: Any) -> Any:
    """Run ``function`` as a workflow."""
    return workflow(function)()


# ---- outside of a workflow --------------------------------------------------------------------


def test_outside_of_a_workflow_a_task_is_a_plain_function() -> None:
    day = object()
    order = plan(day, [1])  # type: ignore[arg-type]
    assert order.day is day, "nothing is written as JSON"
    with pytest.raises(ValueError, match="^no$"):
        fail("no")


def test_outside_of_a_workflow_futures_and_maps_work_at_once() -> None:
    assert add.submit(1, 2).result() == 3
    assert add.submit(add.submit(1), add.submit(2)).result() == 5
    assert add.map([1, 2], [3, 4]) == [4, 6]
    future = fail.submit("no")
    assert isinstance(future.exception(), ValueError)
    with pytest.raises(ValueError, match="no"):
        future.result()


def test_outside_of_a_workflow_futures_are_found_inside_values() -> None:
    made = plan.submit(date(2026, 1, 1), [1])
    nested = total.fn
    assert nested(add.submit(1).result()) == 2

    @task
    def look(value: Any) -> Any:
        return value

    assert look({"a": [made, (made,)]}) == {"a": [made.result(), (made.result(),)]}
    assert look.submit(Order(date(2026, 1, 1), [add.submit(1)])).result().items == [2]  # type: ignore[list-item]
    untouched: List[Any] = [1, [2]]
    assert look(untouched) is untouched


def test_declared_functions_keep_name_and_documentation() -> None:
    @task(name="other")
    def documented() -> None:
        """It says."""

    assert (documented.name, documented.doc, documented.__doc__) == (
        "other",
        "It says.",
        "It says.",
    )
    assert getattr(documented, "__name__", "") == "documented"
    assert documented.line > 1
    assert documented.file.endswith("test_workflows.py")
    assert repr(documented) == "<task other>"


# ---- in a workflow ----------------------------------------------------------------------------


def test_a_workflow_runs_here_and_its_values_go_through_json() -> None:
    @workflow
    def nightly(day: date, items: List[int]) -> Order:
        assert type(day) is date
        return plan(day, items)

    order = nightly(date(2026, 1, 1), [1, 2])
    assert order == Order(date(2026, 1, 1), [1, 2])


def test_what_works_here_works_deployed_values_lose_what_json_cannot_hold() -> None:
    @task
    def untyped(order):  # type: ignore[no-untyped-def]
        return order

    def nightly() -> Any:
        return untyped(Order(date(2026, 1, 1), [1]))

    assert body(nightly) == {"day": "2026-01-01", "items": [1]}


def test_arguments_that_do_not_bind_fail_where_they_are_written() -> None:
    def nightly() -> None:
        add.submit()

    with pytest.raises(TypeError, match="add: missing a required argument: 'a'"):
        body(nightly)


def test_values_that_cannot_be_sent_say_where_and_to_whom() -> None:
    def nightly() -> None:
        plan.submit(date(2026, 1, 1), items=[object()])

    with pytest.raises(NotSendable, match=r"arguments of plan.*items.*\[0\].*object"):
        body(nightly)

    @task
    def returns() -> Any:
        return {"a": object()}

    def other() -> None:
        returns()

    with pytest.raises(TaskFailed, match=r"result of returns\['a'\].*object"):
        body(other)


def test_values_that_do_not_fit_fail_the_task_at_once(slept: List[float]) -> None:
    @task(retries=3)
    def careful(n: int) -> int:
        return n

    def nightly() -> None:
        careful.submit("one").result()

    with pytest.raises(TaskFailed, match=r"careful\(n\): wants a whole number"):
        body(nightly)
    assert slept == []


def test_variable_arguments_are_typed_one_by_one() -> None:
    def nightly() -> int:
        return total(1, 2, x=3)

    assert body(nightly) == 6


def test_futures_are_dependencies_at_any_depth() -> None:
    @task
    def look(value: Any) -> Any:
        return value

    def nightly() -> Any:
        two = add.submit(1)
        order = Order(date(2026, 1, 1), [two])  # type: ignore[list-item]
        return look.submit({"a": [two, {"b": two}], "order": order, "$ref": 1}).result()

    assert body(nightly) == {
        "a": [2, {"b": 2}],
        "order": {"day": "2026-01-01", "items": [2]},
        "$ref": 1,
    }


def test_a_workflow_may_return_futures() -> None:
    def nightly() -> Any:
        return {"sum": add.submit(1, 2), "all": [add.submit(n) for n in range(2)]}

    assert body(nightly) == {"sum": 3, "all": [1, 2]}


def test_a_task_may_not_return_a_future() -> None:
    @task
    def returns() -> Any:
        return add.submit(1)

    def nightly() -> None:
        returns()

    with pytest.raises(TaskFailed, match="future"):
        body(nightly)


def test_map_goes_through_several_in_step_and_keeps_their_order() -> None:
    def nightly() -> List[Any]:
        return [add.map([1, 2]), add.map([1, 2], [10, 20]), add.map(range(2), b=5), add.map([])]

    assert body(nightly) == [[2, 3], [11, 22], [5, 6], []]


def test_map_takes_futures_as_elements_as_constants_and_as_the_whole() -> None:
    @task
    def numbers() -> List[int]:
        return [1, 2]

    def nightly() -> List[Any]:
        one = add.submit(0)
        return [add.map([one, 5], b=one), add.map(numbers.submit())]

    assert body(nightly) == [[2, 6], [2, 3]]


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: add.map([1, 2], [1]), "lengths 2, 1"),
        (lambda: add.map(), "something to go through"),
        (lambda: add.map(5), "not a int"),
        (lambda: add.map("abc"), "not a str"),
    ],
)
def test_map_refuses_what_is_a_mistake(call: Any, says: str) -> None:
    with pytest.raises((TypeError, ValueError), match=says):
        body(lambda: call() and None)


def test_a_failed_task_is_told_with_its_cause() -> None:
    def nightly() -> None:
        fail("it broke\nmore")

    with pytest.raises(TaskFailed) as caught:
        body(nightly)
    failed = caught.value
    assert str(failed) == "task fail (call 1) failed: ValueError: it broke"
    assert (failed.task, failed.seq, failed.type, failed.status) == (
        "fail",
        1,
        "ValueError",
        "failed",
    )
    assert isinstance(failed.__cause__, ValueError)


def test_who_needs_a_failed_task_fails_without_running() -> None:
    def nightly() -> str:
        second = add.submit(fail.submit("first"))
        try:
            second.result()
        except TaskFailed as failed:
            return f"{failed.task} {failed.type}"
        return ""

    assert body(nightly) == "add UpstreamFailed"


def test_a_failure_that_nobody_asked_about_fails_the_workflow() -> None:
    def forgets() -> str:
        fail.submit("unseen")
        return "fine"

    def looks() -> str:
        assert fail.submit("seen").exception() is not None
        return "fine"

    with pytest.raises(TaskFailed, match="unseen"):
        body(forgets)
    assert body(looks) == "fine"


def test_waiting_for_several() -> None:
    def nightly() -> List[Any]:
        good, bad, other = add.submit(1), fail.submit("no"), add.submit(2)
        assert bad.exception() is not None
        all_done = wait([other, good, bad])
        assert all_done.pending == []
        first = wait([good, other], return_when=FIRST_COMPLETED)
        broken = wait([good, bad], return_when=FIRST_FAILED)
        return [
            [future.seq for future in all_done.done],
            bool(first.done),
            bad in broken.done,
            [future.result() for future in as_completed([other, good])],
            gather(good, other),
            gather([good, other]),
            gather(),
        ]

    assert body(nightly) == [[1, 2, 3], True, True, [2, 3], [2, 3], [2, 3], []]
    with pytest.raises(ValueError, match="return_when"):
        wait([], return_when="SOMETIMES")


def test_gather_and_map_raise_the_first_failure() -> None:
    @task
    def odd(n: int) -> int:
        if n % 2 == 0:
            raise ValueError(f"{n} is even")
        return n

    def gathers() -> None:
        gather([odd.submit(n) for n in (1, 2, 4)])

    def maps() -> str:
        try:
            odd.map([1, 2, 4])
        except TaskFailed as failed:
            return failed.message
        return ""

    with pytest.raises(TaskFailed, match="2 is even"):
        body(gathers)
    assert body(maps) == "2 is even"


def test_a_task_called_from_a_task_runs_in_it() -> None:
    ran: List[str] = []

    @task
    def inner(value: Any) -> Any:
        ran.append(context().name)
        return value

    @task
    def outer() -> bool:
        marker = object()
        return inner(marker) is marker and inner.submit(marker).result() is marker

    assert body(lambda: outer()) is True
    assert ran == ["outer", "outer"]


def test_a_workflow_called_from_a_workflow_is_a_part_of_it() -> None:
    @workflow
    def part(n: int) -> List[Any]:
        return [add(n), context().name]

    @workflow
    def whole() -> List[Any]:
        return [add(1), part(5)]

    assert whole() == [2, [6, "whole"]]


def test_two_threads_may_each_run_a_workflow() -> None:
    found: List[Any] = []

    def nightly() -> int:
        return add(add(1))

    threads = [threading.Thread(target=lambda: found.append(body(nightly))) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert found == [3, 3]


# ---- retries ----------------------------------------------------------------------------------


def flaky(times: int, **policy: Any) -> Any:
    tries: List[int] = []

    @task(**policy)
    def unsteady() -> List[int]:
        tries.append(context().attempt)
        if len(tries) <= times:
            raise OSError(f"try {len(tries)}")
        return tries

    return unsteady


def test_a_task_is_tried_again_with_growing_pauses(slept: List[float]) -> None:
    unsteady = flaky(3, retries=4, backoff="2s", backoff_max=5)
    assert body(lambda: unsteady()) == [1, 2, 3, 4]
    assert slept == [2, 4, 5]


def test_tries_are_used_up(slept: List[float], capsys: pytest.CaptureFixture[str]) -> None:
    unsteady = flaky(9, retries=1)
    with pytest.raises(TaskFailed, match="OSError: try 2"):
        body(lambda: unsteady())
    assert slept == [1]
    assert "attempt 1 failed (OSError: try 1); again in 1 s" in capsys.readouterr().err


def test_without_retries_there_is_one_try(slept: List[float]) -> None:
    unsteady = flaky(1)
    with pytest.raises(TaskFailed, match="try 1"):
        body(lambda: unsteady())
    assert slept == []


def test_fatal_is_not_tried_again(slept: List[float]) -> None:
    @task(retries=5)
    def hopeless() -> None:
        raise Fatal("no use")

    with pytest.raises(TaskFailed, match="Fatal: no use"):
        body(lambda: hopeless())
    assert slept == []


# ---- what a call may know ---------------------------------------------------------------------


def test_context_in_a_task_in_a_workflow_and_outside() -> None:
    @task
    def about() -> List[Any]:
        mine = context()
        return [mine.run, mine.task, mine.name, mine.attempt, mine.key]

    def nightly() -> List[Any]:
        add(1)
        return [about(), context().task, context().name]

    assert body(nightly) == [["local", "2", "about", 1, "local/2"], "0", "nightly"]
    assert context().task == "0"


def test_now_moves_with_the_journal_in_a_workflow_only() -> None:
    seen: List[datetime] = []

    @task
    def look() -> None:
        seen.append(now())

    def nightly() -> bool:
        first = now()
        still = now()
        look()
        return first == still < now()

    assert body(nightly) is True
    assert abs(seen[0] - datetime.now(timezone.utc)) < timedelta(minutes=1)
    assert now().tzinfo is not None


# ---- declaring --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("policy", "says"),
    [
        ({"retries": -1}, "retries=-1"),
        ({"retries": True}, "retries=True"),
        ({"retries": 1.5}, "retries=1.5"),
        ({"timeout": 0}, "timeout=0"),
        ({"timeout": "soon"}, "timeout='soon'"),
        ({"timeout": -1}, "timeout=-1"),
        ({"backoff": "x"}, "backoff='x'"),
        ({"backoff_max": "1 year"}, "backoff_max='1 year'"),
        ({"jitter": 2}, "jitter=2"),
        ({"queue": "Big Queue"}, "queue='Big Queue'"),
        ({"priority": 512}, "priority=512"),
        ({"name": ""}, "name=''"),
    ],
)
@pytest.mark.parametrize("decorator", [task, workflow])
def test_a_setting_out_of_range_is_refused_where_it_is_written(
    decorator: Any, policy: Dict[str, Any], says: str
) -> None:
    def function() -> None: ...

    with pytest.raises(ValueError, match=says):
        decorator(**policy)(function)


def test_durations() -> None:
    made = task(timeout="1.5h", backoff=0.25, backoff_max="250ms")(add.fn)
    assert made.policy.wire() == {"timeout_s": 5400.0, "backoff_s": 0.25, "backoff_max_s": 0.25}


async def coroutine() -> None: ...


def generator() -> Any:
    yield 1


@pytest.mark.parametrize("wrong", [coroutine, generator, 5, Order])
def test_only_plain_functions_are_tasks(wrong: Any) -> None:
    with pytest.raises(TypeError, match="@task"):
        task(wrong)


def test_parameters_of_a_workflow_have_names() -> None:
    with pytest.raises(TypeError, match="'days' cannot be"):

        @workflow
        def nightly(*days: date) -> None: ...


def test_a_workflow_with_open_keywords_takes_them() -> None:
    @workflow
    def nightly(a: int, **more: date) -> Dict[str, Any]:
        return {"a": a, **more}

    assert nightly(1, x=date(2026, 1, 1)) == {"a": 1, "x": "2026-01-01"}


def test_bad_parameters_of_a_workflow() -> None:
    @workflow
    def nightly(day: date, n: Optional[int] = None) -> None: ...

    with pytest.raises(BadInput, match=r"nightly\(n\): wants int or null"):
        nightly(date(2026, 1, 1), "x")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="nightly: missing a required argument: 'day'"):
        nightly()  # type: ignore[call-arg]


SCRIPT = """
from __future__ import annotations
from datetime import date
from salt_sdk import task, workflow

@task
def double(n: int) -> int:
    print("doubling", n)
    return 2 * n

@workflow
def nightly(day: date, n: int = 1, name: str | None = None) -> dict:
    '''Doubles.'''
    return {"day": day, "n": double(n), "name": name}

if __name__ == "__main__":
    nightly.cli()
"""


def script(tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    file = tmp_path / "graph.py"
    file.write_text(SCRIPT)
    sdk = str(Path(salt_sdk.__file__).parents[1])
    return subprocess.run(
        [sys.executable, str(file), *arguments],
        env={"PYTHONPATH": sdk},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_single_file_is_a_command(tmp_path: Path) -> None:
    done = script(tmp_path, "day=2026-01-01", "n=4", "name=7")
    assert done.stdout == 'doubling 4\n{"day":"2026-01-01","n":8,"name":"7"}\n'
    assert script(tmp_path, "--help").stdout.count("Doubles.") == 1


def test_a_single_file_refuses_bad_parameters(tmp_path: Path) -> None:
    done = script(tmp_path, "dya=2026-01-01")
    assert done.returncode == 2
    assert done.stderr == "error: nightly has no parameter 'dya'; did you mean 'day'?\n"


def test_future_repr_tells_its_state() -> None:
    def nightly() -> str:
        made: Future[int] = add.submit(1)
        return repr(made)

    assert body(nightly) == "<Future add, call 1, done>"
