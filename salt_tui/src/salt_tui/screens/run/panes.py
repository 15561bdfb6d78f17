"""The lower half of the view of a run: its log, failures, values, checks and journal."""

from __future__ import annotations

import asyncio
from typing import Literal

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.timer import Timer
from textual.widgets import ContentSwitcher, Static

from salt_core.logs.tagged import tag
from salt_core.model.run import Run
from salt_tui.logbuffer import SpooledLines
from salt_tui.logfeed import LogFeed, Wanted
from salt_tui.onerun import reports
from salt_tui.onerun.journal import line_of
from salt_tui.onerun.nodes import Node
from salt_tui.onerun.reading import RunReader
from salt_tui.readmodel import LOST, ReadModel
from salt_tui.text import plain
from salt_tui.widgets.logpane import LogPane

Pane = Literal["log", "error", "value", "checks", "journal"]
_TITLES: dict[Pane, str] = {
    "log": "Log",
    "error": "Error",
    "value": "Value",
    "checks": "Checks",
    "journal": "Journal",
}
_FLUSH_S = 0.1
_PAGE = 500


class Panes(Vertical):
    """Shows one thing of the call that the cursor is on."""

    DEFAULT_CSS = """
    Panes { height: 3fr; }
    Panes #pane-title { height: 1; background: $surface; }
    Panes #panes { height: 1fr; }
    """

    def __init__(self, model: ReadModel, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._model = model
        self._feed: LogFeed | None = None
        self._flushing: Timer | None = None
        self._subject: tuple[Pane, str] | None = None
        self._journal: SpooledLines | None = None
        self._entries = 0
        self._names: dict[int, str] = {}
        self._journal_lock = asyncio.Lock()
        self.shown: Pane = "log"
        self.about = ""

    def compose(self) -> ComposeResult:
        yield Static("", id="pane-title")
        with ContentSwitcher(initial="log", id="panes"):
            yield LogPane(zone=self._model.zone, id="log")
            yield LogPane(zone=self._model.zone, id="text")
            yield LogPane(zone=self._model.zone, id="journal")

    @property
    def log_pane(self) -> LogPane:
        return self.query_one("#log", LogPane)

    @property
    def text(self) -> LogPane:
        return self.query_one("#text", LogPane)

    @property
    def pane(self) -> LogPane:
        """The pane in sight."""
        return self.query_one(f"#{self.query_one('#panes', ContentSwitcher).current}", LogPane)

    def turn_to(self, shown: Pane) -> None:
        """Have this pane in sight."""
        self.shown = shown
        places = {"log": "log", "journal": "journal"}
        self.query_one("#panes", ContentSwitcher).current = places.get(shown, "text")

    def tell(self, about: str) -> None:
        """Show the names of the panes, and what the one in sight is about."""
        self.about = about
        parts: list[Content | str | tuple[str, str]] = [" "]
        for pane, title in _TITLES.items():
            style = "bold $accent" if pane == self.shown else "$foreground-muted"
            parts += [(title, style), "  "]
        words = f"{about}, {self._log_state()}" if self.shown == "log" else about
        parts.append((plain(words), "$foreground-muted"))
        self.query_one("#pane-title", Static).update(Content.assemble(*parts), layout=False)

    def _log_state(self) -> str:
        view, count = self.log_pane.view, len(self.log_pane.spool)
        words = f"{count:,} line{'' if count == 1 else 's'}"
        if self._feed is not None and self._feed.ended:
            return f"{words}, ended"
        if view.follow:
            return f"{words}, following (f)"
        return f"{words}, {view.unseen:,} new below (f)" if view.unseen else words

    # -- the log ---------------------------------------------------------------------------

    @property
    def feed(self) -> LogFeed | None:
        return self._feed

    def show_log(self, wanted: Wanted) -> None:
        """Read the log that is wanted, unless it is being read already."""
        if self._feed is not None and self._feed.wanted == wanted:
            return
        self._feed = LogFeed(self._model, wanted, self._grown)
        self.log_pane.show(self._feed.lines, follow=True, name=wanted.file_name)
        self.run_worker(self._run(self._feed), group="log", exclusive=True, exit_on_error=False)

    async def _run(self, feed: LogFeed) -> None:
        try:
            await feed.run()
        except LOST as error:
            self._model.lost(error)
            if self._feed is feed:
                self._feed = None  # the next reading begins anew
        self.tell(self.about)

    def _grown(self) -> None:
        """There are more lines: shown soon, together with what else comes."""
        if self._flushing is None and self.is_attached:
            self._flushing = self.set_timer(_FLUSH_S, self._flush)

    def _flush(self) -> None:
        self._flushing = None
        self.log_pane.grown()

    # -- texts -----------------------------------------------------------------------------

    def show_text(self, pane: Pane, key: str, text: str) -> None:
        """Show a text; what it begins with stays in sight while it is about the same."""
        same, self._subject = self._subject == (pane, key), (pane, key)
        self.text.show_text(text, stay=same)

    async def show_failure(self, reader: RunReader, run: Run, node: Node | None) -> None:
        """Why a call failed: at once what is known, then what has to be asked."""
        key = "" if node is None else node.key
        text = reports.failure_text(run, node, self._model)
        task = None if node is None else reports.failed_call(node)
        if self._subject != ("error", key) or task is None:
            self.show_text("error", key, text)
        if task is not None:
            more = await reports.failure_context(run, task, reader.tree.tasks(), self._model)
            if self.shown == "error":
                self.show_text("error", key, text + more)

    async def show_value(self, run: Run, node: Node | None) -> None:
        """What a call was given, and its value."""
        task = None if node is None else node.task
        text = await reports.value_text(run, task, self._model)
        if self.shown == "value":
            self.show_text("value", "" if node is None else node.key, text)

    def show_checks(self, nodes: list[Node]) -> None:
        """The checks of all calls in ``nodes``."""
        tasks = [task for node in nodes for task in reports.calls_of(node)]
        self.show_text("checks", nodes[0].key if nodes else "", reports.checks_text(tasks))

    # -- the journal -----------------------------------------------------------------------

    async def read_journal(self, run: str, *, anew: bool) -> None:
        """Read what the journal has beyond what is shown; ``anew``: all of it."""
        async with self._journal_lock:
            if self._journal is None or anew:
                self._journal, self._entries, self._names = SpooledLines(timed=False), 0, {}
                self.query_one("#journal", LogPane).show(
                    self._journal, follow=False, name=f"{run}-journal"
                )
            while entries := await self._model.store.journal(run, self._entries, _PAGE):
                lines = [
                    line_of(self._entries + number, entry, self._names)
                    for number, entry in enumerate(entries)
                ]
                self._entries += len(entries)
                records = [f"{0:013} o {line}".encode("utf-8", "replace") for line in lines]
                self._journal.extend(tag(0, records, b"0" * 13))
                self.query_one("#journal", LogPane).grown()

    def on_unmount(self) -> None:
        self._feed = None
