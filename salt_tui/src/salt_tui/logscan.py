"""``python -m salt_tui.logscan FD``: looks through a spooled log, as a process of its own.

A regular expression holds the interpreter for as long as it takes, which can be for ever: so it
runs where nobody waits for it, under a clock, and where it can be killed. Stdlib only, for it
must start at once. ``salt_tui.logscanner`` is the other side.

In, JSON lines: the query first; then ``{"upto": bytes}``, so far the spool is whole now, and
``{"spans": [[line, text], …]}``, which asks where the pattern is in these texts. Out, frames: the
length of a JSON text (4 bytes) and the text; one with ``matches`` is followed by so many line
numbers of 4 bytes.
"""

from __future__ import annotations

import json
import os
import re
import select
import signal
import struct
import sys
from array import array
from collections.abc import Callable
from typing import Any

from salt_tui.loglevels import Tracebacks

HEAD = 23
"""Bytes before a record's text; see ``salt_core.logs.tagged``."""
_READ = 256 * 1024
_BLOCK_S, _LINE_S = 0.5, 0.05
_MOST_HARD = 20
"""Lines that may take too long before the pattern is given up."""

_COLOURS = re.compile(rb"\x1b\[[0-?]*[ -/]*[@-~]")

Holds = Callable[[bytes], bool]


class _TooLongError(Exception):
    """The pattern did not come to an end in time."""


def _out_of_time(signum: int, frame: object) -> None:
    raise _TooLongError


class _Bounded:
    """A bound on the processor's time that a pattern may take."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def __enter__(self) -> None:
        signal.setitimer(signal.ITIMER_VIRTUAL, self._seconds)

    def __exit__(self, *error: object) -> None:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def shown(text: bytes) -> bytes:
    """The text of a record about as it is shown: without colours, what a ``\\r`` left."""
    if b"\x1b" in text:
        text = _COLOURS.sub(b"", text)
    if b"\r" in text:
        text = text.rstrip(b"\r").rpartition(b"\r")[2]
    return text


class Scan:
    """Which records a query holds for; they are asked in their order."""

    def __init__(self, query: dict[str, Any]) -> None:
        self._text = str(query["text"])
        self._ignore_case = bool(query["ignore_case"])
        self.pattern: re.Pattern[str] | None = None
        if self._text and (query["regex"] or not self._text.isascii()):
            flags = re.IGNORECASE if self._ignore_case else 0
            source = self._text if query["regex"] else re.escape(self._text)
            self.pattern = re.compile(source, flags)
        self._level = int(query["level"])
        self._tracebacks = Tracebacks()
        self._stream = str(query["stream"]).encode()
        sources = query["sources"]
        self._sources = None if sources is None else {b"%06x" % number for number in sources}
        self._filters = bool(self._level or self._stream or sources is not None)
        self.hard = 0

    def leaves_out(self, data: bytes) -> bool:
        """Whether none of the records in ``data`` can be meant: told at once for plain words."""
        if self._filters or self.pattern is not None or not self._text or b"\x1b" in data:
            return False
        return self._text.encode() not in (data.lower() if self._ignore_case else data)

    def block(self, records: list[bytes]) -> list[int]:
        """Which of ``records`` it holds for, by their place."""
        chosen = list(range(len(records)))
        if self._filters:
            chosen = [place for place in chosen if self._is_meant(records[place])]
        if not self._text or not chosen:
            return chosen
        texts = [shown(records[place][HEAD:]) for place in chosen]
        return [place for place, has in zip(chosen, self._have(texts), strict=True) if has]

    def _is_meant(self, record: bytes) -> bool:
        if self._stream and record[21:22] != self._stream:
            return False
        if self._sources is not None and record[:6] not in self._sources:
            return False
        if not self._level:
            return True
        return self._tracebacks.level(record[:6], shown(record[HEAD:])) >= self._level

    def _have(self, texts: list[bytes]) -> list[bool]:
        if self.pattern is None:
            needle = self._text.encode()
            if self._ignore_case:
                return [needle in text.lower() for text in texts]
            return [needle in text for text in texts]
        found, search = [text.decode("utf-8", "replace") for text in texts], self.pattern.search
        try:
            with _Bounded(_BLOCK_S):
                return [search(text) is not None for text in found]
        except _TooLongError:
            return [self._has(text) for text in found]

    def _has(self, text: str) -> bool:
        assert self.pattern is not None
        try:
            with _Bounded(_LINE_S):
                return self.pattern.search(text) is not None
        except _TooLongError:
            self.hard += 1
            if self.hard > _MOST_HARD:
                raise
            return False

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where the pattern is in a text that is shown."""
        pattern = self.pattern
        if pattern is None:
            flags = re.IGNORECASE if self._ignore_case else 0
            pattern = re.compile(re.escape(self._text), flags)
        try:
            with _Bounded(_LINE_S):
                return [one.span() for one in pattern.finditer(text) if one.end() > one.start()]
        except _TooLongError:
            return []


class _Worker:
    def __init__(self, spool: int, scan: Scan) -> None:
        self._spool = spool
        self._scan = scan
        self._at = 0
        self._line = 0
        self._upto = 0
        self._input = b""

    def serve(self) -> None:
        """Until nobody asks any more."""
        while True:
            idle = self._at >= self._upto
            if idle or select.select([0], [], [], 0)[0]:
                got = os.read(0, 1 << 20)
                if not got:
                    return
                *asked, self._input = (self._input + got).split(b"\n")
                for one in asked:
                    self._answer(json.loads(one))
            if self._at < self._upto:
                self._step()

    def _answer(self, asked: dict[str, Any]) -> None:
        self._upto = int(asked.get("upto", self._upto))
        if "spans" in asked:
            tell({"spans": [[line, self._scan.spans(text)] for line, text in asked["spans"]]})

    def _step(self) -> None:
        data = os.pread(self._spool, min(_READ, self._upto - self._at), self._at)
        end = data.rfind(b"\n") + 1
        if not end:  # longer than any record may be
            raise ValueError("the spool ends within a record")
        self._at += end
        matches = array("I")
        if self._scan.leaves_out(data[:end]):
            self._line += data.count(b"\n", 0, end)
        else:
            records = data[: end - 1].split(b"\n")
            matches.extend(self._line + place for place in self._scan.block(records))
            self._line += len(records)
        head = {"matches": len(matches), "lines": self._line, "hard": self._scan.hard}
        tell(head, matches.tobytes())


def tell(head: dict[str, Any], more: bytes = b"") -> None:
    """Write one frame."""
    text = json.dumps(head).encode()
    data = memoryview(struct.pack("<I", len(text)) + text + more)
    while data:
        data = data[os.write(1, data) :]


def main() -> None:
    """Read the query, then serve."""
    signal.signal(signal.SIGVTALRM, _out_of_time)
    first = b""
    while not first.endswith(b"\n"):
        got = os.read(0, 1)
        if not got:
            return
        first += got
    try:
        scan = Scan(json.loads(first))
    except (re.error, OverflowError, RecursionError, MemoryError) as error:
        tell({"problem": f"This is no regular expression: {error}."})
        return
    worker = _Worker(int(sys.argv[1]), scan)
    try:
        worker.serve()
    except _TooLongError:
        tell({"problem": "This pattern takes too long on some lines, and was given up."})


if __name__ == "__main__":
    main()
