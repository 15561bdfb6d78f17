"""Asks a process of its own which lines of a spooled log a query holds for, while the log grows."""

from __future__ import annotations

import asyncio
import json
import os
import struct
import sys
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import salt_tui
from salt_tui.logbuffer import SpooledLines
from salt_tui.logquery import LogQuery

_SPANS_KEPT = 2_000


class LogScanner:
    """The lines that ``query`` holds for, so far.

    Attributes:
        matches: Their numbers, in order.
        scanned: Lines that were looked at.
        problem: Why it has ended; ``""``: it has not.
        hard: Lines on which the pattern took too long.
    """

    def __init__(
        self, lines: SpooledLines, query: LogQuery, changed: Callable[[], None] = lambda: None
    ) -> None:
        self._lines = lines
        self.query = query
        self._changed = changed
        self._more = asyncio.Event()
        self._asked: set[int] = set()
        self._spans: dict[int, list[tuple[int, int]]] = {}
        self._process: asyncio.subprocess.Process | None = None
        self.matches = array("I")
        self.scanned = 0
        self.hard = 0
        self.problem = ""

    @property
    def done(self) -> bool:
        """Whether all lines that there are were looked at, or it has given up."""
        return bool(self.problem) or self.scanned >= len(self._lines)

    def grown(self) -> None:
        """The log has more lines."""
        self._more.set()

    # -- what was found --------------------------------------------------------------------

    def before(self, line: int) -> int:
        """How many matches there are before ``line``: the place of the first one from there on."""
        return bisect_left(self.matches, line)

    def has(self, line: int) -> bool:
        """Whether ``line`` is one of the matches."""
        place = self.before(line)
        return place < len(self.matches) and self.matches[place] == line

    def next(self, line: int) -> int | None:
        """The first match after ``line``; from the beginning again when there is none."""
        if not self.matches:
            return None
        return self.matches[bisect_right(self.matches, line) % len(self.matches)]

    def previous(self, line: int) -> int | None:
        """The last match before ``line``; from the end again when there is none."""
        if not self.matches:
            return None
        return self.matches[bisect_left(self.matches, line) - 1]

    def spans(self, line: int) -> list[tuple[int, int]] | None:
        """Where the pattern is in the text shown of ``line``; ``None``: it was not asked yet."""
        return self._spans.get(line)

    def ask_spans(self, texts: Sequence[tuple[int, str]]) -> None:
        """Ask where the pattern is in the texts of some lines; ``changed`` tells of the answer."""
        new = [(line, text) for line, text in texts if line not in self._asked]
        if not new or self._process is None or self._process.stdin is None or self.problem:
            return
        if len(self._asked) > _SPANS_KEPT:
            self._asked.clear()
            self._spans.clear()
        self._asked.update(line for line, _ in new)
        self._process.stdin.write(json.dumps({"spans": new}).encode() + b"\n")

    # -- the process -----------------------------------------------------------------------

    async def run(self) -> None:
        """Ask until cancelled; the process ends with it."""
        spool = os.dup(self._lines.fileno())
        try:
            process = await _start(spool)
        finally:
            os.close(spool)
        self._process = process
        telling = asyncio.create_task(self._tell(process))
        try:
            await self._listen(process)
        finally:
            self._process = None
            telling.cancel()
            ending = asyncio.ensure_future(_end(process))
            while not ending.done():  # whatever cancels us now: it ends
                with suppress(asyncio.CancelledError):
                    await asyncio.shield(ending)

    async def _tell(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None
        process.stdin.write(json.dumps(self.query.as_record()).encode() + b"\n")
        told = -1
        while True:
            if self._lines.size > told:
                told = self._lines.size
                process.stdin.write(b'{"upto": %d}\n' % told)
                await process.stdin.drain()
            await self._more.wait()
            self._more.clear()

    async def _listen(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        while True:
            try:
                size = struct.unpack("<I", await process.stdout.readexactly(4))[0]
                head = json.loads(await process.stdout.readexactly(size))
                more = await process.stdout.readexactly(4 * int(head.get("matches", 0)))
            except asyncio.IncompleteReadError:
                self.problem = self.problem or "The search has ended unexpectedly."
                self._changed()
                return
            self._take(head, more)
            if self.problem:
                return

    def _take(self, head: dict[str, Any], more: bytes) -> None:
        if "spans" in head:
            for line, spans in head["spans"]:
                self._spans[line] = [(start, end) for start, end in spans]
        self.matches.frombytes(more)
        self.scanned = int(head.get("lines", self.scanned))
        self.hard = int(head.get("hard", self.hard))
        self.problem = str(head.get("problem", ""))
        self._changed()


async def _start(spool: int) -> asyncio.subprocess.Process:
    place = str(Path(salt_tui.__file__).parents[1])
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-S", "-m", "salt_tui.logscan", str(spool)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={"PYTHONPATH": place, "PYTHONDONTWRITEBYTECODE": "1"},
        pass_fds=(spool,),
        start_new_session=True,  # keys that stop the terminal's processes are not for it
    )


async def _end(process: asyncio.subprocess.Process) -> None:
    assert process.stdout is not None
    with suppress(ProcessLookupError):
        process.kill()
    # To the end of its output, or the pipe would stay open until the collector comes.
    await asyncio.gather(process.stdout.read(), process.wait())
