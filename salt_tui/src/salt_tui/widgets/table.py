"""A table over any number of rows: only the lines in sight are made, and only changed ones painted.

Textual's DataTable measures every cell and repaints itself for each changed one (13 s to the first
paint of 100,000 rows; 90% of a core at 100 changes a second). This one asks for a row's cells when
its line is drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from salt_tui.marks import TONES
from salt_tui.text import plain
from salt_tui.widgets.columns import Cell, Column, fit

Row = TypeVar("Row")


class _Painted(NamedTuple):
    """What a line was made of when it was drawn."""

    cells: tuple[Cell, ...] | None
    at_cursor: bool = False
    focused: bool = False


_NEAR = 2_000
"""Rows around the cursor among which it looks for its row again."""


class VirtualTable(ScrollView, Generic[Row], can_focus=True):
    """Rows by number, with a cursor that stays on its row when others come and go.

    Args:
        cells: The cells of a row, one for each column.
        key: What tells a row from the others.
        find: The number of the row with such a key; ``None``: it is looked for near the cursor.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("home,g", "first", "First", show=False),
        Binding("end,G", "last", "Last", show=False),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "table--cursor",
        "table--title",
        *(f"tone--{tone}" for tone in TONES),
    }

    cursor: reactive[int] = reactive(0, repaint=False)

    @dataclass
    class Opened(Message):
        """A row was chosen with Enter or a second click."""

        table: VirtualTable[Any]

        @property
        def control(self) -> VirtualTable[Any]:
            return self.table

    @dataclass
    class Moved(Message):
        """The cursor is on another row, or its row has changed."""

        table: VirtualTable[Any]

        @property
        def control(self) -> VirtualTable[Any]:
            return self.table

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, VirtualTable.Moved)

    @dataclass
    class InSight(Message):
        """Other rows are in sight, or they may have changed: from ``first`` to ``last``."""

        table: VirtualTable[Any]
        first: int
        last: int

        @property
        def control(self) -> VirtualTable[Any]:
            return self.table

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, VirtualTable.InSight)

    def __init__(
        self,
        columns: Sequence[Column],
        cells: Callable[[Row], Sequence[Cell]],
        key: Callable[[Row], str],
        *,
        find: Callable[[str], int | None] | None = None,
        id: str | None = None,
    ) -> None:
        super().__init__(id=id)
        self._columns = columns
        self._cells = cells
        self._key = key
        self._find_key = find
        self._rows: Sequence[Row] = ()
        self._cursor_key = ""
        self._layout: list[tuple[int, int]] = []
        self._painted: dict[int, _Painted] = {}

    # -- rows ------------------------------------------------------------------------------

    @property
    def rows(self) -> Sequence[Row]:
        return self._rows

    @property
    def row(self) -> Row | None:
        """The row that the cursor is on."""
        return self._rows[self.cursor] if self.cursor < len(self._rows) else None

    @property
    def cursor_key(self) -> str:
        """What tells the row under the cursor from the others; empty when there is none."""
        return self._cursor_key

    def show(self, rows: Sequence[Row]) -> None:
        """Show ``rows``; the cursor and what is in sight stay on the rows where they were."""
        self._rows = rows
        self.virtual_size = Size(1, len(rows) + 1)
        at = self._find(self._cursor_key)
        moved = at - self.cursor
        if moved and self.scroll_offset.y > 0:
            self.scroll_to(y=self.scroll_offset.y + moved, animate=False, immediate=True)
        self.set_reactive(VirtualTable.cursor, at)
        self._note_cursor()
        self._tell_sight()
        self.refresh_changed()

    def _tell_sight(self) -> None:
        if self._rows and self.size.height > 1:
            top = self.scroll_offset.y
            last = min(top + self.size.height - 2, len(self._rows) - 1)
            self.post_message(self.InSight(self, top, last))

    def _find(self, key: str) -> int:
        """Where the row ``key`` is now: near where it was, most of the time."""
        size, start = len(self._rows), min(self.cursor, max(len(self._rows) - 1, 0))
        if not key or not size:
            return start
        if self._find_key is not None:
            found = self._find_key(key)
            return start if found is None else found
        for distance in range(min(_NEAR, max(start, size - 1 - start) + 1)):
            for at in {start + distance, start - distance}:
                if 0 <= at < size and self._key(self._rows[at]) == key:
                    return at
        return start

    def _note_cursor(self) -> None:
        row = self.row
        self._cursor_key = "" if row is None else self._key(row)
        self.post_message(self.Moved(self))

    def select(self, key: str) -> None:
        """Put the cursor on the row ``key``, if there is one."""
        self._cursor_key = key
        self.cursor = self._find(key)

    # -- painting --------------------------------------------------------------------------

    def refresh_changed(self) -> None:
        """Repaint the lines in sight that would read differently now."""
        width = self.size.width
        for y in range(self.size.height):
            if self._painted.get(y) != self._state(y):
                self.refresh(Region(0, y, width, 1))

    def _state(self, y: int) -> _Painted:
        """All that the line ``y`` of the screen is made of; no cells: nothing, or the titles."""
        index = self.scroll_offset.y + y - 1
        if y == 0 or index >= len(self._rows):
            return _Painted(None)
        return _Painted(tuple(self._cells(self._rows[index])), index == self.cursor, self.has_focus)

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        line = self._painted[y] = self._state(y)
        if y == 0:
            titles = [Cell(column.title) for column in self._columns]
            return self._strip(titles, self.get_component_rich_style("table--title"), width)
        if line.cells is None:
            return Strip.blank(width, self.rich_style)
        at_cursor = line.at_cursor
        base = self.get_component_rich_style("table--cursor") if at_cursor else self.rich_style
        return self._strip(line.cells, base, width)

    def _strip(self, cells: Sequence[Cell], base: Style, width: int) -> Strip:
        segments: list[Segment] = []
        for i, wide in self._layout:
            cell = cells[i]
            text = plain(cell.text)
            size = cell_len(text)
            if size > wide:
                text = set_cell_size(text, wide - 1) + "…"
            elif self._columns[i].right:
                text = " " * (wide - size) + text
            else:
                text = set_cell_size(text, wide)
            style = self._toned(base, cell.tone)
            if cell.tones:
                for letter, tone in zip(cell.text, cell.tones, strict=True):
                    segments.append(Segment(plain(letter), self._toned(base, tone)))
                text = " " * (wide - size)
            segments += [Segment(text, style), Segment(" ", base)]
        return Strip(segments).adjust_cell_length(width, base)

    def _toned(self, base: Style, tone: str) -> Style:
        if not tone:
            return base
        # Not the partial style: it would lose how far a muted colour is mixed with what is under.
        own = self.get_component_rich_style(f"tone--{tone}")
        return base + Style(color=own.color, bold=own.bold)

    def on_resize(self, event: events.Resize) -> None:
        self._layout = fit(self._columns, event.size.width)
        self.vertical_scrollbar.position = self.scroll_y
        self._keep_in_sight()
        self._tell_sight()
        self.refresh()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self._tell_sight()

    def watch_has_focus(self, has_focus: bool) -> None:
        super().watch_has_focus(has_focus)
        self.refresh_changed()

    # -- cursor ----------------------------------------------------------------------------

    def validate_cursor(self, cursor: int) -> int:
        return max(0, min(cursor, len(self._rows) - 1))

    def watch_cursor(self) -> None:
        self._keep_in_sight()
        self._note_cursor()
        self.refresh_changed()

    def _keep_in_sight(self) -> None:
        top, lines = self.scroll_offset.y, self.size.height - 1
        if self.cursor < top:
            self.scroll_to(y=self.cursor, animate=False, immediate=True)
        elif lines > 0 and self.cursor >= top + lines:
            self.scroll_to(y=self.cursor - lines + 1, animate=False, immediate=True)

    def action_move(self, by: int) -> None:
        self.cursor += by

    def action_page(self, by: int) -> None:
        self.cursor += by * max(1, self.size.height - 2)

    def action_first(self) -> None:
        self.cursor = 0

    def action_last(self) -> None:
        self.cursor = len(self._rows) - 1

    def on_click(self, event: events.Click) -> None:
        at = self.scroll_offset.y + event.y - 1
        if event.y >= 1 and at < len(self._rows):
            if event.chain == 2 and at == self.cursor:
                self.post_message(self.Opened(self))
            self.cursor = at
