"""Checks of what a task computed, and values that do not fit their annotation."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any, Dict, Iterable, List, Literal, NamedTuple, Optional, Tuple, TypedDict, Union

import pytest

from salt_sdk import BadInput, File, NotSendable, Task, check, record, task
from salt_sdk._checks import Past, verdict
from salt_sdk._execute import Outcome, execute
from salt_sdk._fits import check as fits


def extract() -> Task[..., Any]:
    @task
    def extract(rows: List[int]) -> List[int]:
        return rows

    return extract


def done(made: Task[..., Any], value: Any, history: Iterable[Any] = ()) -> Outcome:
    return execute(made, json.dumps({"args": [value]}), {}, list(history))


def kept(value: Any, **numbers: float) -> Dict[str, Any]:
    return {"run": "r0", "at": 1, "numbers": numbers, "value": json.dumps(value)}


def test_each_check_says_what_it_found() -> None:
    rows = extract()

    @check(rows)
    def not_empty(value: List[int]) -> bool:
        record(rows=len(value), sum=sum(value))
        return len(value) > 0

    @check(rows, severity="warn")
    def small(value: List[int]) -> None:
        """No more than three rows."""
        record(most=max(value))
        assert len(value) <= 3, f"{len(value)} rows"

    @check(rows, "quarantine")
    def even(value: List[int]) -> bool:
        """Every number is even."""
        return all(number % 2 == 0 for number in value)

    assert done(rows, [2, 4, 6, 8]).checks == [
        {
            "name": "not_empty",
            "severity": "fail",
            "passed": True,
            "message": "",
            "numbers": {"rows": 4.0, "sum": 20.0},
        },
        {
            "name": "small",
            "severity": "warn",
            "passed": False,
            "message": "4 rows",
            "numbers": {"most": 8.0},
        },
        {"name": "even", "severity": "quarantine", "passed": True, "message": "", "numbers": {}},
    ]
    messages = [(one["passed"], one["message"]) for one in done(rows, [1]).checks]
    assert messages == [(True, ""), (True, ""), (False, "not true: Every number is even.")]
    assert not_empty([1]) is True, "a check stays the function that it is"


def test_the_strictest_that_did_not_pass_decides() -> None:
    def of(*ends: Tuple[str, bool]) -> str:
        return verdict([{"severity": severity, "passed": passed} for severity, passed in ends])

    assert of() == of(("fail", True), ("warn", False)) == "valid"
    assert of(("warn", False), ("quarantine", False)) == "quarantined"
    assert of(("quarantine", False), ("fail", False)) == "invalid"


def test_what_else_a_check_raises_is_told_with_its_line() -> None:
    rows = extract()

    @check(rows)
    def broken(value: List[int]) -> bool:
        return value[5] > 0

    @check(rows)
    def silent(value: List[int]) -> None:
        raise AssertionError  # as of an assert in a module that pytest does not rewrite

    @check(rows)
    def odd(value: List[int]) -> Any:
        return "yes"

    @check(rows)
    def leaves(value: List[int]) -> None:
        raise SystemExit(3)

    found = {one["name"]: one["message"] for one in done(rows, [1]).checks}
    line = broken.__code__.co_firstlineno + 2
    assert found["broken"].startswith("IndexError: list index out of range (")
    assert found["broken"].endswith(f"test_checks.py:{line})")
    assert found["silent"].startswith("raise AssertionError ")
    assert found["odd"] == "it must return True, False or None, not a str"
    assert found["leaves"].startswith("SystemExit: 3 (")
    assert not any(one["passed"] for one in done(rows, [1]).checks)


def test_a_check_cannot_change_the_value() -> None:
    rows = extract()

    @check(rows)
    def sorts(value: List[int]) -> bool:
        value.clear()
        return True

    assert done(rows, [3, 1]).text == "[3,1]"


def test_a_check_sees_earlier_values_as_their_annotation_reads_them() -> None:
    @task
    def days(day: date) -> List[date]:
        return [day]

    seen: List[Any] = []

    @check(days, history=2)
    def later(value: List[date], past: Past) -> bool:
        seen.append((past.values, past.numbers("rows"), past.numbers("none"), len(past)))
        return not past.values or value[0] > past.values[-1][0]

    history = [kept(["2026-01-01"]), kept(["2026-01-02"], rows=1.0), kept(["2026-01-03"], rows=2.0)]
    assert days.wire_policy((date(2026, 1, 1),), {}) == {"history": 2}
    assert done(days, "2026-01-04", history).checks[0]["passed"]
    assert not done(days, "2026-01-02", history).checks[0]["passed"]
    assert done(days, "2026-01-02").checks[0]["passed"]
    assert seen[0] == ([[date(2026, 1, 2)], [date(2026, 1, 3)]], [1.0, 2.0], [], 2)


def test_earlier_values_that_are_gone_or_fit_no_longer_are_left_out() -> None:
    rows = extract()
    records = [{**kept([1], n=1.0), "value": None}, kept(["x"], n=2.0), kept([3], n=3.0)]
    past = Past(rows, records)
    assert past.values == [[3]]
    assert past.numbers("n") == [1.0, 2.0, 3.0]


def test_a_second_argument_with_a_default_is_the_checks_own() -> None:
    rows = extract()

    @check(rows)
    def close(value: List[int], tolerance: float = 0.1) -> bool:
        return tolerance == 0.1

    @check(rows)
    def drift(value: List[int], past: Optional[Past] = None) -> bool:
        return past is not None and len(past) == 1

    assert [one.history for one in rows.checks] == [0, 30]
    assert all(one["passed"] for one in done(rows, [1], [kept([1])]).checks)


@pytest.mark.parametrize(
    ("number", "error", "says"),
    [
        (float("nan"), ValueError, r"record\(x=nan\): only finite"),
        ("12", TypeError, "a str is no number"),
        (None, TypeError, "a NoneType is no number"),
    ],
)
def test_only_numbers_can_be_recorded(number: Any, error: Any, says: str) -> None:
    with pytest.raises(error, match=says):
        record(x=number)


def test_recording_outside_of_a_check_does_nothing() -> None:
    record(rows=True, share=Decimal("0.5"))
    rows = extract()

    @check(rows)
    def looks(value: List[int]) -> None:
        return None

    assert done(rows, [1]).checks[0]["numbers"] == {}


def test_a_check_that_is_declared_wrong_is_refused_there() -> None:
    rows = extract()
    with pytest.raises(
        TypeError, match=r"needs the task whose values it looks at: @check\(extract"
    ):
        check(lambda value: True)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="severity='bad' is none of fail, warn, quarantine"):
        check(rows, severity="bad")
    with pytest.raises(ValueError, match="history=0 must be a whole number from 1"):
        check(rows, history=0)
    with pytest.raises(TypeError, match="goes on a function, not on a int"):
        check(rows)(3)  # type: ignore[type-var]

    def three(a: Any, b: Any, c: Any) -> bool:
        return True

    with pytest.raises(TypeError, match="three must take the value, or the value and its past"):
        check(rows)(three)

    @check(rows)
    def good(value: Any) -> bool:
        return True

    def another(value: Any) -> bool:
        return False

    another.__name__ = "good"
    with pytest.raises(ValueError, match="there is a check 'good' already"):
        check(rows)(another)


def test_a_module_that_is_imported_again_has_its_checks_once() -> None:
    rows = extract()

    def define() -> Any:
        @check(rows)
        def good(value: Any) -> bool:
            return True

        return good

    define()
    latest = define()
    assert [one.fn for one in rows.checks] == [latest]


class Colour(Enum):
    RED = "red"


class Point(NamedTuple):
    x: int
    y: float = 0.5


class Options(TypedDict):
    name: str
    when: date


@dataclass
class Item:
    price: float
    tags: List[str]
    inside: Optional[Item] = None


@pytest.mark.parametrize(
    ("hint", "value"),
    [
        (int, 3),
        (int, True and 3),
        (float, 3),
        (None, None),
        (date, "2026-01-01"),
        (date, date(2026, 1, 1)),
        (Decimal, 3),
        (Any, object()),
        (List[int], (1, 2)),
        (List[int], {1, 2}),
        (Tuple[int, ...], [1, 2]),
        (Tuple[int, date], (1, date(2026, 1, 1))),
        (Tuple[int, date], [1, "2026-01-01"]),
        (Dict[str, date], {"a": date(2026, 1, 1)}),
        (Dict[int, float], {1: 2}),
        (Iterable[int], [1]),
        (Colour, Colour.RED),
        (Colour, "red"),
        (Literal["a", 1], 1),
        (Point, Point(1)),
        (Point, (1, 2.0)),
        (Point, {"x": 1}),
        (Options, {"name": "n", "when": date(2026, 1, 1)}),
        (Item, Item(1.0, ["a"], Item(2, []))),
        (Item, {"price": 1.0, "tags": []}),
        (Optional[Item], None),
        (Union[int, List[Item]], [Item(1.0, [])]),
        (bytes, bytearray(b"x")),
        (bytes, File(__file__)),
        (File, File(__file__)),
        (type(pytest), 3),
    ],
)
def test_what_can_be_read_as_its_annotation_fits(hint: Any, value: Any) -> None:
    fits(hint, value)


@pytest.mark.parametrize(
    ("hint", "value", "says"),
    [
        (int, "3", "^a value of type str does not fit int: wants a whole number, got '3'"),
        (int, None, "^a value of type NoneType does not fit int"),
        (None, 3, "does not fit null"),
        (str, ["a"], "^a value of type list does not fit str"),
        (List[int], [1, 2, "x"], r"^\[2\]: a value of type str does not fit int"),
        (List[int], 3, r"^a value of type int does not fit List\[int\]"),
        (List[int], "12", r"^a value of type str does not fit List\[int\]"),
        (Dict[str, List[int]], {"a": [1], "b": [None]}, r"^\['b'\]\[0\]: a value of type NoneType"),
        (Dict[int, int], {"x": 1}, r"^\[key 'x'\]: a value of type str does not fit int"),
        (Tuple[int, str], (1, 2), r"^\[1\]: a value of type int does not fit str"),
        (Tuple[int, str], (1,), r"has 1 parts, Tuple\[int, str\] has 2"),
        (Item, Item("1", []), r"^price: a value of type str does not fit float"),  # type: ignore[arg-type]
        (
            List[Item],
            [Item(1, []), Item(1, [], Item(1, [2]))],  # type: ignore[list-item]
            r"^\[1\].inside.tags\[0\]: a value of type int does not fit str",
        ),
        (Item, {"price": 1}, "^a value of type dict does not fit Item: Item needs tags"),
        (Point, ("1", 2.0), "^x: a value of type str does not fit int"),
        (Options, {"name": 3, "when": date(2026, 1, 1)}, "^name: a value of type int"),
        (Options, {"name": "n"}, "Options needs when"),
        (Colour, "blue", "^a value of type str does not fit Colour: wants one of 'red'"),
        (Literal["a"], "b", "wants one of 'a'"),
        (Optional[int], "x", "^a value of type str does not fit int"),
        (Union[int, date], "x", r"^a value of type str does not fit Union\[int, .*date\]"),
        (Optional[List[int]], ["x"], r"^\[0\]: a value of type str does not fit int"),
        (File, b"x", "^a value of type bytes does not fit File"),
        (bytes, [1], "^a value of type list does not fit bytes"),
    ],
)
def test_what_does_not_fit_says_where_what_and_of_what_type(
    hint: Any, value: Any, says: str
) -> None:
    with pytest.raises(BadInput, match=says):
        fits(hint, value)


def test_a_task_fails_where_it_made_what_does_not_fit() -> None:
    @task
    def lines(count: int) -> List[Item]:
        return [Item(1.0, []), Item("dear", [])]  # type: ignore[arg-type]

    with pytest.raises(
        BadInput, match=r"^result of lines\[1\].price: a value of type str"
    ) as caught:
        done(lines, 3)
    assert "wants a number, got 'dear'" in str(caught.value)


def test_what_cannot_be_sent_is_told_before_what_does_not_fit() -> None:
    @task
    def opens(count: int) -> List[int]:
        return [open]  # type: ignore[list-item]

    with pytest.raises(NotSendable, match=r"^result of opens\[0\]"):
        done(opens, 3)


def test_without_an_annotation_anything_fits() -> None:
    @task
    def plain(count):  # type: ignore[no-untyped-def]
        return {"a": [count, None]}

    assert done(plain, 3).text == '{"a":[3,null]}'
