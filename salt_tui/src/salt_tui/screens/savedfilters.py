"""Saved filters: choose one, save the one that holds, forget one."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from salt_tui.savedfilters import SavedFilters
from salt_tui.widgets.columns import Cell, Column
from salt_tui.widgets.table import VirtualTable

_COLUMNS = (Column("NAME", 16, most=30), Column("FILTER", 24, most=90))


class ChooseFilter(ModalScreen[str | None]):
    """Returns the line of the filter that was chosen.

    Args:
        current: The filter that holds, which may be saved.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "Use"),
        Binding("s", "name", "Save"),
        Binding("d", "forget", "Forget"),
        Binding("escape", "close", "Close"),
    ]
    AUTO_FOCUS = "VirtualTable"

    def __init__(self, saved: SavedFilters, current: str) -> None:
        super().__init__()
        self._saved = saved
        self._current = current

    @property
    def table(self) -> VirtualTable[tuple[str, str]]:
        return self.query_one(VirtualTable)

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog list"):
            yield Static("Saved filters", classes="title")
            yield VirtualTable[tuple[str, str]](_COLUMNS, self._cells, lambda row: row[0])
            yield Input(placeholder="a name for this filter", id="name", compact=True)
            yield Static(
                "[@click=screen.choose]enter[/] uses it   [@click=screen.forget]d[/] forgets it   "
                "[@click=screen.close]esc[/] closes",
                classes="hints",
            )
            yield Static(f"s saves  {self._current}" if self._current else "", markup=False)

    def on_mount(self) -> None:
        self.table.show(self._saved.all())

    def _cells(self, row: tuple[str, str]) -> list[Cell]:
        return [Cell(row[0], "name" if self._saved.own(row[0]) else ""), Cell(row[1], "busy")]

    @on(VirtualTable.Opened)
    def action_choose(self) -> None:
        if self.table.row is not None:
            self.dismiss(self.table.row[1])

    def action_name(self) -> None:
        if self._current:
            field = self.query_one("#name", Input)
            field.add_class("-shown")
            field.focus()

    @on(Input.Submitted)
    def _named(self, event: Input.Submitted) -> None:
        if name := event.value.strip():
            self._saved.save(name, self._current)
            self.table.show(self._saved.all())
            self.table.select(name)
        self.action_close()

    def action_forget(self) -> None:
        if self.table.row is not None:
            self._saved.forget(self.table.row[0])
            self.table.show(self._saved.all())

    def action_close(self) -> None:
        field = self.query_one("#name", Input)
        if field.has_class("-shown"):
            field.value = ""
            field.remove_class("-shown")
            self.table.focus()
        else:
            self.dismiss(None)
