"""Writes a log to a file, for people: times, tasks, and nothing that steers a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC
from itertools import count
from pathlib import Path

from salt_core.clock import from_millis
from salt_tui.logbuffer import BLOCK, ShownLine, SpooledLines
from salt_tui.text import plain, printed


def as_text(line: ShownLine) -> str:
    """One line as it stands in a file or is copied: time in UTC, task, text."""
    at = ""
    if line.at is not None:
        at = f"{from_millis(line.at).astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{line.at % 1000:03}Z "
    label = f"{plain(line.label)} " if line.label else ""
    return f"{at}{label}{printed(line.text)}"


def save(lines: SpooledLines, chosen: Sequence[int] | None, name: str, folder: Path) -> Path:
    """Write the lines (``chosen``: only these) to a new file in ``folder``; where it is.

    Blocks: call it in a thread.

    Raises:
        OSError: It cannot be written.
    """
    for number in count(1):
        path = folder / (f"{name}.log" if number == 1 else f"{name}-{number}.log")
        try:
            with path.open("x", encoding="utf-8", errors="replace") as file:
                for texts in _blocks(lines, chosen):
                    file.write("\n".join(texts) + "\n")
        except FileExistsError:
            continue
        return path
    raise AssertionError


def _blocks(lines: SpooledLines, chosen: Sequence[int] | None) -> Iterator[list[str]]:
    if chosen is None:
        for block in range((len(lines) + BLOCK - 1) // BLOCK):
            yield [as_text(lines.shown(record)) for record in lines.records(block)]
        return
    for first in range(0, len(chosen), BLOCK):
        yield [as_text(lines.line(number)) for number in chosen[first : first + BLOCK]]
