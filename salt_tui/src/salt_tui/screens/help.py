"""What can be done here: a list to look through, to search, to do from, and to copy commands from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from salt_tui.actions.action import Action
from salt_tui.actions.keymap import MOVING
from salt_tui.actions.registry import everywhere, of_view, shown_keys
from salt_tui.text import plain
from salt_tui.widgets.columns import Cell, Column
from salt_tui.widgets.table import VirtualTable

if TYPE_CHECKING:
    from salt_tui.app import SaltApp

_COLUMNS = (
    Column("KEYS", 9),
    Column("ACTION", 12, most=14, drop=1),
    Column("WHAT IT DOES", 24, most=96),
)


@dataclass(frozen=True, slots=True)
class HelpRow:
    """One line; a title has no keys, what only moves has no action."""

    keys: str
    label: str
    help: str
    command: str = ""
    action: Action | None = None

    @property
    def text(self) -> str:
        """What a search looks into."""
        return f"{self.keys} {self.label} {self.help} {self.command}".lower()


class Help(ModalScreen[None]):
    """All actions of a view, each with its keys, its sentence and the command that does the same."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "do", "Do it"),
        Binding("escape", "close", "Close"),
        Binding("question_mark,q", "dismiss", "Close"),
        Binding("slash", "search", "Search"),
        Binding("y", "copy", "Copy command"),
        Binding("down", "move(1)", "Down", show=False),
        Binding("up", "move(-1)", "Up", show=False),
    ]
    AUTO_FOCUS = "VirtualTable"

    def __init__(self, view: str) -> None:
        super().__init__()
        self._view = view
        self._words = ""

    @property
    def _salt(self) -> SaltApp:
        return cast("SaltApp", self.app)

    @property
    def table(self) -> VirtualTable[HelpRow]:
        return self.query_one(VirtualTable)

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog help"):
            yield Static(f"What you can do in {self._view}", classes="title")
            yield Input(placeholder="words to look for", id="search", compact=True)
            yield VirtualTable[HelpRow](_COLUMNS, self._cells, lambda row: row.text)
            yield Static("", id="about")
            yield Static(
                "[@click=screen.do]enter[/] does it   [@click=screen.copy]y[/] copies its command   "
                "[@click=screen.search]/[/] searches   [@click=screen.close]esc[/] closes",
                classes="hints",
            )

    def on_mount(self) -> None:
        self._possible = {action.id for action in self._salt.possible()}
        self._rows = self._all()
        self._show()

    def _all(self) -> list[HelpRow]:
        rows = [self._row(action) for action in of_view(self._view)]
        rows.append(HelpRow("", "everywhere", ""))
        rows += [self._row(action) for action in everywhere()]
        rows.append(HelpRow("", "moving", ""))
        rows += [HelpRow(shown_keys(keys), "", what) for keys, what in MOVING.items()]
        return rows

    def _row(self, action: Action) -> HelpRow:
        notes = " Asks first." if action.asks else ""
        notes += " Can be undone." if action.undo else ""
        return HelpRow(
            self._salt.keymap.shown(action),
            action.label,
            action.help + notes,
            plain(self._salt.command_of(action)),
            action,
        )

    def _cells(self, row: HelpRow) -> list[Cell]:
        can = row.action is None or row.action.id in self._possible
        tone = "" if can else "dim"
        if not row.help:
            return [Cell(""), Cell(row.label, "name"), Cell("")]
        return [
            Cell(row.keys, "busy" if can else "dim"),
            Cell(row.label, tone),
            Cell(row.help, tone),
        ]

    def _show(self) -> None:
        words = self._words.lower().split()
        self.table.show([row for row in self._rows if all(word in row.text for word in words)])

    @on(VirtualTable.Moved)
    def _tell(self) -> None:
        row = self.table.row
        parts: list[Content | str | tuple[str, str]] = []
        if row is not None:
            parts.append(row.help)
            if row.command:
                parts += ["\n", ("$ ", "$foreground-muted"), (row.command, "$accent")]
        self.query_one("#about", Static).update(Content.assemble(*parts))

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self._words = event.value
        self._show()

    def action_search(self) -> None:
        self.query_one("#search").add_class("-shown")
        self.query_one("#search").focus()

    def action_move(self, by: int) -> None:
        self.table.action_move(by)

    def action_close(self) -> None:
        field = self.query_one("#search", Input)
        if field.has_class("-shown"):
            field.value = ""
            field.remove_class("-shown")
            self.table.focus()
        else:
            self.dismiss()

    def action_copy(self) -> None:
        if self.table.row is not None and self.table.row.command:
            self._salt.view.copy(self.table.row.command)

    @on(Input.Submitted)
    @on(VirtualTable.Opened)
    def action_do(self) -> None:
        row = self.table.row
        if row is None or row.action is None or row.action.id not in self._possible:
            return
        action = row.action
        self.dismiss()
        self.app.call_later(self._salt.do, action)
