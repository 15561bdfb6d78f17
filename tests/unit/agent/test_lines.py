"""Lines of output become records, whatever pieces they come in."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from salt_agent.lines import LONGEST, LONGEST_RECORD, MARK, Splitter
from salt_core.model.log import Line


def split(pieces: list[bytes], stream: str = "o") -> list[Line]:
    splitter = Splitter(stream)
    return [
        Line.decode(record)
        for record in (
            b"".join(splitter.feed(piece, 7) for piece in pieces) + splitter.finish(8)
        ).split(b"\n")[:-1]
    ]


def test_each_line_is_a_record() -> None:
    assert split([b"one\ntwo\n"]) == [Line(7, "o", "one"), Line(7, "o", "two")]


def test_a_last_line_without_newline_is_kept() -> None:
    assert split([b"one\ntw", b"o"], "e") == [Line(7, "e", "one"), Line(8, "e", "two")]


def test_empty_lines_are_lines() -> None:
    assert [line.text for line in split([b"\n\na\n\n"])] == ["", "", "a", ""]


def test_what_is_not_utf8_is_replaced() -> None:
    assert [line.text for line in split([b"a\xffb\n"])] == ["a\ufffdb"]


def test_a_character_in_two_reads_is_whole() -> None:
    data = "häß\n".encode()
    for cut in range(len(data)):
        assert [line.text for line in split([data[:cut], data[cut:]])] == ["häß"]


def test_a_long_line_is_cut_with_a_mark_and_loses_nothing() -> None:
    text = "ä" * (LONGEST + 10)
    data = text.encode() + b"\nnext\n"
    for step in (1000, 65536, len(data)):
        lines = split([data[i : i + step] for i in range(0, len(data), step)])
        *long, after = lines
        assert after.text == "next"
        assert all(line.text.endswith(MARK) for line in long[:-1])
        assert "".join(line.text.removesuffix(MARK) for line in long) == text
        assert all(len(line.encode()) < LONGEST_RECORD for line in lines)


def test_bytes_that_are_no_text_make_bounded_records() -> None:
    data = b"\x80" * (3 * LONGEST) + b"\n"
    lines = split([data])
    assert all(len(line.encode()) < LONGEST_RECORD for line in lines)
    assert sum(line.text.count("\ufffd") for line in lines) == 3 * LONGEST


@given(st.binary(max_size=300), st.lists(st.integers(0, 300), max_size=8))
def test_pieces_do_not_matter(data: bytes, cuts: list[int]) -> None:
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    pieces = [data[a:b] for a, b in pairwise(edges)]
    texts = [line.text for line in split(pieces)]
    assert texts == [line.text for line in split([data])]
    whole = data.decode("utf-8", "replace").split("\n")
    assert texts == (whole[:-1] if whole[-1] == "" else whole)
