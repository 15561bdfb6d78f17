"""A view of lines by number: a log of any length, a traceback, a result.

Only the lines in sight are read. Whether it follows the newest line is a state of its own:
scrolling up leaves it, the end or ``follow`` brings it back, and new lines never move a reader.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Offset, Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip

from salt_tui.logbuffer import Lines, ShownLine, TextLines
from salt_tui.text import LONGEST_LINE, log_line, plain, shorten
from salt_tui.times import time_of_day

_LONGEST_LABEL = 18


class LogView(ScrollView, can_focus=True):
    """Shows ``lines``; call ``grown`` when there are more of them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "scroll_up", "Up", show=False),
        Binding("down,j", "scroll_down", "Down", show=False),
        Binding("left", "sideways(-8)", "Left", show=False),
        Binding("right", "sideways(8)", "Right", show=False),
        Binding("pageup", "page_up", "Page up", show=False),
        Binding("pagedown", "page_down", "Page down", show=False),
        Binding("home,g", "first", "First", show=False),
        Binding("end,G", "last", "Last", show=False),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "log--time",
        "log--label",
        "log--err",
    }
    ALLOW_SELECT = True

    follow: reactive[bool] = reactive(True, repaint=False)
    times: reactive[bool] = reactive(True)

    @dataclass
    class Changed(Message):
        """Following began or ended, or there are more lines."""

        view: LogView

        @property
        def control(self) -> LogView:
            return self.view

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, LogView.Changed)

    def __init__(self, *, zone: tzinfo | None = None, id: str | None = None) -> None:
        super().__init__(id=id)
        self._zone = zone
        self._lines: Lines = TextLines()
        self._seen = 0
        self._label = 0

    @property
    def lines(self) -> Lines:
        return self._lines

    @property
    def unseen(self) -> int:
        """Lines that came since this view stopped to follow."""
        return len(self._lines) - self._seen

    def show(self, lines: Lines, *, follow: bool) -> None:
        """Show other lines, from the first one or, when ``follow``, the newest."""
        self._lines = lines
        self.scroll_to(x=0, y=0, animate=False, immediate=True)
        self.follow = follow
        self.grown()
        self.refresh()

    def grown(self) -> None:
        """There are more lines than before."""
        before, count = self.virtual_size.height, len(self._lines)
        label = min(self._lines.widest_label, _LONGEST_LABEL)
        if label != self._label:
            self._label = label
            self.refresh()
        width = min(self._lines.widest, LONGEST_LINE + 40) + self._margin()
        self.virtual_size = Size(width, count)
        if self.follow:
            self._seen = count
            self._to_end()
        top = self.scroll_offset.y
        first, last = max(min(before, count), top), min(count, top + self.size.height)
        if last > first:
            self.refresh(Region(0, first - top, self.size.width, last - first))
        # A scrollbar that comes into sight now does not know yet where we are.
        self.call_after_refresh(self._place_scrollbar)
        self.post_message(self.Changed(self))

    def _place_scrollbar(self) -> None:
        self.vertical_scrollbar.position = self.scroll_y

    def _to_end(self) -> None:
        self.scroll_to(y=self.max_scroll_y, animate=False, immediate=True, force=True)

    def _margin(self) -> int:
        if not len(self._lines):
            return 0
        line = self._lines.line(0)
        shown = 13 if self.times and line.at is not None else 0
        return shown + (self._label + 1 if self._label else 0) + 2

    # -- painting --------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        left, top = self.scroll_offset
        index, width, base = top + y, self.size.width, self.rich_style
        if index >= len(self._lines):
            return Strip.blank(width, base)
        segments = self._segments(self._lines.line(index), base)
        selected = self.text_selection
        if selected is not None:
            segments = self._marked(segments, selected.get_span(index))
        whole = Strip(segments)
        strip = whole.crop_extend(left, left + width, base)
        if whole.cell_length > left + width:
            more = Segment("›", self.get_component_rich_style("log--label"))
            strip = Strip([*strip.crop(0, width - 1), more], width)
        return strip.apply_offsets(left, index)

    def _segments(self, line: ShownLine, base: Style) -> list[Segment]:
        segments = []
        if self.times and line.at is not None:
            dim = self.get_component_rich_style("log--time")
            segments.append(Segment(f"{time_of_day(line.at, self._zone)} ", dim))
        if line.label:
            label = shorten(plain(line.label), self._label)
            style = self.get_component_rich_style("log--label")
            segments.append(Segment(label + " " * (self._label + 1 - cell_len(label)), style))
        style = base
        if line.stream == "e":
            style = self.get_component_rich_style("log--err")
        if line.at is not None:
            segments.append(Segment("▏" if line.stream == "e" else " ", style))
        segments.append(Segment(log_line(line.text), style))
        return segments

    def _marked(self, segments: list[Segment], span: tuple[int, int] | None) -> list[Segment]:
        """The segments with the selected stretch of the line in the selection's style."""
        if span is None:
            return segments
        start, end = span
        style = self.screen.get_component_rich_style("screen--selection")
        marked, at = [], 0
        for text, own, _ in segments:
            from_, to = max(start - at, 0), len(text) if end == -1 else max(end - at, 0)
            marked += [
                Segment(text[:from_], own),
                Segment(text[from_:to], (own or Style()) + style),
                Segment(text[max(to, from_) :], own),
            ]
            at += len(text)
        return [segment for segment in marked if segment.text]

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        first = selection.start.y if selection.start else 0
        last = selection.end.y if selection.end else len(self._lines) - 1
        texts = []
        for index in range(first, min(last, len(self._lines) - 1) + 1):
            texts.append("".join(s.text for s in self._segments(self._lines.line(index), Style())))
        start = Offset(selection.start.x, 0) if selection.start else None
        end = Offset(selection.end.x, last - first) if selection.end else None
        return Selection(start, end).extract("\n".join(texts)), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        self.refresh()

    # -- moving ----------------------------------------------------------------------------

    def watch_follow(self, follow: bool) -> None:
        self._seen = len(self._lines)
        if follow:
            self._to_end()
        self.post_message(self.Changed(self))

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        if new_value < old_value and new_value < self.max_scroll_y:
            self.follow = False

    def on_resize(self, event: events.Resize) -> None:
        if self.follow:
            self._to_end()

    def action_scroll_up(self) -> None:
        self.scroll_relative(y=-1, animate=False, immediate=True)

    def action_scroll_down(self) -> None:
        self.scroll_relative(y=1, animate=False, immediate=True)

    def action_sideways(self, by: int) -> None:
        self.scroll_relative(x=by, animate=False, immediate=True)

    def action_page_up(self) -> None:
        self.scroll_relative(y=1 - self.size.height, animate=False, immediate=True)

    def action_page_down(self) -> None:
        self.scroll_relative(y=self.size.height - 1, animate=False, immediate=True)

    def action_first(self) -> None:
        self.scroll_to(x=0, y=0, animate=False, immediate=True)

    def action_last(self) -> None:
        self.follow = True
        self._to_end()
