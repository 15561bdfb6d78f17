"""Questions over a view: yes or no, and how to leave."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from salt_tui.text import plain
from salt_tui.widgets.choices import Choices


class Confirm(ModalScreen[bool]):
    """Asks before something is stopped or destroyed; Enter alone does nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "Yes"),
        Binding("n,escape", "answer(False)", "No"),
        Binding("c", "copy", "Copy command"),
    ]

    def __init__(self, question: str, consequence: str, command: str = "") -> None:
        """``command``: the command line that does the same."""
        super().__init__()
        self._command = plain(command)
        self._question = question
        self._consequence = consequence

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(Content(plain(self._question)).stylize("bold"))
            yield Static(Content(plain(self._consequence)))
            choices = [("y", "yes", "screen.answer(True)"), ("n", "no", "screen.answer(False)")]
            if self._command:
                shown = Content.assemble(("$ ", "$foreground-muted"), (self._command, "$accent"))
                yield Static(shown, id="command")
                choices.append(("c", "copy command", "screen.copy"))
            yield Choices(*choices)

    def action_answer(self, yes: bool) -> None:
        self.dismiss(yes)

    def action_copy(self) -> None:
        if self._command:
            self.app.copy_to_clipboard(self._command)
            self.app.notify(f"Copied {self._command}", markup=False)


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
            yield Choices(
                ("l", "leave running", "screen.answer('keep')"),
                ("s", "stop", "screen.answer('stop')"),
                ("esc", "stay", "screen.answer('')"),
            )

    def action_answer(self, answer: str) -> None:
        self.dismiss(answer or None)
