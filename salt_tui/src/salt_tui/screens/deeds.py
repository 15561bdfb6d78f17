"""Who did what: the last deeds of all people, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from salt_core.model.deed import Deed
from salt_tui.text import plain
from salt_tui.times import moment
from salt_tui.widgets.choices import Choices
from salt_tui.widgets.columns import Cell, Column
from salt_tui.widgets.table import VirtualTable

_COLUMNS = (Column("WHEN", 12), Column("WHO", 12, most=24), Column("WHAT", 30, most=90))


class Deeds(ModalScreen[str | None]):
    """Returns the run or the workflow that a chosen deed was about."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "Open"),
        Binding("y", "copy", "Copy command"),
        Binding("escape,D,q", "close", "Close"),
    ]
    AUTO_FOCUS = "VirtualTable"

    def __init__(self, deeds: Sequence[Deed], now: int, zone: tzinfo | None) -> None:
        super().__init__()
        self._deeds = deeds
        self._now = now
        self._zone = zone

    @property
    def table(self) -> VirtualTable[Deed]:
        return self.query_one(VirtualTable)

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog list wide"):
            yield Static("Who did what", classes="title")
            yield VirtualTable[Deed](_COLUMNS, self._cells, lambda deed: deed.id)
            yield Static("" if self._deeds else "Nobody has done anything yet.", id="command")
            yield Choices(
                ("enter", "open", "screen.choose"),
                ("y", "copy command", "screen.copy"),
                ("esc", "close", "screen.close"),
            )

    def on_mount(self) -> None:
        self.table.styles.height = min(len(self._deeds) + 1, 20)
        self.table.show(self._deeds)

    def _cells(self, deed: Deed) -> list[Cell]:
        at = moment(deed.at, self._now, self._zone)
        return [Cell(at, "dim"), Cell(deed.by, "name"), Cell(deed.did)]

    @on(VirtualTable.Moved)
    def _tell(self) -> None:
        if self.table.row is not None:
            command = plain(self.table.row.command)
            shown = Content.assemble(("$ ", "$foreground-muted"), (command, "$accent"))
            self.query_one("#command", Static).update(shown)

    @on(VirtualTable.Opened)
    def action_choose(self) -> None:
        self.dismiss(self.table.row.about if self.table.row else None)

    def action_copy(self) -> None:
        if self.table.row is not None and (command := plain(self.table.row.command)):
            self.app.copy_to_clipboard(command)
            self.app.notify(f"Copied {command}", markup=False)

    def action_close(self) -> None:
        self.dismiss(None)
