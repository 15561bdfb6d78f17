"""Lines to look at, by number, spooled to a file so that a long log costs no memory."""

from __future__ import annotations

import os
import tempfile
from array import array
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from salt_core.logs.tagged import HEAD

LONGEST_KEPT = 64 * 1024
"""Bytes of one line that are kept for looking; the archive has them all."""
BLOCK = 256
"""Lines that are found together: the memory for a line is a part of one number."""
_READ_BLOCKS = 32


@dataclass(frozen=True, slots=True)
class ShownLine:
    """One line of a view.

    Attributes:
        at: Unix ms; ``None``: it has no moment.
        label: Whose line it is; ``""``: that goes without saying.
        source: The number of the log that it is from.
    """

    text: str
    at: int | None = None
    stream: str = "o"
    label: str = ""
    source: int = 0


class Lines(Protocol):
    """What a log view looks at."""

    @property
    def widest(self) -> int:
        """Characters of the longest line so far, or more."""
        ...

    @property
    def widest_label(self) -> int:
        """Characters of the longest label so far."""
        ...

    def __len__(self) -> int: ...

    def line(self, index: int) -> ShownLine: ...

    def number(self, index: int) -> int:
        """Which line of the whole log it is."""
        ...

    def place(self, number: int) -> int:
        """Where that line of the whole log is here, or the first after it."""
        ...


class SpooledLines:
    """A growing log of tagged records (``salt_core.logs.tagged``) in an unlinked file.

    Args:
        label: What to call the log of a number.
        timed: Whether the moments of the records mean anything.
    """

    def __init__(self, label: Callable[[int], str] = lambda _: "", *, timed: bool = True) -> None:
        self._label = label
        self._timed = timed
        self._fd = -1
        self._closed = False
        self._blocks = array("Q", [0])
        self._count = 0
        self._read: OrderedDict[tuple[int, int], list[bytes]] = OrderedDict()
        self.size = 0
        self.widest = 0
        self.widest_label = 0

    def fileno(self) -> int:
        if self._fd < 0:
            # Not in a folder that is in memory, as /tmp may be.
            folder = "/var/tmp" if Path("/var/tmp").is_dir() else None
            self._fd, path = tempfile.mkstemp(prefix="salt-log-", dir=folder)
            os.unlink(path)
        return self._fd

    def close(self) -> None:
        """Forget the lines; more of them are not taken."""
        self._closed = True
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def __len__(self) -> int:
        return self._count

    def extend(self, records: Sequence[bytes]) -> None:
        """Append tagged records."""
        if not records or self._closed:
            return
        longest = max(map(len, records))
        if longest > LONGEST_KEPT + HEAD:
            records = [record[: LONGEST_KEPT + HEAD] for record in records]
            longest = LONGEST_KEPT + HEAD
        done = 0
        while done < len(records):
            room = BLOCK - self._count % BLOCK
            some = records[done : done + room]
            self.size += sum(map(len, some)) + len(some)
            self._count += len(some)
            if len(some) == room:
                self._blocks.append(self.size)
            done += room
        data = memoryview(b"\n".join(records) + b"\n")
        while data:
            data = data[os.write(self.fileno(), data) :]
        self.widest = max(self.widest, longest - HEAD)
        self.widest_label = max([self.widest_label, *map(len, map(self.label, _sources(records)))])

    def label(self, source: int) -> str:
        """What the log of a number is called."""
        return self._label(source)

    def line(self, index: int) -> ShownLine:
        return self.shown(self.record(index))

    def number(self, index: int) -> int:
        return index

    def place(self, number: int) -> int:
        return min(number, self._count)

    def shown(self, record: bytes) -> ShownLine:
        """What a tagged record of this spool says."""
        source = int(record[:6], 16)
        text = record[HEAD:].decode("utf-8", "replace")
        at = int(record[7:20]) if self._timed else None
        return ShownLine(text, at, record[21:22].decode(), self.label(source), source)

    def record(self, index: int) -> bytes:
        """The tagged record of a line."""
        return self._block(index // BLOCK)[index % BLOCK]

    def records(self, block: int) -> list[bytes]:
        """The tagged records of a block of ``BLOCK`` lines; read anew, for who reads all of them."""
        start = self._blocks[block]
        end = self._blocks[block + 1] if block + 1 < len(self._blocks) else self.size
        data = os.pread(self._fd, end - start, start)
        return data.split(b"\n")[:-1]

    def _block(self, block: int) -> list[bytes]:
        lines = min(BLOCK, self._count - block * BLOCK)
        found = self._read.get((block, lines))
        if found is None:
            found = self._read[(block, lines)] = self.records(block)
            if len(self._read) > _READ_BLOCKS:
                self._read.popitem(last=False)
        else:
            self._read.move_to_end((block, lines))
        return found


def _sources(records: Sequence[bytes]) -> set[int]:
    return {int(head, 16) for head in {record[:6] for record in records}}


class ChosenLines:
    """Those lines of a spool whose numbers are in ``numbers``, which grows."""

    def __init__(self, lines: SpooledLines, numbers: Sequence[int]) -> None:
        self.lines = lines
        self.numbers = numbers

    @property
    def widest(self) -> int:
        return self.lines.widest

    @property
    def widest_label(self) -> int:
        return self.lines.widest_label

    def __len__(self) -> int:
        return len(self.numbers)

    def line(self, index: int) -> ShownLine:
        return self.lines.line(self.numbers[index])

    def number(self, index: int) -> int:
        return self.numbers[index]

    def place(self, number: int) -> int:
        return bisect_left(self.numbers, number)


def text_lines(text: str) -> SpooledLines:
    """A text that is there already, a traceback or a result, as something to look at."""
    lines = SpooledLines(timed=False)
    head = b"%06x %013d o " % (0, 0)
    texts = text.encode("utf-8", "replace").split(b"\n")
    lines.extend([head + each for each in (texts[:-1] if texts[-1] == b"" else texts)])
    return lines
