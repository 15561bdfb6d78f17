"""The two lines on top: where one can go and who works here; where one is and how much there is."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from salt_tui.changes import Link
from salt_tui.modes import MODES
from salt_tui.readmodel import Overview
from salt_tui.text import plain, shorten


class Header(Horizontal):
    """The names of the lists, and how the system is."""

    def __init__(self, mode: str) -> None:
        super().__init__()
        self._mode = mode

    def compose(self) -> ComposeResult:
        yield Static(" salt ", id="brand")
        for mode in MODES:
            here = "-here" if mode.name == self._mode else ""
            words = f"[@click=app.go('{mode.name}')]{mode.key} {mode.title}[/]"
            yield Static(words, classes=f"tab {here}")
        yield Static("", id="state")

    def tell(self, overview: Overview, link: Link) -> None:
        """Show who leads, and what the agents can take; or that nobody knows."""
        if not link.up:
            self._tell_state(Content.styled("✗ no connection ", "$error"))
            return
        host = ("● host", "$success") if overview.leader else ("○ no host", "$warning")
        count = overview.agents
        words = f"{count} agent{'' if count == 1 else 's'}" if count else "no agent"
        agents = (f"● {words}" if count else f"○ {words}", "$success" if count else "$warning")
        slots = f"  {overview.busy}/{overview.slots}" if count else ""
        self._tell_state(Content.assemble(host, "  ", agents, slots, " "))

    def _tell_state(self, state: Content) -> None:
        self.query_one("#state", Static).update(state, layout=False)


class Crumbs(Horizontal):
    """The way here, and at the right what the list holds."""

    def compose(self) -> ComposeResult:
        yield Static("", id="way")
        yield Static("", id="count")

    def tell_way(self, places: list[str]) -> None:
        """Show the names of the views from the first to this one."""
        parts: list[Content | str | tuple[str, str]] = [" "]
        for place in places[:-1]:
            parts += [
                (shorten(plain(place), 40), "$foreground-muted"),
                (" › ", "$foreground-disabled"),
            ]
        parts.append((shorten(plain(places[-1]), 60), "bold"))
        self.query_one("#way", Static).update(Content.assemble(*parts), layout=False)

    def tell_count(self, words: str) -> None:
        """Show ``words`` at the right."""
        self.query_one("#count", Static).update(Content(f"{plain(words)} "), layout=False)
