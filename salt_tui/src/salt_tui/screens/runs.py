"""The runs, newest first: all of them, or one workflow's."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import ContentSwitcher, Static

from salt_core.cli.filtering import HINT, parse
from salt_core.model.query import RunQuery
from salt_core.model.run import Run
from salt_core.model.status import RunStatus
from salt_tui.actions.registry import bindings, of_view
from salt_tui.asking import names_of
from salt_tui.changes import Changes
from salt_tui.marks import mark
from salt_tui.readmodel import LOST
from salt_tui.runlist import RunList, RunRow
from salt_tui.runpreview import preview
from salt_tui.savedfilters import SavedFilters
from salt_tui.screens.savedfilters import ChooseFilter
from salt_tui.screens.view import View
from salt_tui.times import age, span
from salt_tui.widgets.columns import Cell, Column
from salt_tui.widgets.emptystate import EmptyState, Hint
from salt_tui.widgets.filterbar import FilterBar
from salt_tui.widgets.table import VirtualTable

_COLUMNS = (
    Column("RUN", 18),
    Column("WORKFLOW", 14, most=40),
    Column("STATUS", 11),
    Column("AGE", 4, right=True),
    Column("TOOK", 6, right=True),
    Column("TASKS", 9, right=True, drop=1),
    Column("TRIGGER", 9, drop=2),
    Column("VERSION", 12, drop=3),
    Column("ERROR", 24, most=90, drop=4),
)
_SOON_S = 0.15
_ROOM = 60
"""Rows before and after those in sight that are read with them."""


def short_id(run: str) -> str:
    """A run's id; of one that a schedule made, ``…@`` and its slot (the workflow is told beside)."""
    slot = run.rpartition("@")[2]
    return run if slot == run else f"…@{slot}"


