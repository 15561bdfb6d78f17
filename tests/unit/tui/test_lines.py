"""Spooled lines: what was put in comes out, by number."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salt_core.model.log import Line
from salt_tui.logbuffer import LONGEST_KEPT, SpooledLines, TextLines

LINE = st.builds(
    Line,
    at=st.integers(0, 2**45),
    stream=st.sampled_from(["o", "e"]),
    text=st.text(st.characters(exclude_categories=["Cs"]), max_size=50),
)


@pytest.fixture
def lines() -> Iterator[SpooledLines]:
    found = SpooledLines()
    yield found
    found.close()


@given(st.lists(st.lists(st.tuples(LINE, st.sampled_from(["", "load#1", "a b#2"])), max_size=6)))
def test_any_line_comes_back_as_it_was(batches: list[list[tuple[Line, str]]]) -> None:
    lines = SpooledLines()
    for batch in batches:
        lines.extend(batch)
    told = [pair for batch in batches for pair in batch]
    assert len(lines) == len(told)
    for index, (line, label) in enumerate(told):
        shown = lines.line(index)
        assert (shown.at, shown.stream, shown.text, shown.label) == (
            line.at,
            line.stream,
            line.text,
            label,
        )
    assert lines.widest == max((len(line.text) for line, _ in told), default=0)
    lines.close()


def test_bytes_that_are_no_text_are_kept_apart(lines: SpooledLines) -> None:
    lines.extend([(Line(1, "o", "a\udcffb"), ""), (Line(2, "o", "next"), "")])
    assert lines.line(0).text == "a\ufffdb"
    assert lines.line(1).text == "next"


def test_an_endless_line_is_cut(lines: SpooledLines) -> None:
    lines.extend([(Line(1, "o", "x" * 1_000_000), "")])
    assert len(lines.line(0).text) == LONGEST_KEPT


def test_a_text_is_lines_too() -> None:
    lines = TextLines("one\nthree")
    assert [lines.line(i).text for i in range(len(lines))] == ["one", "three"]
    assert lines.widest == 5
    assert lines.line(0).at is None
