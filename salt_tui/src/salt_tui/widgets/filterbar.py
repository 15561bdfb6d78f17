"""The filter line over a list: judged while one types, with what could stand there next."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.style import Style
from textual.widgets import Input, Static

from salt_core.cli.filtering import Candidate, complete
from salt_core.errors import BadInput
from salt_tui.text import plain

_SHOWN = 12


class _Candidates(Static):
    """What could stand there, each to click on."""

    @dataclass
    class Clicked(Message):
        number: int

    def tell(self, candidates: list[Candidate], at: int) -> None:
        parts: list[Content | str | tuple[str, str]] = ["  "]
        for number, one in enumerate(candidates):
            text = Content(plain(one.shown)).stylize(Style.from_meta({"@click": f"take({number})"}))
            parts += [text.stylize("bold reverse" if number == at else "$accent"), "  "]
        if candidates and candidates[at].about:
            parts.append((f" {candidates[at].about}", "$foreground-muted"))
        self.update(Content.assemble(*parts), layout=False)

    def action_take(self, number: int) -> None:
        self.post_message(self.Clicked(number))


class FilterBar(Vertical):
    """Hidden until it is opened; stays in sight while a filter holds.

    Args:
        judge: Raises ``BadInput`` for a line that is no filter.
        hint: What the empty line shows.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "take", "Complete", show=False, priority=True),
        Binding("down", "choose(1)", "Next", show=False),
        Binding("up", "choose(-1)", "Before", show=False),
    ]

    @dataclass
    class Given(Message):
        """A filter was given, which ``judge`` found good; ``""`` clears it."""

        text: str

    def __init__(self, judge: Callable[[str], object], hint: str) -> None:
        super().__init__(id="filter")
        self._judge = judge
        self._hint = hint
        self._candidates: list[Candidate] = []
        self._at = 0
        self.known: Mapping[str, Iterable[str]] = {}
        """For fields the values that there are."""
        self.text = ""
        """The filter that holds."""

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield Static("/ ", classes="slash")
            yield Input(placeholder=self._hint, id="filter-line", compact=True)
        yield _Candidates(id="candidates")
        yield Static("", id="filter-problem", markup=False)

    @property
    def field(self) -> Input:
        return self.query_one(Input)

    @property
    def shown(self) -> bool:
        """Whether it is in sight."""
        return self.has_class("-shown")

    @property
    def typing(self) -> bool:
        """Whether what is typed is not yet the filter that holds."""
        return self.field.has_focus and self.field.value.strip() != self.text

    def open(self) -> None:
        """Come into sight, with the filter that holds, and take what is typed."""
        self.add_class("-shown", "-typing")
        self.field.value = plain(self.text)
        self.field.cursor_position = len(self.field.value)
        self.field.focus()
        self._tell(self.text)

    def set(self, text: str) -> bool:
        """Let ``text`` be the filter that holds; ``False``: it is none, and why is in sight."""
        try:
            self._judge(text)
        except BadInput as error:
            self._tell_problem(str(error))
            return False
        self.text = text
        self.field.value = plain(text)
        self.set_class(bool(text), "-shown")
        self.remove_class("-typing")
        self._tell_problem("")
        return True

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        text = event.value.strip()
        if self.set(text):
            self.post_message(self.Given(text))

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        self._tell(event.value)

    @on(Input.Blurred)
    def _left(self) -> None:
        self.remove_class("-typing")

    def _tell(self, text: str) -> None:
        self._candidates, self._at = complete(text, self.known)[:_SHOWN], 0
        self.query_one(_Candidates).tell(self._candidates, 0)
        problem = ""
        if not text.endswith(":") and not text.endswith(","):
            try:
                self._judge(text)
            except BadInput as error:
                problem = str(error)
        self._tell_problem(problem)

    def _tell_problem(self, problem: str) -> None:
        line = self.query_one("#filter-problem", Static)
        line.update(plain(problem))
        line.set_class(bool(problem), "-shown")

    def action_choose(self, by: int) -> None:
        if self._candidates:
            self._at = (self._at + by) % len(self._candidates)
            self.query_one(_Candidates).tell(self._candidates, self._at)

    @on(_Candidates.Clicked)
    def _clicked(self, event: _Candidates.Clicked) -> None:
        self._at = event.number
        self.action_take()

    def action_take(self) -> None:
        """Put the candidate in; a value is followed by a space."""
        if not self._candidates:
            return
        line = plain(self._candidates[self._at].line)
        self.field.value = line if line.endswith(":") else f"{line} "
        self.field.cursor_position = len(self.field.value)
        self.field.focus()
