"""Questions over a view: yes or no, how to leave, and with which parameters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from salt_core.errors import BadInput
from salt_core.parameters import Schema
from salt_tui.asking import from_line, signature
from salt_tui.text import plain


def _choices(*pairs: tuple[str, str]) -> Content:
    parts: list[Content | str | tuple[str, str]] = []
    for key, words in pairs:
        parts += [(f" {key} ", "bold $accent"), f"{words}   "]
    return Content.assemble(*parts)


class Confirm(ModalScreen[bool]):
    """Asks before something is stopped or destroyed; Enter alone does nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "Yes"),
        Binding("n,escape", "answer(False)", "No"),
    ]

    def __init__(self, question: str, consequence: str) -> None:
        super().__init__()
        self._question = question
        self._consequence = consequence

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(Content(plain(self._question)).stylize("bold"))
            yield Static(Content(plain(self._consequence)))
            yield Static(_choices(("y", "yes"), ("n", "no")), classes="choices")

    def action_answer(self, yes: bool) -> None:
        self.dismiss(yes)


class Leave(ModalScreen[str | None]):
    """Asks what becomes of the processes that this console started: ``keep``, ``stop``, or stay."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("l", "answer('keep')", "Leave running"),
        Binding("s", "answer('stop')", "Stop"),
        Binding("escape", "answer('')", "Stay"),
    ]

    def __init__(self, started: Sequence[str]) -> None:
        super().__init__()
        self._started = started

    def compose(self) -> ComposeResult:
        what = " and ".join(self._started)
        with Vertical(classes="dialog"):
            yield Static(Content("Leave the console?").stylize("bold"))
            yield Static(
                Content(
                    f"It started {what}. Left running, schedules go on firing and tasks go on; "
                    "the next  salt ui  finds them again."
                )
            )
            yield Static(
                _choices(("l", "leave running"), ("s", "stop"), ("esc", "stay")), classes="choices"
            )

    def action_answer(self, answer: str) -> None:
        self.dismiss(answer or None)


class AskParameters(ModalScreen[dict[str, Any] | None]):
    """Asks for the parameters of a run in one line, and judges them while one types."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "stay", "Cancel")]

    def __init__(self, title: str, schema: Schema, line: str) -> None:
        super().__init__()
        self._title = title
        self._schema = schema
        self._line = line

    def compose(self) -> ComposeResult:
        asked = signature(self._schema)
        with Vertical(classes="dialog"):
            yield Static(Content(plain(self._title)).stylize("bold"))
            yield Static(
                Content(f"It takes {plain(asked)}." if asked else "It takes no parameters.")
            )
            yield Input(self._line, placeholder="key=value key=value", id="line", compact=True)
            yield Static("", id="problem")
            yield Static(_choices(("enter", "run"), ("esc", "stay")), classes="choices")

    def _read(self, line: str) -> dict[str, Any] | None:
        try:
            params, problem = from_line(line, self._schema), ""
        except BadInput as error:
            params, problem = None, str(error)
        self.query_one("#problem", Static).update(Content(plain(problem)))
        return params

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self._read(event.value)

    @on(Input.Submitted)
    def _given(self, event: Input.Submitted) -> None:
        params = self._read(event.value)
        if params is not None:
            self.dismiss(params)

    def action_stay(self) -> None:
        self.dismiss(None)
