"""A question with a list of answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from salt_tui.text import plain
from salt_tui.widgets.choices import Choices
from salt_tui.widgets.columns import Cell, Column
from salt_tui.widgets.table import VirtualTable


@dataclass(frozen=True, slots=True)
class Answer:
    """One of them.

    Attributes:
        key: What is returned; where it is one letter, that key gives the answer too.
        command: The command line that does the same.
    """

    key: str
    cells: tuple[Cell, ...]
    command: str = ""


class Pick(ModalScreen[str | None]):
    """Returns the key of the answer that was chosen, or ``None``."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "Choose"),
        Binding("y", "copy", "Copy command"),
        Binding("escape", "close", "Close"),
    ]
    AUTO_FOCUS = "VirtualTable"

    def __init__(self, title: str, columns: Sequence[Column], answers: Sequence[Answer]) -> None:
        super().__init__()
        self._title = title
        self._columns = columns
        self._answers = answers

    @property
    def table(self) -> VirtualTable[Answer]:
        return self.query_one(VirtualTable)

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog list"):
            yield Static(Content(plain(self._title)), classes="title")
            yield VirtualTable[Answer](self._columns, lambda one: one.cells, lambda one: one.key)
            yield Static("", id="command")
            yield Choices(
                ("enter", "choose", "screen.choose"),
                ("y", "copy command", "screen.copy"),
                ("esc", "stay", "screen.close"),
            )

    def on_mount(self) -> None:
        self.table.styles.height = min(len(self._answers) + 1, 16)
        self.table.show(self._answers)

    @on(VirtualTable.Moved)
    def _tell(self) -> None:
        command = self.table.row.command if self.table.row else ""
        shown = Content.assemble(("$ ", "$foreground-muted"), (plain(command), "$accent"))
        self.query_one("#command", Static).update(shown if command else Content(""))

    def on_key(self, event: events.Key) -> None:
        if any(event.key == answer.key for answer in self._answers):
            event.stop()
            self.dismiss(event.key)

    @on(VirtualTable.Opened)
    def action_choose(self) -> None:
        if self.table.row is not None:
            self.dismiss(self.table.row.key)

    def action_copy(self) -> None:
        if self.table.row is not None and (command := plain(self.table.row.command)):
            self.app.copy_to_clipboard(command)
            self.app.notify(f"Copied {command}", markup=False)

    def action_close(self) -> None:
        self.dismiss(None)
