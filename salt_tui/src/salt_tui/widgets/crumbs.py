"""The two lines on top: where one can go and who works here; where one is and how much there is."""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.style import Style
from textual.widgets import Static

from salt_tui.changes import Link
from salt_tui.modes import MODES, Mode
from salt_tui.readmodel import Overview
from salt_tui.text import plain, shorten

_NARROW = 66
_STATE = 28
"""Columns for how the system is."""


class Header(Horizontal):
    """The names of the lists, and how the system is; short where the line is."""

    def __init__(self, mode: str) -> None:
        super().__init__()
        self._mode = mode
        self._told: tuple[Overview, Link] | None = None

    def compose(self) -> ComposeResult:
        yield Static(" salt ", id="brand")
        for mode in MODES:
            yield Static("", id=f"tab-{mode.name}", classes=self._class(mode))
        yield Static("", id="state")

    def _class(self, mode: Mode) -> str:
        return "tab -here" if mode.name == self._mode else "tab"

    def on_resize(self, event: events.Resize) -> None:
        brand = event.size.width >= _NARROW
        self.query_one("#brand").display = brand
        whole = sum(len(mode.title) + 4 for mode in MODES) + 7 + _STATE
        for mode in MODES:
            named = mode.name == self._mode or event.size.width >= whole
            title = f" {mode.title}" if named else ""
            words = f"[@click=app.go('{mode.name}')]{mode.key}{title}[/]"
            self.query_one(f"#tab-{mode.name}", Static).update(words)
        if self._told is not None:
            self.tell(*self._told)

    def tell(self, overview: Overview, link: Link) -> None:
        """Show who leads, and what the agents can take; or that nobody knows."""
        self._told = overview, link
        if not link.up:
            self._tell_state(Content.styled("✗ no connection ", "$error"))
            return
        if not overview.known:
            self._tell_state(Content.styled("connecting … ", "$foreground-muted"))
            return
        host = ("● host", "$success") if overview.leader else ("○ no host", "$warning")
        count = overview.agents
        words = f"{count} agent{'' if count == 1 else 's'}" if count else "no agent"
        agents = (f"● {words}" if count else f"○ {words}", "$success" if count else "$warning")
        slots = f"  {overview.busy}/{overview.slots}" if count else ""
        if self.size.width < _NARROW:
            slots = ""
        self._tell_state(Content.assemble(host, "  ", agents, slots, " "))

    def _tell_state(self, state: Content) -> None:
        self.query_one("#state", Static).update(state, layout=False)


class Crumbs(Horizontal):
    """The way here, each step to click on, and at the right what the list holds."""

    _counted = 0
    """Characters at the right: only another number of them moves the way."""

    def compose(self) -> ComposeResult:
        yield Static("", id="way")
        yield Static("", id="count")

    def tell_way(self, places: list[str]) -> None:
        """Show the names of the views from the first to this one."""
        parts: list[Content | str | tuple[str, str] | tuple[str, Style]] = [" "]
        for depth, place in enumerate(places[:-1], start=1):
            step = Content(shorten(plain(place), 40)).stylize("$foreground-muted")
            click = Style.from_meta({"@click": f"app.back_to({depth})"})
            parts += [step.stylize(click), (" › ", "$foreground-disabled")]
        parts.append((shorten(plain(places[-1]), 60), "bold"))
        self.query_one("#way", Static).update(Content.assemble(*parts), layout=False)

    def tell_count(self, words: str) -> None:
        """Show ``words`` at the right."""
        same = len(words) == self._counted
        self._counted = len(words)
        self.query_one("#count", Static).update(Content(f"{plain(words)} "), layout=not same)
