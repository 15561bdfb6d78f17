"""A log with all that one does with it: search, filters, copying, saving."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from pathlib import Path

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Input, Static

from salt_tui.logbuffer import ChosenLines, SpooledLines, text_lines
from salt_tui.loglevels import DEBUG, ERROR, INFO, WARNING
from salt_tui.logquery import LogQuery
from salt_tui.logsave import as_text, save
from salt_tui.logscanner import LogScanner
from salt_tui.logwords import as_query, told_filters, told_search
from salt_tui.widgets.logview import LogView

_SOON_S = 0.1
_TYPED_S = 0.2
_MOST_COPIED = 2_000
_LEVELS = (DEBUG, INFO, WARNING, ERROR)


class LogPane(Vertical):
    """Looks at one spool after the other; search and filters stay as they are."""

    DEFAULT_CSS = """
    LogPane { height: 1fr; }
    LogPane .bar { height: 1; display: none; background: $surface; padding: 0 1; }
    LogPane .bar.-shown { display: block; }
    LogPane .bar .sign { width: 2; color: $accent; text-style: bold; }
    LogPane .bar Input { width: 1fr; background: $surface; display: none; }
    LogPane .bar.-typing Input { display: block; }
    LogPane .bar .found { width: auto; color: $text-muted; }
    """

    @dataclass
    class Copied(Message):
        """Lines were copied or saved, or could not be; ``said`` tells it to a person."""

        pane: LogPane
        said: str
        problem: bool = False

        @property
        def control(self) -> LogPane:
            return self.pane

    def __init__(self, *, zone: tzinfo | None = None, id: str | None = None) -> None:
        super().__init__(id=id)
        self._zone = zone
        self._spool = text_lines("")
        self._title = "log"
        self._query = LogQuery()
        self._only_matches = False
        self._level, self._stream = DEBUG, ""
        self._sources: tuple[int, ...] | None = None
        self._filter: LogScanner | None = None
        self._search: LogScanner | None = None
        self._scans: dict[LogScanner, asyncio.Task[None]] = {}
        self._origin: int | None = None
        self._anchor: int | None = None
        self._soon: Timer | None = None
        self._typed: Timer | None = None

    def compose(self) -> ComposeResult:
        yield LogView(zone=self._zone)
        with Horizontal(classes="bar"):
            yield Static("/ ", classes="sign")
            yield Input(placeholder="words, or /pattern/", compact=True)
            yield Static("", classes="found")

    @property
    def view(self) -> LogView:
        return self.query_one(LogView)

    @property
    def spool(self) -> SpooledLines:
        return self._spool

    # -- what is shown ---------------------------------------------------------------------

    def show(self, lines: SpooledLines, *, follow: bool, name: str = "log") -> None:
        """Show another spool, under the same search and filters; the one before is closed."""
        if lines is not self._spool:
            self._end(self._filter, self._search)
            self._spool.close()
        self._spool, self._title, self._sources = lines, name, None
        self.view.current = None
        self.view.show(lines, follow=follow)
        self._refilter(follow=follow)
        self._research(jump=False)

    def show_text(self, text: str, *, stay: bool = False) -> None:
        """Show a text that is there already; ``stay``: from the line that is the first in sight."""
        lines, old = text_lines(text), self._spool
        same = len(old) == len(lines) and old.size == lines.size
        if same and all(old.record(n) == lines.record(n) for n in range(len(lines))):
            lines.close()
            return
        top = self.view.top if stay else None
        self.show(lines, follow=False)
        if top is not None and self._filter is None:
            self.view.show(lines, follow=False, at=top)

    def grown(self) -> None:
        """The spool has more lines."""
        for scanner in (self._filter, self._search):
            if scanner is not None:
                scanner.grown()
        if self._filter is None:
            self.view.grown()

    def on_unmount(self) -> None:
        self._end(self._filter, self._search)
        self._spool.close()

    # -- scanning --------------------------------------------------------------------------

    def _scan(self, query: LogQuery) -> LogScanner:
        scanner = LogScanner(self._spool, query, self._scanned)
        self._scans[scanner] = asyncio.create_task(scanner.run(), name=f"search {query.text!r}")
        return scanner

    def _end(self, *scanners: LogScanner | None) -> None:
        for scanner in scanners:
            if scanner is not None and (running := self._scans.pop(scanner, None)):
                running.cancel()

    def _scanned(self) -> None:
        """There is news of a scan: shown soon, together with what else comes."""
        if self._soon is None and self.is_attached:
            self._soon = self.set_timer(_SOON_S / 2, self._show_scanned)

    def _show_scanned(self) -> None:
        self._soon = None
        view, filter_, search = self.view, self._filter, self._search
        if filter_ is not None:
            view.grown()
            if self._anchor is not None and (
                filter_.done or filter_.scanned > self._anchor + view.size.height
            ):
                view.scroll_to(
                    y=view.lines.place(self._anchor), animate=False, immediate=True, force=True
                )
                self._anchor = None
        if search is not None and self._origin is not None:
            self._jump(search, self._origin)
        self._tell()
        view.refresh()

    def _jump(self, search: LogScanner, origin: int) -> None:
        """To the first match from ``origin`` on, when it is known."""
        found = search.next(origin - 1)
        if found is None or (found < origin and not search.done):
            if search.done:
                self._origin = None
            return
        self._origin = None
        self.view.reveal(found)

    @property
    def _filters(self) -> LogQuery:
        base = LogQuery(level=self._level, stream=self._stream, sources=self._sources)
        if self._only_matches:
            return replace(
                base,
                text=self._query.text,
                regex=self._query.regex,
                level=max(self._level, self._query.level),
            )
        return base

    def _refilter(self, *, follow: bool) -> None:
        """Show the lines that the filters leave, about where the view is now."""
        view, query = self.view, self._filters
        top = view.top
        self._end(self._filter)
        self._filter = self._scan(query) if query else None
        self._anchor = None if follow or view.follow or not query else top
        if self._filter is None:
            if view.lines is not self._spool:
                view.show(self._spool, follow=view.follow, at=view.current or top)
        else:
            chosen = ChosenLines(self._spool, self._filter.matches)
            view.show(chosen, follow=view.follow)
        self._tell()

    def _research(self, *, jump: bool) -> None:
        """Search anew, among the lines that the filters leave."""
        self._end(self._search)
        query = self._query
        self._search = None
        if query:
            level = max(query.level, self._level)
            self._search = self._scan(
                replace(query, level=level, stream=self._stream, sources=self._sources)
            )
        self.view.search = self._search
        self._origin = None
        if jump:
            at = self.view.current if self.view.current is not None else self.view.top
            self._origin = 0 if self.view.follow else at
        self._tell()
        self.view.refresh()

    # -- the bar ---------------------------------------------------------------------------

    def _tell(self) -> None:
        """Show what is searched and what was found, and which filters there are."""
        parts = []
        if self._search is not None:
            parts += told_search(self._search, self._query, self.view.current, len(self._spool))
        if self._filter is not None:
            parts += told_filters(self._filter, self._spool, self._only_matches)
        bar = self.query_one(".bar")
        bar.set_class(bool(parts) or bar.has_class("-typing"), "-shown")
        self.query_one(".found", Static).update(Content("  ".join(parts)))
        self.post_message(LogView.Changed(self.view))

    @property
    def typing(self) -> bool:
        """Whether what to search is being typed."""
        return self.query_one(".bar").has_class("-typing")

    def search(self) -> None:
        """Let a person type what to look for."""
        field = self.query_one(Input)
        self.query_one(".bar").add_class("-shown", "-typing")
        text = self._query.text
        field.value = f"/{text}/" if self._query.regex else text
        field.focus()

    @on(Input.Changed)
    def _typed_more(self) -> None:
        if self._typed is not None:
            self._typed.stop()
        if self.typing:
            self._typed = self.set_timer(_TYPED_S, self._take_typed)

    def _take_typed(self) -> None:
        self._typed = None
        query = as_query(self.query_one(Input).value)
        if query != self._query:
            self.look_for(query)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._stop_typing()
        query = as_query(event.value)
        if query != self._query:
            self.look_for(query)

    def _stop_typing(self) -> None:
        if self._typed is not None:
            self._typed.stop()
            self._typed = None
        self.query_one(".bar").remove_class("-typing")
        self.view.focus()
        self._tell()

    def look_for(self, query: LogQuery) -> None:
        """Search, and go to the first match from here on."""
        self._query = query
        if not query:
            self.view.current = None
            self._only_matches = False
        self._research(jump=bool(query))
        if self._only_matches or (self._filter is not None and self._filters != self._filter.query):
            self._refilter(follow=False)

    def leave(self) -> bool:
        """Give up typing, else the search, else the filters; ``False``: there was none of these."""
        if self.typing:
            self._stop_typing()
        elif self._query:
            self.look_for(LogQuery())
        elif self._filters:
            self._level, self._stream, self._sources = DEBUG, "", None
            self._refilter(follow=False)
        else:
            return False
        return True

    # -- what one does ---------------------------------------------------------------------

    def go(self, way: int) -> None:
        """To the next match, or the one before."""
        search = self._search
        if search is None:
            return
        here = self.view.current if self.view.current is not None else self.view.top - way
        found = search.next(here) if way > 0 else search.previous(here)
        if found is not None:
            self.view.reveal(found)
            self._tell()

    def first_error(self) -> None:
        """To the first line that tells of an error; the next ones are its matches."""
        self.view.current = 0
        self.look_for(LogQuery(level=ERROR))

    def cycle_level(self) -> None:
        """All lines, those that are no debugging, warnings, errors, what was on stderr."""
        if self._stream:
            self._stream, self._level = "", DEBUG
        elif self._level == ERROR:
            self._stream, self._level = "e", DEBUG
        else:
            self._level = _LEVELS[self._level + 1]
        self._narrow()

    def only_this(self) -> None:
        """Only lines of the task that the current line, or the first in sight, is of; or all."""
        if self._sources is not None:
            self._sources = None
        elif len(self._spool):
            at = self.view.current if self.view.current is not None else self.view.top
            self._sources = (self._spool.line(at).source,)
        self._narrow()

    def _narrow(self) -> None:
        self._refilter(follow=False)
        self._research(jump=False)

    def only_matches(self) -> None:
        """Leave out all lines but the matches; or show them again."""
        if self._query:
            self._only_matches = not self._only_matches
            self._refilter(follow=False)

    # -- taking it along -------------------------------------------------------------------

    def copy(self) -> None:
        """What is selected, else the current line, else the lines in sight."""
        view = self.view
        selected = self.screen.get_selected_text()
        if selected:
            text = selected
        elif view.current is not None:
            text = as_text(self._spool.line(view.current))
        else:
            text = "\n".join(as_text(view.lines.line(place)) for place in view.in_sight)
        lines = text.count("\n") + 1
        if not text:
            self.post_message(self.Copied(self, "There is nothing to copy.", True))
        elif lines > _MOST_COPIED:
            self.post_message(self.Copied(self, "That is too much to copy: save it.", True))
        else:
            self.app.copy_to_clipboard(text)
            many = "1 line" if lines == 1 else f"{lines:,} lines"
            self.post_message(self.Copied(self, f"Copied {many}."))

    def save(self) -> None:
        """All lines that the filters leave, into a new file in the working folder."""
        chosen = None if self._filter is None else list(self._filter.matches)
        self.run_worker(self._save(self._spool, chosen), group="save", exit_on_error=False)

    async def _save(self, lines: SpooledLines, chosen: Sequence[int] | None) -> None:
        write: Callable[[], Path] = lambda: save(lines, chosen, self._title, Path.cwd())
        try:
            path = await asyncio.to_thread(write)
        except OSError as error:
            said = f"The log cannot be saved: {error.strerror or error}."
            self.post_message(self.Copied(self, said, True))
            return
        count = len(lines) if chosen is None else len(chosen)
        self.post_message(self.Copied(self, f"Saved {count:,} lines as {path}."))
