"""Cron lines mean what cron means."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from salt_core.project.cron import check_cron
from salt_core.scheduler.cron import parse_cron


def faces(line: str, start: str, count: int) -> list[str]:
    """The first ``count`` faces of the clock that match after ``start``."""
    cron, wall, found = parse_cron(line), datetime.fromisoformat(start), []
    for _ in range(count):
        following = cron.next_wall(wall)
        assert following is not None
        wall = following
        found.append(f"{wall:%a %Y-%m-%d %H:%M}")
    return found


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("*/20 * * * *", ["Thu 2026-01-01 00:20", "Thu 2026-01-01 00:40", "Thu 2026-01-01 01:00"]),
        ("5/25 6 * * *", ["Thu 2026-01-01 06:05", "Thu 2026-01-01 06:30", "Thu 2026-01-01 06:55"]),
        (
            "0 9-17/4 * * *",
            ["Thu 2026-01-01 09:00", "Thu 2026-01-01 13:00", "Thu 2026-01-01 17:00"],
        ),
        # 0 and 7 are Sunday, which APScheduler would take for Monday and refuse
        ("0 0 * * 0", ["Sun 2026-01-04 00:00", "Sun 2026-01-11 00:00"]),
        ("0 0 * * 7", ["Sun 2026-01-04 00:00", "Sun 2026-01-11 00:00"]),
        ("0 0 * * 5-7", ["Fri 2026-01-02 00:00", "Sat 2026-01-03 00:00", "Sun 2026-01-04 00:00"]),
        ("0 0 * * 1-5/2", ["Fri 2026-01-02 00:00", "Mon 2026-01-05 00:00", "Wed 2026-01-07 00:00"]),
        ("0 0 * * mon,THU", ["Mon 2026-01-05 00:00", "Thu 2026-01-08 00:00"]),
        ("0 0 * * */3", ["Sat 2026-01-03 00:00", "Sun 2026-01-04 00:00", "Wed 2026-01-07 00:00"]),
        # either the day of the month or the weekday, where both are named
        ("0 0 13 * fri", ["Fri 2026-01-02 00:00", "Fri 2026-01-09 00:00", "Tue 2026-01-13 00:00"]),
        # and both, where one of them begins with a star
        ("0 0 */2 * mon", ["Mon 2026-01-05 00:00", "Mon 2026-01-19 00:00", "Mon 2026-02-09 00:00"]),
        ("0 0 31 * *", ["Sat 2026-01-31 00:00", "Tue 2026-03-31 00:00", "Sun 2026-05-31 00:00"]),
        ("0 0 29 2 *", ["Tue 2028-02-29 00:00", "Sun 2032-02-29 00:00"]),
        (
            "0 0 1 jan-mar *",
            ["Sun 2026-02-01 00:00", "Sun 2026-03-01 00:00", "Fri 2027-01-01 00:00"],
        ),
        ("59 23 31 12 *", ["Thu 2026-12-31 23:59", "Fri 2027-12-31 23:59"]),
        ("0 0 30 2 mon", ["Mon 2026-02-02 00:00"]),
    ],
)
def test_what_a_line_means(line: str, expected: list[str]) -> None:
    assert faces(line, "2026-01-01 00:00", len(expected)) == expected


def test_a_leap_day_is_found_over_the_year_2100() -> None:
    assert faces("0 0 29 2 *", "2096-03-01", 1) == ["Fri 2104-02-29 00:00"]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("* * * *", "has 4"),
        ("@daily", "has 1"),
        ("60 * * * *", "minute 60 is not between 0 and 59"),
        ("* 24 * * *", "hour 24"),
        ("* * 0 * *", "day 0"),
        ("* * * 13 *", "month 13"),
        ("* * * * 8", "day of week 8"),
        ("* * * * mo", "'mo' is not a day of week"),
        ("*/0 * * * *", "is 0"),
        ("30-10 * * * *", "backwards"),
        ("0 0 30 2 *", "no such day ever comes"),
        ("0 0 31 4,6,9,11 *", "no such day ever comes"),
        ("1.5 * * * *", "'1.5' is not a minute"),
        (", * * * *", "'' is not a minute"),
    ],
)
def test_what_is_no_line_says_why(line: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse_cron(line)


@pytest.mark.parametrize(
    "line",
    ["*/5 * * * *", "0 2 * * *", "0 0 29 2 *", "0 0 13 * 5", "1-59/2 0,12 1-7 */2 sun-sat"],
)
def test_salt_yaml_lets_pass_what_fires(line: str) -> None:
    assert parse_cron(check_cron(line)).text == line


@pytest.mark.parametrize("line", ["0 0 30 2 *", "61 * * * *", "* * * * 8", "0 0 * * mo"])
def test_salt_yaml_refuses_what_never_fires(line: str) -> None:
    for read in (parse_cron, check_cron):
        with pytest.raises(ValueError):
            read(line)


def test_every_minute_of_a_year_agrees_with_a_plain_reading() -> None:
    line = parse_cron("*/7 3-5 1,15 */3 2")
    wall, end = datetime(2026, 1, 1), datetime(2027, 1, 1)
    plain = []
    while wall < end:
        # `*/3` of the months begins with a star; the day does not, nor does the weekday: either
        if (
            wall.minute % 7 == 0
            and 3 <= wall.hour <= 5
            and wall.month % 3 == 1
            and (wall.day in (1, 15) or wall.isoweekday() == 2)
        ):
            plain.append(wall)
        wall += timedelta(minutes=1)
    found, at = [], line.next_wall(datetime(2025, 12, 31, 23, 59))
    while at is not None and at < end:
        found.append(at)
        at = line.next_wall(at)
    assert found == plain
