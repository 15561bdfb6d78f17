"""The console: puts the views together, tells them what changed, and owns nothing else."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

from textual import on, work
from textual.actions import parse
from textual.binding import BindingType
from textual.screen import Screen
from textual.timer import Timer
from textual.worker import Worker, WorkerState

from salt_tui.actions.action import Action
from salt_tui.actions.keymap import Keymap
from salt_tui.actions.registry import bindings, everywhere, of_view
from salt_tui.changes import Changes, Link
from salt_tui.doing import Doing
from salt_tui.memory import Memory
from salt_tui.messages import LinkChanged, StoreChanged
from salt_tui.navigation import Place, Way, Ways, as_json, from_json
from salt_tui.readmodel import LOST, Overview, ReadModel
from salt_tui.screens.runs import RunsView
from salt_tui.screens.view import View
from salt_tui.screens.workflows import WorkflowsView
from salt_tui.themes import SALT, SALT_LIGHT

if TYPE_CHECKING:
    from textual.command import Provider

Leaving = Literal["keep", "stop"]
"""What becomes of the processes that the console started."""

Connect = Callable[[], Awaitable[tuple[Sequence[str], str]]]
_LOOK_S = 5.0
_REMEMBER_S = 1.0
_OPENED = ("runs", "run")
"""Views that are opened from others."""


# What is not in the first picture is imported when it is wanted.


def _commands() -> type[Provider]:
    from salt_tui.actions.palette import SaltCommands

    return SaltCommands


def _agents() -> Screen[None]:
    from salt_tui.screens.agents import AgentsView

    return AgentsView()


def _schedules() -> Screen[None]:
    from salt_tui.screens.schedules import SchedulesView

    return SchedulesView()


def _run(run: str) -> View:
    from salt_tui.screens.run import RunView

    return RunView(run)


class SaltApp(Doing[Leaving]):
    """The console over ``model``.

    Args:
        watched: Folders that the host builds from, for the empty state.
        started: What the console started and may stop when it ends: ``the scheduler host`` …
        notice: Something to say once, at the start.
        connect: Connects the model, once something is painted; returns ``started`` and ``notice``.
        keymap: Keys that a person has chosen.
        memory: What is remembered of the last time; ``None``: nothing.
        theme: Name of the colours; ``""``: those of the last time.
    """

    TITLE = "Salt"
    CSS_PATH = "app.tcss"
    MODES: ClassVar[dict[str, Callable[[], Screen[None]]]] = {  # type: ignore[assignment]  # see modes.py
        "workflows": WorkflowsView,
        "runs": RunsView,
        "agents": _agents,
        "schedules": _schedules,
    }
    DEFAULT_MODE = "workflows"
    COMMANDS: ClassVar = {_commands}
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(everywhere())]

    def __init__(
        self,
        model: ReadModel,
        *,
        watched: Sequence[str] = (),
        started: Sequence[str] = (),
        notice: str = "",
        connect: Connect | None = None,
        keymap: Keymap | None = None,
        memory: Memory | None = None,
        theme: str = "",
    ) -> None:
        self.memory = memory or Memory()
        start = from_json(self.memory.get("place"), list(self.MODES), _OPENED)
        if start:
            self.DEFAULT_MODE = start[0].view  # type: ignore[misc]  # Textual reads it while it begins
        super().__init__()
        self.keymap = keymap or Keymap()
        self.set_keymap(self.keymap.chosen)
        self._ways = Ways()
        self._start = start
        self._given: dict[str, dict[str, str]] = {}
        self._place_timer: Timer | None = None
        self.model = model
        self.watched = watched
        self._started = started
        self._connect = connect
        self._notice = notice
        self.failure: Exception | None = None
        self.overview = Overview()
        self.link = Link(True, 0)
        for own in (SALT, SALT_LIGHT):
            self.register_theme(own)
        remembered = (theme, str(self.memory.get("theme")), SALT.name)
        self.theme = next(name for name in remembered if name in self.available_themes)

    # -- keeping up ------------------------------------------------------------------------

    def on_mount(self) -> None:
        self.theme_changed_signal.subscribe(self, lambda theme: self._remember("theme", theme.name))
        if self._start:
            self._go(self._start)
        self._follow()
        self._look()
        self.tell_deeds()
        self.set_interval(_LOOK_S, self._look)
        self._tell_notice()
        if self._connect is not None:
            self.call_after_refresh(self._begin, self._connect)

    def _tell_notice(self) -> None:
        if self._notice:
            self.say(self._notice, timeout=10)

    @work(exit_on_error=False)
    async def _begin(self, connect: Connect) -> None:
        try:
            self._started, self._notice = await connect()
        except LOST as error:
            self.failure = error
            self.exit("keep")
            return
        self._tell_notice()
        self._look()

    @work(exit_on_error=False)
    async def _follow(self) -> None:
        await self.model.follow(self._published)

    def _published(self, news: Changes | Link) -> None:
        if isinstance(news, Link):
            self.post_message(LinkChanged(news))
        else:
            self.post_message(StoreChanged(news))

    @on(StoreChanged)
    def _store_changed(self, message: StoreChanged) -> None:
        if isinstance(self.screen, View):
            self.screen.store_changed(message.changes)
        if message.changes.agents or message.changes.everything:
            self._look()
        if message.changes.deeds or message.changes.everything:
            self.tell_deeds()

    @on(LinkChanged)
    def _link_changed(self, message: LinkChanged) -> None:
        self.link = message.link
        self._tell_system()

    @work(exclusive=True, group="look", exit_on_error=False)
    async def _look(self) -> None:
        await self.model.ready()
        try:
            self.overview = await self.model.overview()
        except LOST as error:
            self.model.lost(error)
            return
        self._tell_system()

    @on(Worker.StateChanged)
    def tell_failure(self, event: Worker.StateChanged) -> None:
        """Say that a question could not be handled: it must not pass in silence, nor end us."""
        if event.state is WorkerState.ERROR:
            error = event.worker.error
            self.say_problem(f"{type(error).__name__}: {error}")

    def _tell_system(self) -> None:
        # Where a dialog is on top, the view under it is told when it is back.
        if isinstance(self.screen, View):
            self.screen.tell_system()

    # -- places ----------------------------------------------------------------------------

    @property
    def view(self) -> View:
        """The view in sight, or the one under a dialog."""
        return next(one for one in reversed(self.screen_stack) if isinstance(one, View))

    def action_go(self, mode: str) -> None:
        self._go((Place(mode),))

    def action_back_to(self, depth: int) -> None:
        """Leave what was opened beyond the first ``depth`` views."""
        while len(self.screen_stack) > depth:
            self.pop_screen()

    def action_place_before(self) -> None:
        if self._ways.before:
            self._go(self._ways.before)

    def _go(self, way: Way) -> None:
        first, *further = way
        while len(self.screen_stack) > 1:
            self.pop_screen()
        if first.given:
            self._given[first.view] = dict(first.given)
        if self.current_mode != first.view:
            self.switch_mode(first.view)
        if self.screen_stack and isinstance(view := self.screen_stack[0], View) and view.is_mounted:
            view.arrive(self._given.pop(first.view, {}))
        for place in further:
            self._open(place)

    def _open(self, place: Place) -> None:
        about = place.given.get(place.view if place.view == "run" else "workflow", "")
        view = _run(about) if place.view == "run" else RunsView(about)
        self._given[str(id(view))] = place.given
        self.push_screen(view)

    def given(self, view: View) -> dict[str, str]:
        """How ``view`` should look that has just come to be: asked for once."""
        mode = self.screen_stack[:1] == [view]
        return self._given.pop(self.current_mode if mode else str(id(view)), {})

    def open_runs(self, workflow: str) -> None:
        """Show the runs of one workflow."""
        self._open(Place("runs", {"workflow": workflow}))

    def open_run(self, run: str) -> None:
        """Show one run."""
        self._open(Place("run", {"run": run}))

    def note_place(self) -> None:
        """A person is where they are now: it is remembered, a moment later."""
        way = tuple(view.place() for view in self.screen_stack if isinstance(view, View))
        if self._ways.note(way) and self._place_timer is None:
            self._place_timer = self.set_timer(_REMEMBER_S, self._remember_place)

    def _remember_place(self) -> None:
        self._place_timer = None
        self._remember("place", as_json(self._ways.here))

    @work(thread=True, exit_on_error=False, group="memory")
    def _remember(self, name: str, value: object) -> None:
        self.memory.put(name, value)

    # -- actions ---------------------------------------------------------------------------

    def possible(self) -> list[Action]:
        """What can be done now, in the view in sight and everywhere."""
        actions = (*of_view(self.view.view_name), *everywhere())
        return [action for action in actions if self._can(action)]

    def _can(self, action: Action) -> bool:
        name, given = parse(action.does)[1:]
        target = self._target(action)
        return target.check_action(name, given) is True

    def _target(self, action: Action) -> View | SaltApp:
        return self.view if hasattr(self.view, action.method) else self

    def command_of(self, action: Action) -> str:
        """The command line that does the same as ``action`` to what the cursor is on."""
        return action.command(self.view.names())

    async def do(self, action: Action) -> None:
        """Do what an action names, in the view in sight."""
        await self.run_action(action.does, self._target(action))

    def action_copy_command(self) -> None:
        self.view.copy(self.view.command())

    def action_choose_theme(self) -> None:
        self.search_themes()

    # -- deeds -----------------------------------------------------------------------------

    def action_help(self) -> None:
        if isinstance(self.screen, View):
            from salt_tui.screens.help import Help

            self.push_screen(Help(self.view.view_name))

    async def action_quit(self) -> None:
        """Textual's own way out (ctrl+q): nothing is asked, and nothing is stopped."""
        self.exit("keep")

    @work(exclusive=True, group="leave", exit_on_error=False)
    async def action_leave(self) -> None:
        from salt_tui.screens.dialogs import Leave

        if not self._started:
            self.exit("keep")
        elif answer := await self.push_screen_wait(Leave(self._started)):
            self.exit("stop" if answer == "stop" else "keep")
