"""One run: its tasks, and below them the log, why it failed, or its value. All of it live."""

from __future__ import annotations

from typing import ClassVar, Literal

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.timer import Timer
from textual.widgets import ContentSwitcher, Static

from salt_core.cli.words import task_name
from salt_core.ids import BODY
from salt_core.model.status import AttemptEnd, RunStatus
from salt_core.model.task import Task
from salt_tui.actions.registry import bindings, of_view
from salt_tui.asking import names_of
from salt_tui.changes import Changes
from salt_tui.logfeed import LogFeed
from salt_tui.marks import mark
from salt_tui.readmodel import LOST
from salt_tui.runtext import about_error, about_value, head
from salt_tui.screens.view import View
from salt_tui.taskrows import RunTasks
from salt_tui.text import plain
from salt_tui.times import moment, span
from salt_tui.widgets.columns import Cell, Column
from salt_tui.widgets.logpane import LogPane
from salt_tui.widgets.logview import LogView
from salt_tui.widgets.table import VirtualTable

Pane = Literal["log", "error", "value"]

_COLUMNS = (
    Column("#", 4, right=True),
    Column("TASK", 16, most=44),
    Column("STATUS", 11),
    Column("TRIES", 5, right=True),
    Column("STARTED", 12),
    Column("TOOK", 6, right=True),
    Column("AGENT", 14, drop=1),
    Column("ERROR", 20, most=90, drop=2),
)
_FLUSH_S = 0.1


