"""A view of lines by number: a log of any length, a traceback, a result.

Only the lines in sight are read. Whether it follows the newest line is a state of its own:
scrolling up leaves it, the end or ``follow`` brings it back, and new lines never move a reader.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo
from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Offset, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip

from salt_tui.logbuffer import Lines, text_lines
from salt_tui.logscanner import LogScanner
from salt_tui.text import LONGEST_LINE
from salt_tui.widgets.logpaint import COMPONENTS, LinePainter, selected
from salt_tui.widgets.logrows import Rows


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
    COMPONENT_CLASSES: ClassVar[set[str]] = COMPONENTS
    DEFAULT_CSS = """
    LogView {
        height: 1fr; scrollbar-size: 0 1;
        .log--time { color: $text-disabled; }
        .log--label { color: $secondary; }
        .log--err { color: $warning; }
        .log--warning { color: $warning; }
        .log--error { color: $error; }
        .log--match { background: $warning 35%; }
        .log--current { background: $primary 25%; }
        .log--here { background: $warning; color: $background; }
    }
    """
    ALLOW_SELECT = True

    follow: reactive[bool] = reactive(True, repaint=False)
    times: reactive[bool] = reactive(True)
    wrap: reactive[bool] = reactive(False)
    current: reactive[int | None] = reactive(None)
    """The line (of the whole log) that a search has come to."""

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
        self._painter = LinePainter(zone)
        self._lines: Lines = text_lines("")
        self._rows = Rows()
        self._seen = 0
        self.search: LogScanner | None = None

    @property
    def lines(self) -> Lines:
        return self._lines

    @property
    def unseen(self) -> int:
        """Lines that came since this view stopped to follow."""
        return len(self._lines) - self._seen

    def show(self, lines: Lines, *, follow: bool, at: int | None = None) -> None:
        """Show other lines: the newest when ``follow``, else from the line ``at`` of the whole log."""
        self._lines = lines
        self._rows.forget()
        self.follow = follow
        self.grown()
        if not follow:
            top = 0 if at is None else lines.place(at)
            self.scroll_to(x=0, y=top, animate=False, immediate=True)
        self.refresh()

    def grown(self) -> None:
        """There are more lines than before, or none where there were some."""
        before, count = self.virtual_size.height, len(self._lines)
        self._painter.label_width = min(self._lines.widest_label, self._painter.longest_label)
        margin = self._painter.margin(self._lines, times=self.times)
        width = min(self._lines.widest, LONGEST_LINE + 40) + margin
        if self.wrap:
            width = 1
        self._rows.fit(self.size.width, self.size.height, margin if self.times else 0, self.wrap)
        self.virtual_size = Size(width, self._rows.height(count))
        if self.follow:
            self._seen = count
            self._to_end()
        top = self.scroll_offset.y
        if before != self.virtual_size.height and before <= top + self.size.height:
            self.refresh()
        # A scrollbar that comes into sight now does not know yet where we are.
        self.call_after_refresh(self._place_scrollbar)
        self.post_message(self.Changed(self))

    def _place_scrollbar(self) -> None:
        self.vertical_scrollbar.position = self.scroll_y

    def _to_end(self) -> None:
        top = self._rows.to_end(self._lines, self._painter)
        self.scroll_to(y=top, animate=False, immediate=True, force=True)

    @property
    def top(self) -> int:
        """The line of the whole log that is the first in sight."""
        index = self.scroll_offset.y
        return self._lines.number(index) if index < len(self._lines) else 0

    @property
    def in_sight(self) -> range:
        """The places of the lines in sight."""
        first = self.scroll_offset.y
        return range(first, min(len(self._lines), first + self.size.height))

    def reveal(self, number: int) -> None:
        """Mark that line of the whole log, and have it in sight."""
        self.follow = False
        self.current = number
        place = self._lines.place(number)
        if place not in self.in_sight or self.wrap:
            top = max(0, place - self.size.height // 3)
            self._rows.skip = 0
            self.scroll_to(y=top, animate=False, immediate=True, force=True)
        self.refresh()

    # -- painting --------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        left, top = self.scroll_offset
        width, base = self.size.width, self.rich_style
        place = self._rows.at(y, top, self._lines, self._painter)
        if place is None:
            return Strip.blank(width, base)
        index, row = place
        number = self._lines.number(index)
        is_current = number == self.current
        if is_current:
            base = base + self.get_component_rich_style("log--current", partial=True)
        spans = self._spans(number, index)
        segments = self._painter.segments(self, index, base, spans, is_current)
        if self.text_selection is not None:
            style = self.screen.get_component_rich_style("screen--selection")
            segments = selected(segments, self.text_selection.get_span(index), style)
        whole = Strip(segments)
        if self.wrap:
            return self._rows.cut(whole, row, base).apply_offsets(self._rows.begins(row), index)
        strip = whole.crop_extend(left, left + width, base)
        if whole.cell_length > left + width:
            more = Segment("›", self.get_component_rich_style("log--label"))
            strip = Strip([*strip.crop(0, width - 1), more], width)
        return strip.apply_offsets(left, index)

    def _spans(self, number: int, index: int) -> list[tuple[int, int]]:
        """Where what is searched is in a line; asked for, when it is not known yet."""
        search = self.search
        if search is None or not search.query.text or not search.has(number):
            return []
        found = search.spans(number)
        if found is None:
            search.ask_spans([(number, self._painter.text(self._lines.line(index)))])
        return found or []

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        first = selection.start.y if selection.start else 0
        last = min(selection.end.y if selection.end else len(self._lines), len(self._lines) - 1)
        texts = [self._painter.whole(self, index) for index in range(first, last + 1)]
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

    def watch_times(self) -> None:
        self.grown()

    def watch_wrap(self) -> None:
        self._rows.forget()
        self.scroll_to(x=0, animate=False, immediate=True)
        self.grown()
        self.refresh()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        if new_value < old_value and new_value < self.max_scroll_y:
            self.follow = False

    def on_resize(self, event: events.Resize) -> None:
        self.grown()

    def action_scroll_up(self) -> None:
        self._move(-1)

    def action_scroll_down(self) -> None:
        self._move(1)

    def _move(self, rows: int) -> None:
        """Scroll by rows of the screen."""
        if not self.wrap:
            self.scroll_relative(y=rows, animate=False, immediate=True)
            return
        if rows < 0:
            self.follow = False
        top = self._rows.moved(rows, self.scroll_offset.y, self._lines, self._painter)
        self.scroll_to(y=top, animate=False, immediate=True)
        self.refresh()

    def _on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self._move(3)

    def _on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self._move(-3)

    def action_sideways(self, by: int) -> None:
        self.scroll_relative(x=by, animate=False, immediate=True)

    def action_page_up(self) -> None:
        self._move(1 - self.size.height)

    def action_page_down(self) -> None:
        self._move(self.size.height - 1)

    def action_first(self) -> None:
        self._rows.skip = 0
        self.follow = False
        self.scroll_to(x=0, y=0, animate=False, immediate=True)

    def action_last(self) -> None:
        self.follow = True
        self._to_end()
