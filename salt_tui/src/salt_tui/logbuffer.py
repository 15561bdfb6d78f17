"""Lines to look at, by number: in memory, or spooled to a file so that a long log costs no memory."""

from __future__ import annotations

import os
import tempfile
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from salt_core.model.log import Line

LONGEST_KEPT = 64 * 1024
"""Characters of one line that are kept for looking; the archive has them all."""


@dataclass(frozen=True, slots=True)
class ShownLine:
    """One line of a view; ``at`` (Unix ms) and ``label`` are left out when there is none."""

    text: str
    at: int | None = None
    stream: str = "o"
    label: str = ""


class Lines(Protocol):
    """What a log view looks at."""

    @property
    def widest(self) -> int:
        """Characters of the longest line so far."""
        ...

    @property
    def widest_label(self) -> int:
        """Characters of the longest label so far."""
        ...

    def __len__(self) -> int: ...

    def line(self, index: int) -> ShownLine: ...


class TextLines:
    """A text that is there already: a traceback, a result."""

    def __init__(self, text: str | Sequence[str] = ()) -> None:
        self._lines = text.splitlines() if isinstance(text, str) else list(text)
        self.widest = max(map(len, self._lines), default=0)
        self.widest_label = 0

    def __len__(self) -> int:
        return len(self._lines)

    def line(self, index: int) -> ShownLine:
        return ShownLine(self._lines[index])


class SpooledLines:
    """A growing log in an unlinked temporary file, with 8 bytes of memory a line."""

    def __init__(self) -> None:
        # Closed by `close`: it lives as long as the view that shows it.
        self._file = tempfile.TemporaryFile(prefix="salt-log-", buffering=0)  # noqa: SIM115
        self._ends = array("Q")
        self._labels: list[str] = []
        self._label_numbers: dict[str, int] = {}
        self.widest = 0
        self.widest_label = 0

    def close(self) -> None:
        self._file.close()

    def __len__(self) -> int:
        return len(self._ends)

    def extend(self, lines: Iterable[tuple[Line, str]]) -> None:
        """Append lines, each with the label of where it comes from (or ``""``)."""
        end = self._ends[-1] if self._ends else 0
        data = bytearray()
        for line, label in lines:
            number = self._label_numbers.setdefault(label, len(self._labels))
            if number == len(self._labels):
                self._labels.append(label)
                self.widest_label = max(self.widest_label, len(label))
            text = line.text[:LONGEST_KEPT]
            self.widest = max(self.widest, len(text))
            record = f"{number} {line.at} {line.stream} {text}".encode("utf-8", "surrogateescape")
            data += record
            end += len(record)
            self._ends.append(end)
        if data:
            self._file.write(data)

    def line(self, index: int) -> ShownLine:
        start = self._ends[index - 1] if index else 0
        record = os.pread(self._file.fileno(), self._ends[index] - start, start)
        number, at, stream, text = record.split(b" ", 3)
        return ShownLine(
            text.decode("utf-8", "replace"), int(at), stream.decode(), self._labels[int(number)]
        )