class RunView(View):
    """The run ``run``, an id."""

    view_name = "run"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(of_view("run"))]

    def __init__(self, run: str) -> None:
        super().__init__()
        self._run = run
        self._tasks: RunTasks | None = None
        self._pane: Pane = "log"
        self._chosen = False
        self._all_logs = True
        self._attempt: int | None = None
        self._flushing: Timer | None = None
        self._feed: LogFeed | None = None
        self._soon: Timer | None = None

    @property
    def crumb(self) -> str:
        return self._run

    def body(self) -> ComposeResult:
        yield Static("", id="head")
        yield VirtualTable[Task](_COLUMNS, self._cells, lambda task: task.id, id="tasks")
        yield Static("", id="pane-title")
        with ContentSwitcher(initial="log", id="panes"):
            yield LogPane(zone=self.model.zone, id="log")
            yield LogPane(zone=self.model.zone, id="text")

    @property
    def table(self) -> VirtualTable[Task]:
        return self.query_one("#tasks", VirtualTable)

    @property
    def log_view(self) -> LogView:
        return self.log_pane.view

    @property
    def log_pane(self) -> LogPane:
        return self.query_one("#log", LogPane)

    @property
    def pane(self) -> LogPane:
        """The pane in sight."""
        return self.query_one(f"#{self.query_one('#panes', ContentSwitcher).current}", LogPane)

    def _cells(self, task: Task) -> list[Cell]:
        now = self.model.now()
        status = mark("quarantined" if task.quarantined else task.status)
        started, took = Cell("–", "dim"), Cell("–", "dim")
        if task.started is not None:
            started = Cell(moment(task.started, now, self.model.zone), "dim")
            took = Cell(span((task.finished or now) - task.started))
        error = task.error or next((a.error for a in reversed(task.attempts) if a.error), None)
        tries = sum(1 for one in task.attempts if one.status != AttemptEnd.PARKED)
        of = f"{tries}/{max(tries, task.policy.retries + 1)}" if task.kind == "task" else "–"
        return [
            Cell(task.id, "dim"),
            Cell(task_name(task), "name"),
            Cell(status.text, status.tone),
            Cell(of, "warn" if tries > 1 else "dim"),
            started,
            took,
            Cell(task.attempts[-1].agent if task.attempts else "", "dim"),
            Cell(f"{error.type}: {error.message}" if error else "", "bad"),
        ]

    # -- reading ---------------------------------------------------------------------------

    async def read(self, changes: Changes) -> None:
        tasks = self._tasks or RunTasks(self.model, self._run)
        if self._tasks is None or changes.everything:
            await tasks.load()
        elif self._run in changes.runs or self._run in changes.tasks:
            await tasks.update(changes.tasks.get(self._run, ()))
        else:
            return
        self._tasks = tasks
        self.table.show(tasks.tasks)
        if not self._chosen and tasks.run is not None and tasks.run.status == RunStatus.FAILED:
            self._look_at_failure(tasks.tasks)
        self.show()

    def _look_at_failure(self, tasks: list[Task]) -> None:
        """Show why the run failed, unless a person has chosen what to look at."""
        self._chosen = True
        self._pane = "error"
        failed = [task for task in tasks if task.error and task.id != BODY]
        if failed and self.table.cursor == 0:
            self.table.select(failed[0].id)

    def show(self) -> None:
        """Show what was read."""
        tasks = self._tasks
        if tasks is None or tasks.run is None:
            self.query_one("#head", Static).update(Content(" There is no such run (any more)."))
            return
        self.tell_count(f"{tasks.run.tasks_done}/{tasks.run.tasks_total} tasks done")
        self._tell_head()
        self._show_pane()
        self.refresh_bindings()

    def _tell_head(self) -> None:
        if self._tasks is not None and self._tasks.run is not None:
            content = head(self._tasks.run, self.model.now(), self.model.zone)
            self.query_one("#head", Static).update(content, layout=False)

    def tick(self) -> None:
        run = self._tasks.run if self._tasks else None
        if run is not None and not run.status.final:
            self._tell_head()
            self.table.refresh_changed()

    # -- the lower half --------------------------------------------------------------------

    def _show_pane(self) -> None:
        """Fill the lower half with what was chosen."""
        panes = self.query_one("#panes", ContentSwitcher)
        panes.current = "log" if self._pane == "log" else "text"
        if self._pane == "log":
            self._read_log()
        elif self._pane == "error":
            self._show_text(about_error(self._tasks, self.table.row, self.model))
        else:
            self._read_value()
        self._tell_pane()

    def _show_text(self, text: str) -> None:
        self.query_one("#text", LogPane).show_text(text)

    @work(group="value", exclusive=True, exit_on_error=False)
    async def _read_value(self) -> None:
        run = self._tasks.run if self._tasks else None
        if run is None:
            return
        try:
            value = await self.model.result(run.id)
        except LOST as error:
            self.model.lost(error)
            return
        if self._pane == "value":
            self._show_text(about_value(run, value))

    def _tell_pane(self) -> None:
        parts: list[Content | str | tuple[str, str]] = [" "]
        for pane in ("log", "error", "value"):
            style = "bold $accent" if pane == self._pane else "$foreground-muted"
            parts += [(pane.capitalize(), style), "  "]
        if self._pane == "log":
            parts.append((self._log_state(), "$foreground-muted"))
        elif self._pane == "error" and self.table.row is not None:
            parts.append((plain(f"{self.table.row.name}#{self.table.row.id}"), "$foreground-muted"))
        self.query_one("#pane-title", Static).update(Content.assemble(*parts), layout=False)

    def _log_state(self) -> str:
        view, row = self.log_view, self.table.row
        what = "of all tasks"
        if not self._all_logs and row is not None:
            tries = len(row.attempts)
            at = self._attempt or tries
            what = f"of {row.name}#{row.id}" + (f", try {at} of {tries}" if tries > 1 else "")
        count = len(view.lines)
        words = f"{what}, {count:,} line{'' if count == 1 else 's'}"
        if self._feed is not None and self._feed.ended:
            return plain(f"{words}, ended")
        if view.follow:
            return plain(f"{words}, following (f)")
        return plain(f"{words}, {view.unseen:,} new below (f)" if view.unseen else words)

    @on(LogView.Changed)
    def _log_changed(self) -> None:
        if self._pane == "log":
            self._tell_pane()

    @on(VirtualTable.Moved)
    def _moved(self) -> None:
        if self._tasks is None:
            return
        self._attempt = None
        if self._soon is not None:
            self._soon.stop()
        # Not at once: a cursor that runs down a list must not open every log on its way.
        self._soon = self.set_timer(_FLUSH_S, self._show_pane)

    # -- the log ---------------------------------------------------------------------------

    def _wanted_log(self) -> tuple[str, int] | None:
        """Task and attempt whose log to show; ``None``: those of all tasks."""
        row = self.table.row
        if self._all_logs or row is None:
            return None
        return row.id, self._attempt or max(len(row.attempts), 1)

    def _read_log(self) -> None:
        """Read the log that is wanted, unless it is being read already."""
        wanted = self._wanted_log()
        if self._feed is not None and self._feed.only == wanted:
            return
        self._feed = LogFeed(self.model, self._run, wanted, self._grown)
        name = self._run if wanted is None else f"{self._run}-{wanted[0]}-{wanted[1]}"
        self.log_pane.show(self._feed.lines, follow=True, name=name)
        self._run_feed(self._feed)

    @work(group="log", exclusive=True, exit_on_error=False)
    async def _run_feed(self, feed: LogFeed) -> None:
        try:
            await feed.run()
        except LOST as error:
            self.model.lost(error)
            if self._feed is feed:
                self._feed = None  # the next reading begins anew
        self._tell_pane()

    def _grown(self) -> None:
        """There are more lines: shown soon, together with what else comes."""
        if self._flushing is None and self.is_attached:
            self._flushing = self.set_timer(_FLUSH_S, self._flush)

    def _flush(self) -> None:
        self._flushing = None
        self.log_pane.grown()

    @on(LogPane.Copied)
    def _tell_copied(self, message: LogPane.Copied) -> None:
        self.say(message.said, problem=message.problem)

    # -- actions ---------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in ("cancel_run", "move_run", "rerun"):
            run = self._tasks.run if self._tasks else None
            ended = action == "rerun"
            return True if run is not None and run.status.final is ended else None
        return super().check_action(action, parameters)

    def copied_name(self) -> str:
        return self._run

    def names(self) -> dict[str, str]:
        run, task = (self._tasks.run if self._tasks else None), self.table.row
        names = {"RUN": self._run} if run is None else names_of(run)
        return names if task is None else names | {"TASK": task.id}

    def about(self) -> dict[str, str]:
        return {"run": self._run}

    def command(self) -> str:
        return f"salt show {self._run}"

    def action_back(self) -> None:
        if self.pane.leave():
            return
        if self.has_class("-zoomed"):
            self.action_zoom()
        elif self.focused is not None and self.focused is not self.table:
            self.table.focus()
        else:
            super().action_back()

    def action_show_pane(self, pane: Pane) -> None:
        self._pane, self._chosen = pane, True
        self._show_pane()

    @on(VirtualTable.Opened)
    def action_open(self) -> None:
        """The log of the task that the cursor is on."""
        self._all_logs = False
        self.action_show_pane("log")
        self.log_view.focus()

    def action_all_logs(self) -> None:
        self._all_logs = not self._all_logs
        self.action_show_pane("log")

    def action_attempt(self, by: int) -> None:
        row = self.table.row
        if row is not None and row.attempts:
            newest = len(row.attempts)
            at = max(1, min(newest, (self._attempt or newest) + by))
            self._attempt = None if at == newest else at
            self._all_logs = False
            self.action_show_pane("log")

    def action_follow(self) -> None:
        view = self.pane.view
        view.follow = not view.follow

    def action_times(self) -> None:
        view = self.pane.view
        view.times = not view.times

    def action_wrap(self) -> None:
        view = self.pane.view
        view.wrap = not view.wrap

    def action_search(self) -> None:
        self.pane.search()

    def action_match(self, way: int) -> None:
        self.pane.go(way)

    def action_first_error(self) -> None:
        self.pane.first_error()

    def action_level(self) -> None:
        self.pane.cycle_level()

    def action_only_task(self) -> None:
        self.pane.only_this()

    def action_only_matches(self) -> None:
        self.pane.only_matches()

    def action_copy_lines(self) -> None:
        self.pane.copy()

    def action_save_log(self) -> None:
        self.pane.save()

    def action_zoom(self) -> None:
        self.toggle_class("-zoomed")
        if self.has_class("-zoomed"):
            self.pane.view.focus()
        else:
            self.table.focus()

    def action_run_workflow(self) -> None:
        if self._tasks is not None and self._tasks.run is not None:
            self.salt.ask_and_run(self._tasks.run.workflow, self._tasks.run.params)

    def action_cancel_run(self) -> None:
        if self._tasks is not None and self._tasks.run is not None:
            self.salt.ask_and_cancel(self._tasks.run)

    def action_rerun(self) -> None:
        if self._tasks is not None and self._tasks.run is not None:
            self.salt.ask_and_rerun(self._tasks.run)

    def action_move_run(self) -> None:
        if self._tasks is not None and self._tasks.run is not None:
            self.salt.ask_and_move(self._tasks.run)
