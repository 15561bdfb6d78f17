"""The schedules: what runs by the clock, when next and when last."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import ContentSwitcher

from salt_core.model.schedule import Schedule
from salt_tui.actions.registry import bindings, of_view
from salt_tui.changes import Changes
from salt_tui.screens.view import View
from salt_tui.times import ago, every, moment, span
from salt_tui.widgets.columns import Cell, Column
from salt_tui.widgets.emptystate import EmptyState, Hint
from salt_tui.widgets.table import VirtualTable

_COLUMNS = (
    Column("WORKFLOW", 14, most=40),
    Column("WHEN", 14),
    Column("TIMEZONE", 14, drop=2),
    Column("NEXT", 22),
    Column("LAST", 21),
    Column("CATCH UP", 8, drop=3),
    Column("PARAMETERS", 16, most=40, drop=1),
)


class SchedulesView(View):
    """All schedules, the next to fire first."""

    name_in_crumbs = "Schedules"
    view_name = "schedules"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(of_view("schedules"))]

    def body(self) -> ComposeResult:
        with ContentSwitcher(initial="table", id="content"):
            yield VirtualTable[Schedule](_COLUMNS, self._cells, lambda one: one.id, id="table")
            yield EmptyState(id="empty")

    @property
    def table(self) -> VirtualTable[Schedule]:
        return self.query_one("#table", VirtualTable)

    def _cells(self, schedule: Schedule) -> list[Cell]:
        now, zone = self.model.now(), self.model.zone
        if schedule.paused:
            due = Cell("■ paused", "warn")
        elif schedule.next_due <= now:
            due = Cell(f"due, late by {span(now - schedule.next_due)}", "warn")
        else:
            at = moment(schedule.next_due, now, zone)
            due = Cell(f"{ago(schedule.next_due, now)}, {at}")
        last = Cell("never", "dim")
        if schedule.last_due is not None:
            at = moment(schedule.last_due, now, zone)
            last = Cell(f"{ago(schedule.last_due, now)}, {at}", "dim")
        return [
            Cell(schedule.workflow, "name"),
            Cell(schedule.cron or every(schedule.every_s or 0)),
            Cell(schedule.timezone, "dim"),
            due,
            last,
            Cell(schedule.catchup, "dim"),
            Cell("" if schedule.params in ("", "{}") else schedule.params, "dim"),
        ]

    async def read(self, changes: Changes) -> None:
        if not (changes.everything or changes.schedules or changes.workflows):
            return
        schedules = await self.model.schedules()
        self.query_one(ContentSwitcher).current = "table" if schedules else "empty"
        self.table.show(schedules)
        self.tell_count(f"{len(schedules)} schedule{'' if len(schedules) == 1 else 's'}")
        if schedules and self.focused is None:
            self.table.focus()
        if not schedules:
            self.query_one(EmptyState).tell(
                "No schedules yet.",
                "Write one into a project's salt.yaml: it is live a second after you save.",
                [
                    Hint('schedules: [{cron: "0 2 * * *"}]', "each night at two"),
                    Hint("schedules: [{every: 15m}]", "every quarter of an hour"),
                ],
            )

    def tick(self) -> None:
        self.table.refresh_changed()

    def copied_name(self) -> str:
        return self.table.row.workflow if self.table.row else ""

    def names(self) -> dict[str, str]:
        return {"WF": self.table.row.workflow} if self.table.row else {}

    def command(self) -> str:
        return "salt schedule list"

    @on(VirtualTable.Opened)
    def action_open(self) -> None:
        if self.table.row is not None:
            self.salt.open_runs(self.table.row.workflow)

    def action_run_workflow(self) -> None:
        if self.table.row is not None:
            self.salt.ask_and_run(self.table.row.workflow)
