"""Spooled lines: what was put in comes out, by number."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salt_core.logs.tagged import tag
from salt_core.model.log import Line
from salt_tui.logbuffer import LONGEST_KEPT, ChosenLines, SpooledLines, text_lines

LINE = st.builds(
    Line,
    at=st.integers(0, 10**13 - 1),
    stream=st.sampled_from(["o", "e"]),
    text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n"), max_size=50),
)


LABELS = ["", "load#1", "a b#2", "x"]


def tagged(line: Line, source: int = 0) -> list[bytes]:
    return tag(source, [line.encode()[:-1]], b"0" * 13)


@pytest.fixture
def lines() -> Iterator[SpooledLines]:
    found = SpooledLines()
    yield found
    found.close()


@given(st.lists(st.lists(st.tuples(LINE, st.integers(0, 3)), max_size=600), max_size=3))
@settings(deadline=None)
def test_any_line_comes_back_as_it_was(batches: list[list[tuple[Line, int]]]) -> None:
    lines = SpooledLines(LABELS.__getitem__)
    told = [pair for batch in batches for pair in batch]
    for batch in batches:
        lines.extend([one for line, source in batch for one in tagged(line, source)])
    assert len(lines) == len(told)
    for index, (line, source) in enumerate(told):
        shown = lines.line(index)
        assert (shown.at, shown.stream, shown.text, shown.label, shown.source) == (
            line.at,
            line.stream,
            line.text,
            LABELS[source],
            source,
        )
    assert lines.widest == max((len(line.text.encode()) for line, _ in told), default=0)
    lines.close()


def test_lines_of_many_blocks_are_found_by_number(lines: SpooledLines) -> None:
    for start in range(0, 10_000, 77):
        count = min(77, 10_000 - start)
        texts = [Line(start + n, "o", f"line {start + n}") for n in range(count)]
        lines.extend([one for line in texts for one in tagged(line)])
    assert len(lines) == 10_000
    for number in (0, 255, 256, 257, 5_000, 9_983, 9_984, 9_999):
        assert lines.line(number).text == f"line {number}"


def test_bytes_that_are_no_text_are_kept_apart(lines: SpooledLines) -> None:
    lines.extend([*tagged(Line(1, "o", "a\udcffb")), *tagged(Line(2, "o", "next"))])
    assert lines.line(0).text == "a\ufffdb"
    assert lines.line(1).text == "next"


def test_an_endless_line_is_cut(lines: SpooledLines) -> None:
    lines.extend(tagged(Line(1, "o", "x" * 1_000_000)))
    assert len(lines.line(0).text) == LONGEST_KEPT


def test_a_text_is_lines_too() -> None:
    lines = text_lines("one\n\nthree\r4\n")
    assert [lines.line(n).text for n in range(len(lines))] == ["one", "", "three\r4"]
    assert lines.line(0).at is None
    lines.close()
    lines = text_lines("")
    assert len(lines) == 0
    lines.close()


def test_chosen_lines_are_found_by_either_number(lines: SpooledLines) -> None:
    lines.extend([one for n in range(20) for one in tagged(Line(n, "o", str(n)))])
    some = ChosenLines(lines, [3, 7, 12])
    assert [some.line(n).text for n in range(len(some))] == ["3", "7", "12"]
    assert [some.number(n) for n in range(3)] == [3, 7, 12]
    assert [some.place(n) for n in (0, 7, 8, 13)] == [0, 1, 2, 3]
