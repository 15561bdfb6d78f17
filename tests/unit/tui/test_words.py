"""Moments, marks, parameters and foreign text as the console writes them."""

from __future__ import annotations

from datetime import UTC, timedelta, timezone

import pytest

from salt_core.model.status import AttemptEnd, RunStatus, TaskStatus
from salt_tui import times
from salt_tui.asking import signature
from salt_tui.marks import TONES, mark
from salt_tui.text import LONGEST_LINE, log_line, plain, shorten

NOW = 1_768_485_731_402
"""2026-01-15 14:02:11.402 UTC."""


@pytest.mark.parametrize(
    ("millis", "text"),
    [
        (-5, "0s"),
        (0, "0.00s"),
        (417, "0.42s"),
        (1_000, "1.0s"),
        (59_990, "59.9s"),
        (60_000, "1m00s"),
        (3_599_999, "59m59s"),
        (7_500_000, "2h05m"),
        (97_200_000, "1d03h"),
    ],
)
def test_span(millis: int, text: str) -> None:
    assert times.span(millis) == text


def test_age_and_ago() -> None:
    assert [times.age(n * 1000) for n in (0, 59, 60, 3_599, 3_600, 86_400)] == [
        "0s", "59s", "1m", "59m", "1h", "1d",
    ]  # fmt: skip
    assert times.ago(NOW - 90_000, NOW) == "1m ago"
    assert times.ago(NOW + 7_200_000, NOW) == "in 2h"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (900, "every 15m"),
        (90, "every 90s"),
        (7_200, "every 2h"),
        (86_400, "every 1d"),
        (0.5, "every 0.5s"),
    ],
)
def test_every(seconds: float, text: str) -> None:
    assert times.every(seconds) == text


def test_moments_are_told_in_the_zone_that_is_asked_for() -> None:
    rome = timezone(timedelta(hours=1))
    assert times.moment(NOW, NOW, UTC) == "14:02:11"
    assert times.moment(NOW, NOW, rome) == "15:02:11"
    assert times.moment(NOW - 86_400_000, NOW, UTC) == "Jan 14 14:02"
    assert times.moment(NOW - 400 * 86_400_000, NOW, UTC) == "2024-12-11"
    assert times.time_of_day(NOW, UTC) == "14:02:11.402"


@pytest.mark.parametrize("status", [*RunStatus, *TaskStatus, *AttemptEnd, "up", "draining"])
def test_every_status_has_a_glyph_a_word_and_a_colour(status: str) -> None:
    found = mark(status)
    assert len(found.glyph) == 1
    assert found.word == status.replace("_", " ")
    assert found.tone in TONES
    assert found.glyph != "·" or status == "blocked"


SCHEMA = {
    "type": "object",
    "properties": {
        "city": {"type": "string", "default": "Rome"},
        "year": {"type": "integer"},
        "tags": {"type": "array", "items": {"type": "string"}, "default": []},
    },
    "required": ["year"],
    "additionalProperties": False,
}


def test_a_signature_tells_types_and_defaults() -> None:
    said = signature(SCHEMA)
    assert 'city: text = "Rome"' in said
    assert "year: a whole number" in said
    assert signature({}) == ""


HOSTILE = [
    "\x1b]0;title\x07",
    "\x1b]52;c;aGk=\x1b\\",
    "\x1b[2J\x1b[H",
    "\x9b31m",
    "\x1bP0;1|17/ab\x9c",
    "\x1b]8;;http://evil\x1b\\click",
    "\x1b[?1049h",
    "\x07\x08\x7f",
    "\u202eevil\u2066",
    "\u200b\ufeff\u2028",
    "\udcff\ud800",
    "\U000e0041",
    "\x1b",
    "\x1b[",
    "\x1b]0;never ended",
]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("clean", [plain, log_line])
def test_nothing_that_steers_a_terminal_is_left(clean: object, text: str) -> None:
    assert callable(clean)
    shown = clean(f"before {text} after\nnext")
    assert shown.isprintable()
    assert shown.startswith("before")
    shown.encode()


def test_a_log_line_is_what_a_terminal_would_have_left() -> None:
    assert log_line("  10%\r  50%\r 100%\r\n") == " 100%"
    assert log_line("a\tb") == "a       b"
    assert log_line("\x1b[31mred\x1b[0m plain") == "red plain"
    assert log_line("[bold]markup[/] stays") == "[bold]markup[/] stays"
    assert log_line("漢字 and 🙂") == "漢字 and 🙂"
    long = log_line("x" * 1_000_000)
    assert len(long) < LONGEST_LINE + 50
    assert long.endswith("more characters")


def test_shorten() -> None:
    assert shorten("abc", 3) == "abc"
    assert shorten("abcd", 3) == "ab…"
