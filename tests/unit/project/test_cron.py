from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salt_core.project.cron import check_cron
from salt_core.scheduler.cron import parse_cron


@pytest.mark.parametrize(
    "line",
    [
        "* * * * *",
        "0 2 * * *",
        "*/15 9-17 * * mon-fri",
        "0 0 1,15 jan,JUL *",
        "5/10 * * * 7",
        "0 0 29 2 *",
        "0 0 31 2 mon",
        "10-50/20 0 1 1 sun",
    ],
)
def test_cron_lines(line: str) -> None:
    assert check_cron(f"  {line.replace(' ', '  ')} ") == line


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("0 2 * *", "has 4"),
        ("0 0 2 * * *", "has 6"),
        ("@daily", "five fields"),
        ("60 * * * *", "minute 60 is not between 0 and 59"),
        ("0 24 * * *", "hour 24"),
        ("0 0 0 * *", "day of the month 0"),
        ("0 0 * 13 *", "month 13"),
        ("0 0 * * 8", "day of the week 8"),
        ("0 0 * * someday", "'someday' is not a day of the week"),
        ("*/0 * * * *", "step of 0"),
        ("30-10 * * * *", "runs backwards"),
        ("1,, * * * *", "is not a minute"),
        ("a b c d e", "is not a minute"),
        ("0 0 31 2 *", "never comes"),
        ("0 0 31 4,6 *", "never comes"),
        ("٣ * * * *", "is not a minute"),
    ],
)
def test_what_is_no_cron_line(line: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        check_cron(line)


def _accepts(check: Callable[[str], object], line: str) -> bool:
    try:
        check(line)
    except ValueError:
        return False
    return True


FIELD = st.from_regex(
    r"(\*|[0-9]{1,2}(-[0-9]{1,2})?|mon|feb-apr)(/[0-9])?(,[0-9]{1,2})?", fullmatch=True
)


@given(st.lists(FIELD, min_size=4, max_size=6).map(" ".join))
@settings(max_examples=300, deadline=None)
def test_what_is_read_here_is_what_the_scheduler_reads(line: str) -> None:
    assert _accepts(check_cron, line) == _accepts(parse_cron, line)
