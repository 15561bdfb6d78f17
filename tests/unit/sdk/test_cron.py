"""Slots of a schedule in a simulation are those of the scheduler."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from itertools import islice
from typing import List
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from salt_sdk.testing._cron import Cron

slots = pytest.importorskip("salt_core.scheduler.slots")


def after(line: str, zone: str, start: datetime, count: int) -> List[datetime]:
    return list(islice(Cron(line).after(start, ZoneInfo(zone)), count))


def scheduled(line: str, zone: str, start: datetime, count: int) -> List[datetime]:
    found: List[datetime] = []
    moment = int(start.timestamp() * 1000)
    while len(found) < count:
        moment = slots.next_cron(line, zone, moment)
        found.append(datetime.fromtimestamp(moment / 1000, timezone.utc))
    return found


def field(low: int, high: int, names: List[str]) -> st.SearchStrategy[str]:
    numbers = st.integers(low, high)
    item = st.one_of(
        st.just("*"),
        numbers.map(str),
        st.tuples(numbers, numbers).map(lambda two: f"{min(two)}-{max(two)}"),
        st.integers(1, 20).map(lambda step: f"*/{step}"),
        st.tuples(numbers, st.integers(1, 5)).map(lambda two: f"{two[0]}/{two[1]}"),
        *([st.sampled_from(names)] if names else []),
    )
    return st.lists(item, min_size=1, max_size=2).map(",".join)


LINES = st.tuples(
    field(0, 59, []),
    field(0, 23, []),
    field(1, 28, []),
    field(1, 12, ["jan", "Dec"]),
    field(0, 6, ["sun", "Fri", "7"]),
).map(" ".join)
STARTS = st.datetimes(datetime(2025, 1, 1), datetime(2026, 12, 31), timezones=st.just(timezone.utc))


@settings(max_examples=200, deadline=None)
@given(LINES, st.sampled_from(["UTC", "Europe/Rome", "America/New_York"]), STARTS)
def test_any_line_has_the_same_slots(line: str, zone: str, start: datetime) -> None:
    try:
        expected = scheduled(line, zone, start, 3)
    except ValueError as error:  # the scheduler looks four years ahead
        assert "no such day" in str(error)
        reject()
    assert after(line, zone, start, 3) == expected


@pytest.mark.parametrize(
    "line", ["30 2 * * *", "*/30 * * * *", "15 2,3 * * *", "0 0-4 * * 0", "5 1-3/2 * * *"]
)
@pytest.mark.parametrize("day", [datetime(2026, 3, 28), datetime(2026, 10, 24)])
def test_when_the_clock_is_set(line: str, day: datetime) -> None:
    start = day.replace(tzinfo=timezone.utc) + timedelta(hours=12)
    assert after(line, "Europe/Rome", start, 60) == scheduled(line, "Europe/Rome", start, 60)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("* * * *", "five fields"),
        ("60 * * * *", "minute 60 is not between 0 and 59"),
        ("* * * x *", "'x' is not a month"),
        ("*/0 * * * *", "step"),
        ("9-3 * * * *", "runs backwards"),
        ("a! * * * *", "'a!' is not a minute"),
    ],
)
def test_a_line_that_is_none_says_why(line: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Cron(line)


def test_a_day_that_never_comes_gives_no_slots() -> None:
    assert after("0 0 30 2 *", "UTC", datetime(2026, 1, 1, tzinfo=timezone.utc), 1) == []