class RunsView(View):
    """A list of runs.

    Args:
        workflow: Show only this workflow's.
    """

    name_in_crumbs = "Runs"
    view_name = "runs"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(of_view("runs"))]

    def __init__(self, workflow: str | None = None) -> None:
        super().__init__()
        self._workflow = workflow or None
        self._list: RunList | None = None
        self._follow = False

    @property
    def crumb(self) -> str:
        return self._workflow or self.name_in_crumbs

    def body(self) -> ComposeResult:
        yield FilterBar(self._parse, HINT)
        with ContentSwitcher(initial="table", id="content"):
            yield VirtualTable[RunRow](
                _COLUMNS, self._cells, lambda row: row.id, find=self._find, id="table"
            )
            yield EmptyState(id="empty")
        yield Static("", id="detail")

    @property
    def table(self) -> VirtualTable[RunRow]:
        return self.query_one("#table", VirtualTable)

    @property
    def run(self) -> Run | None:
        """The run that the cursor is on, once it was read."""
        row = self.table.row if self.is_mounted else None
        return row.run if row else None

    @property
    def filter(self) -> FilterBar:
        return self.query_one(FilterBar)

    def _parse(self, text: str) -> RunQuery:
        return parse(text, self.model.now(), workflow=self._workflow)

    def _find(self, run: str) -> int | None:
        return self._list.at(run) if self._list else None

    def _cells(self, row: RunRow) -> list[Cell]:
        run, now = row.run, self.model.now()
        if run is None:
            known = [Cell(short_id(row.id), "dim"), Cell("…", "dim"), Cell("")]
            known.append(Cell(age(now - row.created)))
            return [*known, *[Cell("")] * (len(_COLUMNS) - len(known))]
        status, took = mark(run.status), Cell("–", "dim")
        if run.started is not None:
            took = Cell(span((run.finished or now) - run.started))
        error = f"{run.error.type}: {run.error.message}" if run.error else ""
        return [
            Cell(short_id(run.id), "dim"),
            Cell(run.workflow, "name"),
            Cell(status.text, status.tone),
            Cell(age(now - run.created)),
            took,
            Cell(f"{run.tasks_done}/{run.tasks_total}"),
            Cell(run.trigger, "dim"),
            Cell(run.version, "dim"),
            Cell(error, "bad"),
        ]

    # -- reading ---------------------------------------------------------------------------

    async def read(self, changes: Changes) -> None:
        if changes.everything or self._list is None:
            fresh = RunList(self.model, self._parse(self.filter.text))
            await fresh.more()
            self._list = fresh
            self._read_on(fresh)
        elif changes.runs or changes.tasks:
            await self._list.update(changes.runs, changes.tasks.keys())
        else:
            return
        await self._list.want(*self._sight())
        self.show()

    def _sight(self) -> tuple[int, int]:
        top, lines = self.table.scroll_offset.y, max(self.table.size.height, 1)
        return top - _ROOM, top + lines + _ROOM

    @work(group="more", exclusive=True, exit_on_error=False)
    async def _read_on(self, runs: RunList) -> None:
        """Look at all further runs, stretch by stretch."""
        try:
            while not runs.complete and self._list is runs:
                await runs.more()
                self.show()
        except LOST as error:
            self.model.lost(error)

    @on(VirtualTable.InSight)
    def _scrolled(self) -> None:
        if self._list is not None:
            self._read_heads(self._list)

    @work(group="heads", exclusive=True, exit_on_error=False)
    async def _read_heads(self, runs: RunList) -> None:
        try:
            if await runs.want(*self._sight()):
                self.show()
        except LOST as error:
            self.model.lost(error)

    def show(self) -> None:
        """Show what was read."""
        assert self._list is not None
        rows = self._list.rows
        self.query_one(ContentSwitcher).current = "table" if rows else "empty"
        self.query_one("#detail").display = bool(rows)
        self.table.show(rows)
        if self._follow and self.table.cursor:
            self.table.action_first()
        self._tell_list_count(len(rows))
        if not rows:
            self._tell_empty()
        elif self.focused is None:
            self.table.focus()

    def _tell_list_count(self, count: int) -> None:
        assert self._list is not None
        more = "" if self._list.complete else "+"
        words = f"{count:,}{more} runs"
        if not self._list.query.everything:
            words = f"{count:,} of {self._list.looked:,}{more} runs"
        self.tell_count(f"following (f)  {words}" if self._follow else words)

    def _tell_empty(self) -> None:
        empty = self.query_one(EmptyState)
        if self._list is not None and not self._list.complete:
            empty.tell("Looking …", f"{self._list.looked:,} runs so far")
            return
        if self.filter.text:
            empty.tell(
                "No run matches.",
                f"The filter is  {self.filter.text}",
                [Hint("esc", "clears it"), Hint("/", "changes it"), Hint("F", "shows saved ones")],
            )
            return
        name = self._workflow or "WORKFLOW"
        hints = [
            Hint("1", "the workflows: r starts a run of one"),
            Hint(f"salt run {name}", "does too"),
        ]
        if self._workflow:
            hints[0] = Hint("r", "starts one")
        empty.tell(
            "No runs yet.", "Runs of the last days will be listed here, newest first.", hints
        )

    def tick(self) -> None:
        self.table.refresh_changed()

    # -- the lower part --------------------------------------------------------------------

    @on(VirtualTable.Moved)
    def _moved(self) -> None:
        if self._follow and self.table.cursor:
            self._follow = False
            self._tell_list_count(len(self.table.rows))
        self.soon(_SOON_S, self._tell_detail)

    def _tell_detail(self) -> None:
        if (run := self.run) is not None:
            self._ask_why(run)

    @work(group="detail", exclusive=True, exit_on_error=False)
    async def _ask_why(self, run: Run) -> None:
        why = ""
        try:
            if run.status in (RunStatus.QUEUED, RunStatus.WAITING):
                why = await self.model.why(run)
        except LOST as error:
            self.model.lost(error)
        self.query_one("#detail", Static).update(preview(run, why))

    # -- the filter ------------------------------------------------------------------------

    def action_filter(self) -> None:
        self.filter.open()
        self.refresh_bindings()
        self._read_known()

    @work(group="known", exclusive=True, exit_on_error=False)
    async def _read_known(self) -> None:
        try:
            names = sorted(one.name for one in await self.model.store.workflows())
        except LOST as error:
            self.model.lost(error)
            return
        triggers = ("manual", "schedule", "demo", "rerun:*")
        self.filter.known = {"workflow": names, "trigger": triggers}

    @on(FilterBar.Given)
    def _filter_given(self) -> None:
        self._list = None
        self.table.focus()
        self.refresh_bindings()
        self.salt.note_place()
        self.store_changed(Changes(everything=True))

    def _use(self, text: str) -> None:
        if self.filter.set(text):
            self._filter_given()

    @work(group="dialog", exit_on_error=False)
    async def action_saved_filters(self) -> None:
        saved = SavedFilters(self.salt.memory)
        chosen = await self.salt.push_screen_wait(ChooseFilter(saved, self.filter.text))
        if chosen is not None:
            self._use(chosen)

    def action_follow(self) -> None:
        self._follow = not self._follow
        if self._follow:
            self.table.action_first()
        self._tell_list_count(len(self.table.rows))

    def action_back(self) -> None:
        bar = self.filter
        if bar.typing and bar.text:
            bar.set(bar.text)
            self.table.focus()
        elif bar.shown:
            self._use("")
        else:
            super().action_back()

    # -- actions ---------------------------------------------------------------------------

    @property
    def can_go_back(self) -> bool:
        return super().can_go_back or (self.is_mounted and self.filter.shown)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in ("cancel_run", "move_run"):
            return True if self.run is not None and not self.run.status.final else None
        if action == "rerun":
            return True if self.run is not None and self.run.status.final else None
        return super().check_action(action, parameters)

    @property
    def has_row(self) -> bool:
        return super().has_row or self._workflow is not None

    def copied_name(self) -> str:
        return self.table.row.id if self.table.row else ""

    def names(self) -> dict[str, str]:
        return names_of(self.run) if self.run else {}

    def about(self) -> dict[str, str]:
        found = {"workflow": self._workflow or "", "filter": self.filter.text}
        return {name: text for name, text in found.items() if text}

    def arrive(self, given: Mapping[str, str]) -> None:
        super().arrive(given)
        if text := given.get("filter"):
            self._use(text)

    def command(self) -> str:
        return command_of(self._workflow, self.filter.text)

    @on(VirtualTable.Opened)
    def action_open(self) -> None:
        if self.table.row is not None:
            self.salt.open_run(self.table.row.id)

    def action_run_workflow(self) -> None:
        if run := self.run:
            self.salt.ask_and_run(run.workflow, run.params)
        elif self._workflow:
            self.salt.ask_and_run(self._workflow)

    def action_cancel_run(self) -> None:
        if run := self.run:
            self.salt.ask_and_cancel(run)

    def action_rerun(self) -> None:
        if run := self.run:
            self.salt.ask_and_rerun(run)

    def action_move_run(self) -> None:
        if run := self.run:
            self.salt.ask_and_move(run)


def command_of(workflow: str | None, text: str) -> str:
    """The command line that prints the same list."""
    words = ["salt", "runs"]
    words += ["--workflow", workflow] if workflow else []
    words += ["--filter", text] if text else []
    return shlex.join(words)
