"""How one line of a log looks: time, whose it is, text, and what is marked in it."""

from __future__ import annotations

from datetime import tzinfo
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style

from salt_tui.logbuffer import Lines, ShownLine
from salt_tui.loglevels import ERROR, WARNING, level_of
from salt_tui.text import log_line, plain, shorten
from salt_tui.times import time_of_day

if TYPE_CHECKING:
    from salt_tui.widgets.logview import LogView

COMPONENTS = {
    "log--time",
    "log--label",
    "log--err",
    "log--warning",
    "log--error",
    "log--match",
    "log--current",
    "log--here",
}
_TIME_WIDTH = 13


class LinePainter:
    """Makes segments of lines.

    Attributes:
        label_width: Cells that labels get; 0: there are none.
    """

    longest_label = 18

    def __init__(self, zone: tzinfo | None) -> None:
        self._zone = zone
        self.label_width = 0
        self.times = True

    def margin(self, lines: Lines, *, times: bool) -> int:
        """Cells before the text."""
        self.times = times
        return self.before(lines.line(0)) if len(lines) else 0

    def before(self, line: ShownLine) -> int:
        """Cells before the text of ``line``."""
        if line.at is None:
            return 0
        shown = _TIME_WIDTH if self.times else 0
        return shown + (self.label_width + 1 if self.label_width else 0) + 1

    def text(self, line: ShownLine) -> str:
        """The text as it is shown."""
        return log_line(line.text)

    def _head(self, line: ShownLine) -> list[tuple[str, str]]:
        """What stands before the text, with the names of its styles."""
        head: list[tuple[str, str]] = []
        if line.at is None:
            return head
        if self.times:
            head.append((f"{time_of_day(line.at, self._zone)} ", "log--time"))
        if self.label_width:
            label = shorten(plain(line.label), self.label_width)
            head.append((label + " " * (self.label_width + 1 - cell_len(label)), "log--label"))
        head.append(("▏" if line.stream == "e" else " ", "log--err"))
        return head

    def whole(self, view: LogView, index: int) -> str:
        """All that is shown of a line."""
        line = view.lines.line(index)
        return "".join(text for text, _ in self._head(line)) + self.text(line)

    def segments(
        self, view: LogView, index: int, base: Style, spans: list[tuple[int, int]], current: bool
    ) -> list[Segment]:
        """The line at ``index``, ``spans`` of its text marked."""
        line = view.lines.line(index)
        segments = []
        for text, name in self._head(line):
            own = view.get_component_rich_style(name)
            segments.append(Segment(text, base + Style(color=own.color)))
        style = base
        level = level_of(line.text[:200].encode("utf-8", "replace"))
        if line.at is not None and level >= WARNING:
            own = view.get_component_rich_style("log--error" if level == ERROR else "log--warning")
            style = base + Style(color=own.color)
        text = self.text(line)
        mark = view.get_component_rich_style("log--here" if current else "log--match")
        # Without colours it must be seen too.
        hit = style + Style(color=mark.color, bgcolor=mark.bgcolor, reverse=False, underline=True)
        done = 0
        for start, end in spans:
            segments += [Segment(text[done:start], style), Segment(text[start:end], hit)]
            done = end
        return [*segments, Segment(text[done:], style)]


def selected(segments: list[Segment], span: tuple[int, int] | None, style: Style) -> list[Segment]:
    """The segments with the selected stretch of the line in ``style``."""
    if span is None:
        return segments
    start, end = span
    marked: list[Segment] = []
    at = 0
    for text, own, _ in segments:
        from_, to = max(start - at, 0), len(text) if end == -1 else max(end - at, 0)
        marked += [
            Segment(text[:from_], own),
            Segment(text[from_:to], (own or Style()) + style),
            Segment(text[max(to, from_) :], own),
        ]
        at += len(text)
    return [segment for segment in marked if segment.text]
