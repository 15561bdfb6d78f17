"""A form made of a JSON Schema: judged while one types; Enter gives it once all of it is right."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from salt_core.parameters import PARAMETERS, Schema, Wording
from salt_tui.formfields import Field, Judged, fields, judge
from salt_tui.text import plain
from salt_tui.widgets.choices import Choices


class FieldRow(Vertical):
    """A name, where to type, and what is wrong."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "cycle(1)", "Next value", show=False),
        Binding("up", "cycle(-1)", "Value before", show=False),
    ]

    def __init__(self, field: Field, text: str) -> None:
        super().__init__(classes="field")
        self.field = field
        self._text = text

    def compose(self) -> ComposeResult:
        field = self.field
        name = Content.assemble((plain(field.name), "bold"), "*" if field.required else "")
        with Horizontal():
            yield Static(name, classes="name")
            hint = field.default or ("" if field.required else "not given")
            yield Input(plain(self._text), placeholder=plain(hint), compact=True)
        yield Static(self._wants(), classes="wants")

    def _wants(self) -> Content:
        wants = plain(self.field.wants) + ("   ↑ ↓ go through them" if self.field.choices else "")
        about = f"{plain(self.field.about)}  " if self.field.about else ""
        return Content.assemble(about, (wants, "$foreground-muted"))

    @property
    def input(self) -> Input:
        return self.query_one(Input)

    def tell(self, problem: str) -> None:
        """Show what is wrong in place of what is wanted."""
        wrong = Content.styled(f"✗ {plain(problem)}", "$error")
        self.query_one(".wants", Static).update(wrong if problem else self._wants())

    def action_cycle(self, by: int) -> None:
        choices = self.field.choices
        if not choices:
            (self.screen.focus_next if by > 0 else self.screen.focus_previous)(Input)
            return
        value = self.input.value
        at = choices.index(value) + by if value in choices else 0 if by > 0 else -1
        self.input.value = choices[at % len(choices)]
        self.input.cursor_position = len(self.input.value)


class Form(ModalScreen[dict[str, Any] | None]):
    """Asks for what a schema wants; returns it, or ``None``.

    Args:
        texts: What the fields begin with.
        command: The command line that does the same with such parameters; ``""``: none is shown.
        verb: What Enter does.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "stay", "Cancel"),
        Binding("ctrl+y", "copy", "Copy command", show=False),
    ]
    AUTO_FOCUS = "Input"

    def __init__(
        self,
        title: str,
        schema: Schema,
        texts: Mapping[str, str],
        command: Callable[[dict[str, Any]], str],
        verb: str = "run",
        wording: Wording = PARAMETERS,
    ) -> None:
        super().__init__()
        self._title = title
        self._schema = schema
        self._fields = fields(schema)
        self._texts = texts
        self._command = command
        self._verb = verb
        self._wording = wording

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog form"):
            yield Static(Content(plain(self._title)), classes="title")
            with VerticalScroll(can_focus=False):
                for field in self._fields:
                    yield FieldRow(field, self._texts.get(field.name, ""))
                if not self._fields:
                    yield Static("It takes no parameters.")
            yield Static("", id="problem")
            yield Static("", id="command")
            yield Choices(
                ("enter", self._verb, "screen.give"),
                ("tab", "next field", "screen.focus_next"),
                ("ctrl+y", "copy command", "screen.copy"),
                ("esc", "stay", "screen.stay"),
            )

    def on_mount(self) -> None:
        self._judge()

    def _judge(self) -> Judged:
        rows = list(self.query(FieldRow))
        judged = judge(
            self._schema, {row.field.name: row.input.value.strip() for row in rows}, self._wording
        )
        for row in rows:
            problem = judged.problems.get(row.field.name, "")
            # Nobody is told that a field is empty before they had a chance to fill it.
            row.tell(problem if row.input.value or row.has_class("-seen") else "")
        self.query_one("#problem", Static).update(Content(plain(judged.problems.get("", ""))))
        command = self._command(judged.params) if judged.params is not None else ""
        shown = Content.assemble(("$ ", "$foreground-muted"), (plain(command), "$accent"))
        self.query_one("#command", Static).update(shown if command else Content(""))
        return judged

    @on(Input.Changed)
    def _typed(self) -> None:
        self._judge()

    @on(Input.Blurred)
    def _left(self, event: Input.Blurred) -> None:
        if isinstance(row := event.input.parent and event.input.parent.parent, FieldRow):
            row.add_class("-seen")
            self._judge()

    @on(Input.Submitted)
    def _submitted(self) -> None:
        self.action_give()

    def key_enter(self) -> None:
        if not self._fields:
            self.action_give()

    def action_give(self) -> None:
        """Give it if it is right; else go to the first field that is not."""
        self.query(FieldRow).add_class("-seen")
        judged = self._judge()
        if judged.params is not None:
            self.dismiss(judged.params)
            return
        for row in self.query(FieldRow):
            if row.field.name in judged.problems:
                row.input.focus()
                return

    def action_copy(self) -> None:
        judged = self._judge()
        if judged.params is not None and (command := self._command(judged.params)):
            self.app.copy_to_clipboard(plain(command))
            self.app.notify(f"Copied {plain(command)}", markup=False)

    def action_stay(self) -> None:
        self.dismiss(None)
