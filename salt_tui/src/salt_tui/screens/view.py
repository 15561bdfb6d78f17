"""What all views share: the frame around them, and how they keep up with the store."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual import on, work
from textual.app import ComposeResult
from textual.reactive import reactive
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Footer
from textual.worker import Worker

from salt_tui.changes import Changes
from salt_tui.navigation import Place
from salt_tui.readmodel import LOST, ReadModel
from salt_tui.text import plain
from salt_tui.widgets.banner import Banner
from salt_tui.widgets.crumbs import Crumbs, Header
from salt_tui.widgets.table import VirtualTable

if TYPE_CHECKING:
    from salt_tui.app import SaltApp

_TICK_S = 1.0


class View(Screen[None]):
    """A full screen: header, crumbs, what ``body`` makes, footer.

    A view in sight is told what changed and reads that again; a view that comes into sight reads
    everything. While it reads, further changes are gathered, so a slow store is asked once.
    """

    AUTO_FOCUS = "VirtualTable"
    view_name: ClassVar[str] = ""
    """What the registry of actions calls it."""
    name_in_crumbs: ClassVar[str] = ""
    loaded: reactive[bool] = reactive(False)

    def __init__(self) -> None:
        super().__init__()
        self._stale = Changes()
        self._reading = False
        self._timer: Timer | None = None

    @property
    def salt(self) -> SaltApp:
        return cast("SaltApp", self.app)

    @property
    def model(self) -> ReadModel:
        return self.salt.model

    # -- the frame -------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        yield Header(self.salt.current_mode)
        yield Crumbs()
        yield Banner(id="banner")
        yield from self.body()
        yield Footer(show_command_palette=False, compact=True)

    def body(self) -> ComposeResult:
        """The widgets between crumbs and footer."""
        raise NotImplementedError

    @property
    def crumb(self) -> str:
        """What the crumbs call this view."""
        return self.name_in_crumbs

    def tell_way(self) -> None:
        """Show the crumbs anew."""
        stack = self.salt.screen_stack
        places = [view.crumb for view in stack if isinstance(view, View)]
        self.query_one(Crumbs).tell_way(places)
        self.salt.note_place()

    def place(self) -> Place:
        """What it takes to come back here."""
        row = self._cursor_key
        return Place(self.view_name, {**self.about(), **({"row": row} if row else {})})

    def about(self) -> dict[str, str]:
        """What the view is about, and how it looks: what ``arrive`` takes."""
        return {}

    def arrive(self, given: Mapping[str, str]) -> None:
        """Look as ``given`` says, which ``place`` told once."""
        if row := given.get("row"):
            self.query(VirtualTable).first().select(row)

    @property
    def _cursor_key(self) -> str:
        tables = self.query(VirtualTable)
        return tables.first().cursor_key if tables else ""

    def tell_system(self) -> None:
        """Show how the store, the host and the agents are."""
        self.query_one(Header).tell(self.salt.overview, self.salt.link)
        self.query_one(Banner).tell(self.salt.link, self.model.zone)

    def tell_count(self, words: str) -> None:
        """Show ``words`` at the right of the crumbs."""
        self.query_one(Crumbs).tell_count(words)

    # -- keeping up ------------------------------------------------------------------------

    def on_mount(self) -> None:
        self.set_interval(_TICK_S, self._tick)
        if given := self.salt.given(self):
            self.arrive(given)

    def on_screen_resume(self) -> None:
        self.tell_way()
        self.tell_system()
        self.store_changed(Changes(everything=True))

    def _tick(self) -> None:
        if self.is_active:
            self.tick()

    def tick(self) -> None:
        """A second has gone: repaint what tells how long ago something was."""

    def store_changed(self, changes: Changes) -> None:
        """Read again what changed, as far as it is shown here."""
        self._stale |= changes
        if self._stale and not self._reading:
            self._reading = True
            self._read_again()

    @work(group="read", exit_on_error=False)
    async def _read_again(self) -> None:
        try:
            await self.model.ready()
            while self._stale:
                changes, self._stale = self._stale, Changes()
                await self.read(changes)
                self.loaded = True
        except LOST as error:
            self.salt.model.lost(error)
        finally:
            self._reading = False

    @on(Worker.StateChanged)
    def _tell_failure(self, event: Worker.StateChanged) -> None:
        self.salt.tell_failure(event)

    async def read(self, changes: Changes) -> None:
        """Ask for what changed, and show it."""
        raise NotImplementedError

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "back":
            return self.can_go_back
        if action in ("open", "run_workflow", "copy_id"):
            return True if self.has_row else None
        return True

    @property
    def has_row(self) -> bool:
        """Whether the cursor is on anything."""
        tables = self.query(VirtualTable)
        return bool(tables) and tables.first().row is not None

    @on(VirtualTable.Moved)
    def _row_changed(self) -> None:
        self.refresh_bindings()
        if self.is_active:
            self.salt.note_place()

    def soon(self, seconds: float, do: Callable[[], None]) -> None:
        """Do it when nobody has asked for it again meanwhile: a cursor that runs down a list."""

        def now() -> None:
            self._timer = None
            do()

        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(seconds, now)

    @property
    def is_waiting(self) -> bool:
        """Whether something is to be done in a moment."""
        return self._timer is not None

    # -- what several views can do -----------------------------------------------------------

    @property
    def can_go_back(self) -> bool:
        """Whether there is anything to come back to, or to clear."""
        return self.is_attached and self.salt.screen_stack[0] is not self

    def action_back(self) -> None:
        if self.salt.screen_stack[0] is not self:
            self.dismiss()

    def copied_name(self) -> str:
        """The id or name that ``copy`` takes; empty when there is none."""
        return ""

    def names(self) -> dict[str, str]:
        """What words in capitals of a command line (``RUN``, ``WF``) stand for here."""
        return {}

    def command(self) -> str:
        """The command line that prints what this view shows; empty when there is none."""
        return ""

    def copy(self, text: str) -> None:
        """Put ``text`` into the clipboard, without what could steer a terminal."""
        if text := plain(text):
            self.app.copy_to_clipboard(text)
            self.say(f"Copied {text}")

    def action_copy_id(self) -> None:
        self.copy(self.copied_name())

    def say(self, text: str, *, problem: bool = False) -> None:
        """A short message in the corner; foreign text in it is shown as it is."""
        severity: Any = "error" if problem else "information"
        self.app.notify(plain(text), severity=severity, markup=False)
