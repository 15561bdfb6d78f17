"""The runs, newest first: all of them, or one workflow's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.widgets import ContentSwitcher, Input, Static

from salt_core.errors import BadInput
from salt_core.model.run import Run
from salt_tui.actions.registry import bindings, of_view
from salt_tui.asking import names_of
from salt_tui.changes import Changes
from salt_tui.filters import HINT, parse
from salt_tui.marks import mark
from salt_tui.readmodel import LOST
from salt_tui.runlist import RunList
from salt_tui.screens.view import View
from salt_tui.times import age, span
from salt_tui.widgets.columns import Cell, Column
from salt_tui.widgets.emptystate import EmptyState, Hint
from salt_tui.widgets.table import VirtualTable

_COLUMNS = (
    Column("RUN", 18),
    Column("WORKFLOW", 14, most=40),
    Column("STATUS", 11),
    Column("AGE", 4, right=True),
    Column("TOOK", 6, right=True),
    Column("TASKS", 9, right=True),
    Column("TRIGGER", 9, drop=2),
    Column("VERSION", 12, drop=3),
    Column("ERROR", 24, most=90, drop=4),
)


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
        self._workflow = workflow
        self._filter = ""
        self._list: RunList | None = None

    @property
    def crumb(self) -> str:
        return self._workflow or self.name_in_crumbs

    def body(self) -> ComposeResult:
        with Horizontal(id="filter"):
            yield Static("/ ")
            yield Input(placeholder=HINT, id="filter-line", compact=True)
        yield Static("", id="filter-problem", markup=False)
        with ContentSwitcher(initial="table", id="content"):
            yield VirtualTable[Run](_COLUMNS, self._cells, lambda run: run.id, id="table")
            yield EmptyState(id="empty")

    @property
    def table(self) -> VirtualTable[Run]:
        return self.query_one("#table", VirtualTable)

    def _cells(self, run: Run) -> list[Cell]:
        now, status = self.model.now(), mark(run.status)
        took = Cell("–", "dim")
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

    async def read(self, changes: Changes) -> None:
        if changes.everything or self._list is None:
            query = parse(self._filter, self.model.now(), workflow=self._workflow)
            fresh = RunList(self.model, query)
            await fresh.more()
            self._list = fresh
        elif ids := changes.runs | changes.tasks.keys():
            await self._list.update(ids)
        self.show()

    def show(self) -> None:
        """Show what was read."""
        assert self._list is not None
        rows, read = self._list.rows, self._list.read
        self.query_one(ContentSwitcher).current = "table" if rows else "empty"
        self.table.show(rows)
        more = "" if self._list.complete else "+"
        if self._list.query.words:
            self.tell_count(f"{len(rows):,} of {read:,}{more} runs")
        else:
            self.tell_count(f"{len(rows):,}{more} runs")
        if not rows:
            self._tell_empty()
        elif self.focused is None:
            self.table.focus()

    def _tell_empty(self) -> None:
        empty = self.query_one(EmptyState)
        if self._filter:
            empty.tell(
                "No run matches.", f"The filter is  {self._filter}", [Hint("esc", "clears it")]
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

    @on(VirtualTable.NearEnd)
    def _near_end(self) -> None:
        if self._list is not None and not self._list.complete:
            self._read_more()

    @work(group="more", exclusive=True, exit_on_error=False)
    async def _read_more(self) -> None:
        if self._list is None:
            return
        try:
            await self._list.more()
        except LOST as error:
            self.model.lost(error)
            return
        self.show()

    # -- the filter ------------------------------------------------------------------------

    @property
    def _filtering(self) -> bool:
        """Whether the filter line is in sight."""
        return self.is_mounted and self.query_one("#filter").has_class("-shown")

    def action_filter(self) -> None:
        field = self.query_one("#filter-line", Input)
        self.query_one("#filter").add_class("-shown")
        field.value = self._filter
        field.focus()
        self.refresh_bindings()

    @on(Input.Submitted, "#filter-line")
    def _filter_given(self, event: Input.Submitted) -> None:
        self._set_filter(event.value.strip())

    @on(Input.Changed, "#filter-line")
    def _filter_typed(self, event: Input.Changed) -> None:
        problem = ""
        try:
            parse(event.value, self.model.now(), workflow=self._workflow)
        except BadInput as error:
            problem = str(error)
        self._tell_problem(problem)

    def _tell_problem(self, problem: str) -> None:
        line = self.query_one("#filter-problem", Static)
        line.update(problem)
        line.set_class(bool(problem), "-shown")

    def _set_filter(self, text: str) -> None:
        try:
            parse(text, self.model.now(), workflow=self._workflow)
        except BadInput as error:
            self._tell_problem(str(error))
            return
        self._filter = text
        self._list = None
        self.query_one("#filter").set_class(bool(text), "-shown")
        self.table.focus()
        self.refresh_bindings()
        self.store_changed(Changes(everything=True))

    def action_back(self) -> None:
        field = self.query_one("#filter-line", Input)
        if field.has_focus and field.value.strip() != self._filter and self._filter:
            field.value = self._filter
            self.table.focus()
        elif self._filtering:
            field.value = ""
            self._set_filter("")
        else:
            super().action_back()

    # -- actions ---------------------------------------------------------------------------

    @property
    def can_go_back(self) -> bool:
        return super().can_go_back or self._filtering

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "cancel_run":
            run = self.table.row if self.is_mounted else None
            return True if run is not None and not run.status.final else None
        return super().check_action(action, parameters)

    @property
    def has_row(self) -> bool:
        return super().has_row or self._workflow is not None

    def copied_name(self) -> str:
        return self.table.row.id if self.table.row else ""

    def names(self) -> dict[str, str]:
        return names_of(self.table.row) if self.table.row else {}

    def about(self) -> dict[str, str]:
        found = {"workflow": self._workflow or "", "filter": self._filter}
        return {name: text for name, text in found.items() if text}

    def arrive(self, given: Mapping[str, str]) -> None:
        super().arrive(given)
        if text := given.get("filter"):
            self._set_filter(text)

    def command(self) -> str:
        return f"salt runs --workflow {self._workflow}" if self._workflow else "salt runs"

    @on(VirtualTable.Opened)
    def action_open(self) -> None:
        if self.table.row is not None:
            self.salt.open_run(self.table.row.id)

    def action_run_workflow(self) -> None:
        if run := self.table.row:
            self.salt.ask_and_run(run.workflow, run.params)
        elif self._workflow:
            self.salt.ask_and_run(self._workflow)

    def action_cancel_run(self) -> None:
        if run := self.table.row:
            self.salt.ask_and_cancel(run)
