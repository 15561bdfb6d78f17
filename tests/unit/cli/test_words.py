from __future__ import annotations

from datetime import UTC, datetime

import pytest

from salt_core.cli.words import parse_since, size
from salt_core.clock import duration, moment
from salt_core.errors import BadInput

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("millis", "shown"),
    [(0, "0 ms"), (999, "999 ms"), (3_400, "3.4 s"), (302_000, "5m 02s"), (7_800_000, "2h 10m")],
)
def test_durations(millis: int, shown: str) -> None:
    assert duration(1_000, 1_000 + millis) == shown


def test_what_has_not_happened() -> None:
    assert duration(None, 5) == duration(5, None) == moment(None) == "-"


@pytest.mark.parametrize(
    ("count", "shown"), [(0, "0 B"), (812, "812 B"), (4_200_000, "4.2 MB"), (5 * 10**9, "5.0 GB")]
)
def test_sizes(count: int, shown: str) -> None:
    assert size(count) == shown


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2h", datetime(2026, 1, 31, 10, tzinfo=UTC)),
        ("7d", datetime(2026, 1, 24, 12, tzinfo=UTC)),
        ("2026-01-30", datetime(2026, 1, 30, tzinfo=UTC)),
        ("2026-01-30T10:00:00Z", datetime(2026, 1, 30, 10, tzinfo=UTC)),
        ("2026-01-30T10:00:00+02:00", datetime(2026, 1, 30, 8, tzinfo=UTC)),
    ],
)
def test_since(text: str, found: datetime) -> None:
    assert parse_since(text, NOW) == int(found.timestamp() * 1000)


def test_since_says_what_it_takes() -> None:
    with pytest.raises(BadInput, match="neither a duration such as 2h"):
        parse_since("yesterday", NOW)
