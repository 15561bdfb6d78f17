"""Templates in a schedule's parameters."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from salt_core.scheduler.templates import Moment, Value, render

# 00:30 in Rome, on the day after the one that it is in UTC
DUE = Moment(datetime(2026, 3, 28, 23, 30, tzinfo=UTC), ZoneInfo("Europe/Rome"))
NAMES: dict[str, Value] = {"due": DUE, "previous": None, "schedule": "wf.1", "workflow": "wf"}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("{{ due }}", "2026-03-28T23:30:00Z"),
        ("{{ due | date }}", "2026-03-29"),
        ("{{due|date}}", "2026-03-29"),
        ("{{ due | local }}", "2026-03-29T00:30:00+01:00"),
        ("{{ due | epoch }}", 1774740600),
        ("at {{ due | epoch }}", "at 1774740600"),
        ("{{ due | minus 1d | date }}", "2026-03-28"),
        # a day on the clock of the zone, also the one that has 23 hours
        ("{{ due | plus 1d | local }}", "2026-03-30T00:30:00+02:00"),
        ("{{ due | minus 90m }}", "2026-03-28T22:00:00Z"),
        ("{{ due | date }}/{{ workflow }}.csv", "2026-03-29/wf.csv"),
        ("{{ due }}{{ schedule }}", "2026-03-28T23:30:00Zwf.1"),
        ("{{ previous }}", None),
        ("{{ previous | date }}", None),
        ("since {{ previous }}", "since "),
        ("no template { due }", "no template { due }"),
        ({"a": ["{{ workflow }}", 1, None, True]}, {"a": ["wf", 1, None, True]}),
        ({"{{ due }}": 1.5}, {"{{ due }}": 1.5}),
    ],
)
def test_rendered(given: object, expected: object) -> None:
    assert render(given, NAMES) == expected


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("{{ dew }}", "no 'dew'; there are due, previous, schedule, workflow"),
        ("{{ due | day }}", "no filter 'day'; there are date, local"),
        ("{{ due | date | date }}", "needs a moment"),
        ("{{ workflow | date }}", "needs a moment"),
        ("{{ due | plus }}", "takes a duration"),
        ("{{ due | plus soon }}", "not a duration"),
        ("{{ due | date 1d }}", "takes no argument"),
        ("{{ due.__class__ }}", "there is no 'due.__class__'"),
        ("{{ }}", "there is no ''"),
    ],
)
def test_refused(given: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        render([given], NAMES)
