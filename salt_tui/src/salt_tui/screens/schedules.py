"""The schedules: what runs by the clock, when next and when last."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import ContentSwitcher, Static

from salt_core.model.schedule import Schedule
from salt_core.model.workflow import Workflow
from salt_core.scheduler.overlap import Overlap
from salt_core.scheduler.slots import upcoming
from salt_tui import operating
from salt_tui.actions.registry import bindings, of_view
from salt_tui.changes import Changes
from salt_tui.firing import LINE, REST, time_lines
from salt_tui.screens.operated import OperatedView
from salt_tui.text import plain
from salt_tui.times import ago, every, moment, span
from salt_tui.widgets.columns import Cell, Column
from salt_tui.widgets.emptystate import EmptyState, Hint
from salt_tui.widgets.table import VirtualTable

_COLUMNS = (
    Column("WORKFLOW", 14, most=40),
    Column("WHEN", 14),
    Column("NEXT", 22),
    Column("NEXT 24 HOURS", LINE, drop=1),
    Column("LAST", 21, drop=3),
    Column("TIMEZONE", 14, drop=4),
    Column("PARAMETERS", 16, most=40, drop=5),
)


_SOON_S = 0.1
_SHOWN = 5
_LINES_MS = 60_000
_MISSED = {
    "latest": "of the slots that were missed, the latest fires",
    "all": "all slots that were missed fire",
    "none": "slots that were missed are skipped",
}


class SchedulesView(OperatedView):
    """All schedules, the next to fire first."""

    name_in_crumbs = "Schedules"
    view_name = "schedules"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(of_view("schedules"))]

    def __init__(self) -> None:
        super().__init__()
        self._workflows: dict[str, Workflow] = {}
        self._lines: dict[str, str] = {}
        self._lines_at = 0

    def body(self) -> ComposeResult:
        with ContentSwitcher(initial="table", id="content"):
            yield VirtualTable[Schedule](_COLUMNS, self._cells, lambda one: one.id, id="table")
            yield EmptyState(id="empty")
        yield Static("", id="detail")

    @property
    def table(self) -> VirtualTable[Schedule]:
        return self.query_one("#table", VirtualTable)

    def _cells(self, schedule: Schedule) -> list[Cell]:
        now, zone = self.model.now(), self.model.zone
        letters = self._lines.get(schedule.id) or REST * LINE
        tone = "dim" if self._is_paused(schedule) else "busy"
        if self._is_paused(schedule):
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
            due,
            Cell("".join(letters), tones=tuple(tone if x != REST else "dim" for x in letters)),
            last,
            Cell(schedule.timezone, "dim"),
            Cell("" if schedule.params in ("", "{}") else schedule.params, "dim"),
        ]

    async def read(self, changes: Changes) -> None:
        if not (changes.everything or changes.schedules or changes.workflows):
            return
        schedules = await self.model.schedules()
        self._workflows = {one.name: one for one in await self.model.store.workflows()}
        self._lines_at = self.model.now()
        # Some cron lines take long to look through.
        self._lines = await asyncio.to_thread(time_lines, schedules, self._lines_at)
        self.query_one(ContentSwitcher).current = "table" if schedules else "empty"
        self.query_one("#detail").display = bool(schedules)
        self.table.show(schedules)
        self._tell_detail()
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
        if self.model.now() - self._lines_at > _LINES_MS:
            self.store_changed(Changes(schedules=frozenset({""})))
        self.table.refresh_changed()

    def _is_paused(self, schedule: Schedule) -> bool:
        head = self._workflows.get(schedule.workflow)
        return schedule.paused or (head is not None and head.paused)

    # -- the lower part --------------------------------------------------------------------

    @on(VirtualTable.Moved)
    def _moved(self) -> None:
        self.soon(_SOON_S, self._tell_detail)

    def _tell_detail(self) -> None:
        it = self.table.row if self.is_mounted else None
        if it is None:
            return
        now, muted = self.model.now(), "$foreground-muted"
        fires = [moment(due, now, self.model.zone) for due in upcoming(it, now, _SHOWN)]
        head = self._workflows.get(it.workflow)
        overlap = Overlap.of(head.settings) if head else Overlap()
        beside = f"{overlap.on_overlap} when {overlap.runs} runs already"
        jitter = f", spread over {it.jitter_s:g} s" if it.jitter_s else ""
        parts: list[Content | str | tuple[str, str]] = [
            (plain(it.workflow), "bold"),
            f"  {plain(it.cron or every(it.every_s or 0))}, {plain(it.timezone)}{jitter}\n",
            ("fires    ", muted),
            "  ".join(fires) or "never again",
            ("  (paused: these slots are skipped)" if self._is_paused(it) else "", "$warning"),
            "\n",
            ("missed   ", muted),
            _MISSED.get(it.catchup, plain(it.catchup)),
            "\n",
            ("overlap  ", muted),
            "every slot fires" if overlap.on_overlap == "allow" else beside,
        ]
        if it.params not in ("", "{}"):
            parts += ["\n", ("with     ", muted), plain(it.params)]
        self.query_one("#detail", Static).update(Content.assemble(*parts))

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

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in ("pause_workflow", "fire"):
            return True if self.has_row else None
        return super().check_action(action, parameters)

    def action_pause_workflow(self) -> None:
        it = self.table.row
        if it is not None and it.workflow in self._workflows:
            self.salt.pause(self._workflows[it.workflow])

    def action_fire(self) -> None:
        if self.table.row is not None:
            self.act(operating.fire(self.salt, self.table.row))
