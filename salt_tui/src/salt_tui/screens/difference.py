"""What two versions differ in, over the view that asked."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from salt_core.model.workflow import Version
from salt_tui.text import plain
from salt_tui.versiondiff import Difference, differences
from salt_tui.widgets.choices import Choices
from salt_tui.widgets.columns import Cell, Column
from salt_tui.widgets.table import VirtualTable

_COLUMNS = (
    Column("", 1),
    Column("IN", 10),
    Column("NAME", 14, most=26),
    Column("BEFORE", 16, most=40),
    Column("AFTER", 16, most=40),
)
_TONES = {"+": "good", "-": "bad", "~": "warn"}


class DifferenceOf(ModalScreen[None]):
    """The older version beside the newer."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,enter", "close", "Close")]
    AUTO_FOCUS = "VirtualTable"

    def __init__(self, before: Version, after: Version) -> None:
        super().__init__()
        self._before = before
        self._after = after
        self._found = differences(before, after)

    def compose(self) -> ComposeResult:
        title = f"{self._after.workflow}: {self._before.version} → {self._after.version}"
        with Vertical(classes="dialog list wide"):
            yield Static(Content(plain(title)), classes="title")
            yield VirtualTable[Difference](
                _COLUMNS, self._cells, lambda one: f"{one.what} {one.name}"
            )
            yield Static(Content("" if self._found else _SAME), id="command")
            yield Choices(("esc", "close", "screen.close"))

    def on_mount(self) -> None:
        table = self.query_one(VirtualTable)
        table.styles.height = min(len(self._found) + 1, 20)
        table.show(self._found)

    @staticmethod
    def _cells(it: Difference) -> list[Cell]:
        return [
            Cell(it.mark, _TONES[it.mark]),
            Cell(it.what, "dim"),
            Cell(it.name, "name"),
            Cell(it.before or "–", "" if it.before else "dim"),
            Cell(it.after or "–", "" if it.after else "dim"),
        ]

    def action_close(self) -> None:
        self.dismiss(None)


_SAME = "Nothing that is told differs: only the code itself does."
