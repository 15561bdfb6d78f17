"""The workflows: what there is, how its last runs went, and when it runs next."""

from __future__ import annotations

from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import ContentSwitcher, Static

from salt_tui.actions.registry import bindings, of_view
from salt_tui.asking import signature
from salt_tui.changes import Changes
from salt_tui.marks import mark
from salt_tui.readmodel import LOST, WorkflowDetail, WorkflowRow
from salt_tui.screens.view import View
from salt_tui.text import plain
from salt_tui.times import ago, every
from salt_tui.widgets.columns import Cell, Column
from salt_tui.widgets.emptystate import EmptyState, Hint
from salt_tui.widgets.table import VirtualTable

_COLUMNS = (
    Column("WORKFLOW", 16, most=40),
    Column("LIVE", 12, drop=2),
    Column("LAST RUNS", 10),
    Column("LAST RUN", 20),
    Column("NEXT", 8),
    Column("BUILD", 8, drop=1),
)


class WorkflowsView(View):
    """All workflows; below, what is known of the one that the cursor is on."""

    name_in_crumbs = "Workflows"
    view_name = "workflows"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(of_view("workflows"))]

    def __init__(self) -> None:
        super().__init__()
        self._rows: dict[str, WorkflowRow] = {}

    def body(self) -> ComposeResult:
        with ContentSwitcher(initial="table", id="content"):
            yield VirtualTable[WorkflowRow](
                _COLUMNS, self._cells, lambda row: row.workflow.name, id="table"
            )
            yield EmptyState(id="empty")
        yield Static("", id="detail")

    @property
    def table(self) -> VirtualTable[WorkflowRow]:
        return self.query_one("#table", VirtualTable)

    def _cells(self, row: WorkflowRow) -> list[Cell]:
        workflow, now = row.workflow, self.model.now()
        last = row.recent[0] if row.recent else None
        shown = Cell("never", "dim")
        if last is not None:
            status = mark(last.status)
            shown = Cell(f"{status.text} {ago(last.created, now)}", status.tone)
        marks = [mark(run.status) for run in reversed(row.recent)]
        strip = Cell("".join(m.glyph for m in marks), tones=tuple(m.tone for m in marks))
        due = Cell("–", "dim")
        if workflow.paused:
            due = Cell("paused", "warn")
        elif row.next_due is not None:
            due = Cell(ago(row.next_due, now))
        return [
            Cell(workflow.name, "name"),
            Cell(workflow.live, "dim"),
            strip,
            shown,
            due,
            Cell("✗ broken", "bad") if workflow.build_error else Cell("✓ ok", "good"),
        ]

    async def read(self, changes: Changes) -> None:
        if changes.everything or changes.workflows or changes.schedules:
            rows = await self.model.workflow_rows()
            self._rows = {row.workflow.name: row for row in rows}
        elif changes.runs:
            for run in await self.model.read_runs(changes.runs):
                if row := self._rows.get(run.workflow):
                    self._rows[run.workflow] = row.with_run(run)
        else:
            return
        self.show()

    def show(self) -> None:
        """Show what was read."""
        rows = list(self._rows.values())
        self.query_one(ContentSwitcher).current = "table" if rows else "empty"
        self.query_one("#detail").display = bool(rows)
        self.table.show(rows)
        broken = sum(bool(row.workflow.build_error) for row in rows)
        count = f"{len(rows)} workflow{'' if len(rows) == 1 else 's'}"
        self.tell_count(f"{count}, {broken} with a broken build" if broken else count)
        if not rows:
            self._tell_empty()
        elif self.focused is None:
            self.table.focus()

    def _tell_empty(self) -> None:
        watched = self.salt.watched
        why = (
            f"Salt watches {', '.join(watched)} and registers what you save there."
            if watched
            else "No folder is watched: open one with  salt ui PATH."
        )
        hints = [
            Hint("salt init hello", "makes a project that builds and runs"),
            Hint("salt register hello", "builds it and registers its first version"),
            Hint("salt ui hello", "does both again at every save, while you look on"),
            Hint("salt demo", "the tour: two workflows that clash, side by side"),
        ]
        self.query_one(EmptyState).tell("No workflows yet.", why, hints)

    def tick(self) -> None:
        self.table.refresh_changed()

    # -- the lower part --------------------------------------------------------------------

    @on(VirtualTable.Moved)
    def _moved(self) -> None:
        if self.table.row is not None:
            self._read_detail(self.table.row.workflow.name)

    @work(group="detail", exclusive=True, exit_on_error=False)
    async def _read_detail(self, name: str) -> None:
        try:
            detail = await self.model.workflow(name)
        except LOST as error:
            self.model.lost(error)
            return
        if detail is not None:
            self.query_one("#detail", Static).update(self._describe(detail))

    def _describe(self, detail: WorkflowDetail) -> Content:
        workflow, now = detail.workflow, self.model.now()
        count = f"{workflow.versions} version{'' if workflow.versions == 1 else 's'}"
        live = f"live {workflow.live}" if workflow.live else "nothing live"
        parts: list[Content | str | tuple[str, str]] = [
            (plain(workflow.name), "bold"),
            f"  {plain(live)}, {count}",
        ]
        if workflow.registered:
            parts.append(f", registered {ago(workflow.registered, now)}")
        if workflow.source:
            parts += ["\n", ("from     ", "$foreground-muted"), plain(workflow.source)]
        asked = signature(detail.parameters)
        parts += ["\n", ("asks for ", "$foreground-muted"), plain(asked) or "nothing"]
        for schedule in detail.schedules[:2]:
            when = schedule.cron or every(schedule.every_s or 0)
            given = "" if schedule.params in ("", "{}") else f"  {schedule.params}"
            parts += [
                "\n",
                ("runs at  ", "$foreground-muted"),
                plain(f"{when} {schedule.timezone}{given}"),
            ]
        if workflow.build_error:
            first = workflow.build_error.strip().splitlines()[0]
            kept = "; the live version stays" if workflow.live else ""
            parts += ["\n", ("✗ the newest build broke", "$error"), kept, f"\n  {plain(first)}"]
        return Content.assemble(*parts)

    # -- actions ---------------------------------------------------------------------------

    def copied_name(self) -> str:
        return self.table.row.workflow.name if self.table.row else ""

    def names(self) -> dict[str, str]:
        return {"WF": self.table.row.workflow.name} if self.table.row else {}

    def command(self) -> str:
        return "salt workflows"

    @on(VirtualTable.Opened)
    def action_open(self) -> None:
        if self.table.row is not None:
            self.salt.open_runs(self.table.row.workflow.name)

    def action_run_workflow(self) -> None:
        if self.table.row is not None:
            self.salt.ask_and_run(self.table.row.workflow.name)
