"""Which line stands in which row of a log view, where long lines may take several.

Millions of lines are never measured: rows are counted from the line at the top.
"""

from __future__ import annotations

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from salt_tui.logbuffer import Lines
from salt_tui.widgets.logpaint import LinePainter

_LEAST = 20


class Rows:
    """The rows in sight.

    Attributes:
        skip: Rows of the line at the top that are above the view.
    """

    def __init__(self) -> None:
        self.skip = 0
        self._width = 0
        self._height = 0
        self._indent = 0
        self._wraps = False
        self._map: list[tuple[int, int]] = []
        self._of: tuple[int, int, int] | None = None

    def fit(self, width: int, height: int, margin: int, wraps: bool) -> None:
        """The view is so large, and lines begin after ``margin``."""
        self._width, self._height, self._wraps = width, height, wraps
        self._indent = margin if width - margin >= _LEAST else 0
        self._of = None

    def forget(self) -> None:
        """Other lines are shown."""
        self.skip, self._of = 0, None

    def height(self, count: int) -> int:
        """Of all lines together, as far as a scrollbar is concerned."""
        return count + max(self._height - 1, 0) if self._wraps and count else count

    def _rows(self, lines: Lines, index: int, painter: LinePainter) -> int:
        size = cell_len(painter.text(lines.line(index)))
        first = max(self._width - painter.before(lines.line(index)), 1)
        if size <= first:
            return 1
        room = max(self._width - self._indent, 1)
        return 1 + -(-(size - first) // room)

    def at(self, y: int, top: int, lines: Lines, painter: LinePainter) -> tuple[int, int] | None:
        """The line in row ``y``, and which of its rows; ``None``: nothing is there."""
        if not self._wraps:
            return (top + y, 0) if top + y < len(lines) else None
        now = (top, self.skip, len(lines))
        if self._of != now:
            self._of, self._map = now, []
            index, skip = top, self.skip
            while index < len(lines) and len(self._map) < self._height:
                rows = self._rows(lines, index, painter)
                self._map += [(index, row) for row in range(min(skip, rows - 1), rows)]
                index, skip = index + 1, 0
        return self._map[y] if y < len(self._map) else None

    def to_end(self, lines: Lines, painter: LinePainter) -> int:
        """The top from which the last line is the last row."""
        count = len(lines)
        self.skip = 0
        if not self._wraps:
            return max(0, count - self._height)
        room, index = self._height, count
        while index > 0:
            rows = self._rows(lines, index - 1, painter)
            if rows >= room:
                self.skip = rows - room
                return index - 1
            room -= rows
            index -= 1
        return 0

    def moved(self, by: int, top: int, lines: Lines, painter: LinePainter) -> int:
        """The top after scrolling by rows."""
        count = len(lines)
        if not count:
            return 0
        if by > 0:
            skip = self.skip
            end = self.to_end(lines, painter), self.skip
            self.skip = skip
            for _ in range(by):
                if (top, self.skip) >= end:
                    break
                if self.skip + 1 < self._rows(lines, top, painter):
                    self.skip += 1
                else:
                    top, self.skip = top + 1, 0
        else:
            for _ in range(-by):
                if self.skip:
                    self.skip -= 1
                elif top:
                    top -= 1
                    self.skip = self._rows(lines, top, painter) - 1
        self._of = None
        return top

    def begins(self, row: int) -> int:
        """The cell of a line at which the first column of one of its rows would be."""
        if row == 0:
            return 0
        return self._width + (row - 1) * max(self._width - self._indent, 1) - self._indent

    def cut(self, whole: Strip, row: int, base: Style) -> Strip:
        """One row of a line."""
        if row == 0:
            return whole.crop_extend(0, self._width, base)
        room = max(self._width - self._indent, 1)
        start = self._width + (row - 1) * room
        part = whole.crop_extend(start, start + room, base)
        return Strip([Segment(" " * self._indent, base), *part], self._width)
