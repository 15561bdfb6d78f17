"""Searching a spooled log, in a process of its own: all lines, while they come, whatever the pattern."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

import pytest

from salt_core.logs.tagged import tag
from salt_tui.logbuffer import SpooledLines
from salt_tui.loglevels import ERROR, WARNING
from salt_tui.logquery import LogQuery
from salt_tui.logscanner import LogScanner

T0 = 1_768_485_731_000


def spool(texts: Iterable[str], source: int = 0, stream: str = "o") -> SpooledLines:
    lines = SpooledLines()
    add(lines, texts, source, stream)
    return lines


def add(lines: SpooledLines, texts: Iterable[str], source: int = 0, stream: str = "o") -> None:
    records = [f"{T0} {stream} {text}".encode() for text in texts]
    lines.extend(tag(source, records, b"0" * 13))


@asynccontextmanager
async def scanning(lines: SpooledLines, query: LogQuery) -> AsyncIterator[LogScanner]:
    scanner = LogScanner(lines, query)
    running = asyncio.create_task(scanner.run())
    try:
        yield scanner
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        lines.close()


async def done(scanner: LogScanner) -> None:
    async with asyncio.timeout(20):
        while not scanner.done:
            await asyncio.sleep(0.005)


async def found(lines: SpooledLines, query: LogQuery) -> list[int]:
    async with scanning(lines, query) as scanner:
        await done(scanner)
        assert scanner.problem == ""
        return list(scanner.matches)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (LogQuery("seattle"), [0, 3]),
        (LogQuery("Seattle"), [0]),
        (LogQuery("s.+e", regex=True), [0, 3, 4]),
        (LogQuery("^paris$", regex=True), [1]),
        (LogQuery("ÄRGER"), [2]),
        (LogQuery("ärger"), [2]),
        (LogQuery("50% 100%"), []),
        (LogQuery("100%"), [5]),
        (LogQuery("plain red"), [6]),
        (LogQuery(""), [0, 1, 2, 3, 4, 5, 6]),
        (LogQuery("nowhere"), []),
    ],
)
async def test_what_is_found(query: LogQuery, expected: list[int]) -> None:
    texts = [
        "Seattle",
        "paris",
        "ÄRGER",
        "in seattle",
        "some",
        "50%\r100%",
        "plain \x1b[31mred\x1b[0m",
    ]
    assert await found(spool(texts), query) == expected


async def test_every_line_of_a_long_log_is_looked_at() -> None:
    texts = [f"line {n} " + "x" * (n % 301) for n in range(20_000)]
    expected = [n for n, text in enumerate(texts) if re.search(r"7 x{20}$", text)]
    assert expected
    assert await found(spool(texts), LogQuery(r"7 x{20}$", regex=True)) == expected


async def test_levels_streams_and_tasks() -> None:
    lines = spool(["ERROR bad", "fine", "WARNING careful"])
    add(lines, ["Traceback (most recent call last):", '  File "x"', "KeyError: 1", "on"], 1, "e")
    assert await found(lines, LogQuery(level=ERROR)) == [0, 3, 4, 5]
    lines = spool(["ERROR bad", "fine", "WARNING careful"])
    add(lines, ["ERROR worse"], 0xABCDE, "e")
    async with scanning(lines, LogQuery(level=WARNING, sources=(0xABCDE, 7))) as scanner:
        await done(scanner)
        assert list(scanner.matches) == [3]
    lines = spool(["a"])
    add(lines, ["b"], stream="e")
    assert await found(lines, LogQuery(stream="e")) == [1]


async def test_lines_that_come_later_are_found() -> None:
    lines = spool(["one", "two"])
    async with scanning(lines, LogQuery("o")) as scanner:
        await done(scanner)
        assert list(scanner.matches) == [0, 1]
        add(lines, ["three", "four"])
        scanner.grown()
        await done(scanner)
        assert list(scanner.matches) == [0, 1, 3]


async def test_going_from_match_to_match() -> None:
    lines = spool(["x", "hit", "x", "hit", "x"])
    async with scanning(lines, LogQuery("hit")) as scanner:
        assert scanner.next(0) is None
        await done(scanner)
        assert [scanner.next(n) for n in range(5)] == [1, 3, 3, 1, 1]
        assert [scanner.previous(n) for n in range(5)] == [3, 3, 1, 1, 3]
        assert scanner.before(3) == 1


async def test_where_a_pattern_is_in_a_line() -> None:
    lines = spool(["a cat and a Cat", "none"])
    async with scanning(lines, LogQuery("cat")) as scanner:
        await done(scanner)
        assert scanner.spans(0) is None
        scanner.ask_spans([(0, "a cat and a Cat"), (1, "none")])
        async with asyncio.timeout(10):
            while scanner.spans(1) is None:
                await asyncio.sleep(0.005)
        assert scanner.spans(0) == [(2, 5), (12, 15)]
        assert scanner.spans(1) == []


async def test_a_pattern_that_is_none_is_told() -> None:
    async with scanning(spool(["x"]), LogQuery("(", regex=True)) as scanner:
        await done(scanner)
        assert scanner.problem.startswith("This is no regular expression: missing )")


async def test_a_pattern_that_never_ends_is_bounded() -> None:
    """Some lines on which it takes too long are left out and counted; too many end it."""
    evil = LogQuery(r"^(a+)+$", regex=True)
    texts = ["aaaa", "a" * 40 + "b", "aaa"]
    async with scanning(spool(texts), evil) as scanner:
        await done(scanner)
        assert (list(scanner.matches), scanner.hard, scanner.problem) == ([0, 2], 1, "")
    async with scanning(spool(["a" * 40 + "b"] * 100), evil) as scanner:
        await done(scanner)
        assert scanner.problem == "This pattern takes too long on some lines, and was given up."


async def test_giving_up_a_search_ends_its_process_at_once() -> None:
    lines = spool(["a" * 40 + "b"] * 10_000)
    scanner = LogScanner(lines, LogQuery(r"^(a+)+$", regex=True))
    running = asyncio.create_task(scanner.run())
    async with asyncio.timeout(10):
        while scanner._process is None:
            await asyncio.sleep(0.005)
    process = scanner._process
    async with asyncio.timeout(2):
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert process.returncode is not None
    lines.close()
