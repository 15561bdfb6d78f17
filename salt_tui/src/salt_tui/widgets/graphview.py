"""A run as a graph, with a cursor on one of its nodes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from salt_tui.marks import TONES
from salt_tui.onerun.drawing import Drawn


class GraphView(ScrollView, can_focus=True):
    """Shows what ``drawing.draw`` makes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "go(0, -1)", "Up", show=False),
        Binding("down,j", "go(0, 1)", "Down", show=False),
        Binding("left", "go(-1, 0)", "Left", show=False),
        Binding("right", "go(1, 0)", "Right", show=False),
        Binding("home,g", "end(0)", "First", show=False),
        Binding("end,G", "end(-1)", "Last", show=False),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {"graph--cursor", *(f"tone--{t}" for t in TONES)}
    DEFAULT_CSS = """
    GraphView { height: 1fr; }
    GraphView > .graph--cursor { background: $primary 13%; text-style: bold; }
    GraphView:focus > .graph--cursor { background: $primary 30%; text-style: bold reverse; }
    """

    @dataclass
    class Moved(Message):
        """The cursor is on another node."""

        view: GraphView
        key: str

        @property
        def control(self) -> GraphView:
            return self.view

    @dataclass
    class Opened(Message):
        """A node was chosen."""

        view: GraphView
        key: str

        @property
        def control(self) -> GraphView:
            return self.view

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._drawn = Drawn([], {}, 0)
        self.cursor = ""

    def show(self, drawn: Drawn) -> None:
        """Show another picture; the cursor stays on its node."""
        self._drawn = drawn
        self.virtual_size = Size(drawn.width, len(drawn.lines))
        if self.cursor not in drawn.places:
            self.cursor = next(iter(drawn.places), "")
        self.refresh()

    def select(self, key: str) -> None:
        """Put the cursor on a node."""
        if key in self._drawn.places:
            self.cursor = key
            row, first, last = self._drawn.places[key]
            self.scroll_to_region(
                Region(first, row, last - first, 1), animate=False, immediate=True
            )
            self.refresh()

    def action_go(self, right: int, down: int) -> None:
        here = self._drawn.places.get(self.cursor)
        if here is None:
            return
        row, first, _ = here
        best: tuple[int, str] | None = None
        for key, (other, start, _) in self._drawn.places.items():
            along = (other - row) * down if down else (start - first) * right
            across = abs(start - first) if down else abs(other - row) * 4
            if along > 0 and (best is None or along * 2 + across < best[0]):
                best = (along * 2 + across, key)
        if best is not None:
            self._move(best[1])

    def action_end(self, which: int) -> None:
        if self._drawn.places:
            self._move(list(self._drawn.places)[which])

    def _move(self, key: str) -> None:
        self.select(key)
        self.post_message(self.Moved(self, key))

    def on_click(self, event: events.Click) -> None:
        x, y = event.x + self.scroll_offset.x, event.y + self.scroll_offset.y
        for key, (row, first, last) in self._drawn.places.items():
            if row == y and first <= x < last:
                self._move(key)
                if event.chain == 2:
                    self.post_message(self.Opened(self, key))

    def render_line(self, y: int) -> Strip:
        left, top = self.scroll_offset
        width, base = self.size.width, self.rich_style
        row = top + y
        if row >= len(self._drawn.lines):
            return Strip.blank(width, base)
        at = self._drawn.places.get(self.cursor)
        segments, x = [], 0
        for text, tone in self._drawn.lines[row]:
            style = base
            if at is not None and at[0] == row and at[1] == x:
                style = base + self.get_component_rich_style("graph--cursor")
            if tone:
                own = self.get_component_rich_style(f"tone--{tone}")
                style = style + Style(color=own.color)
            segments.append(Segment(text, style))
            x += len(text)
        return Strip(segments).crop_extend(left, left + width, base)
