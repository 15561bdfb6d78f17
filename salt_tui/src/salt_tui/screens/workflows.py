"""The workflows: what there is, how its last runs went, and when it runs next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import ContentSwitcher, Static

from salt_core.model.run import Run
from salt_core.model.workflow import Workflow
from salt_tui.actions.registry import bindings, of_view
from salt_tui.asking import signature
from salt_tui.changes import Changes
from salt_tui.marks import mark
from salt_tui.readmodel import LOST, WorkflowDetail
from salt_tui.screens.view import View
from salt_tui.text import plain
from salt_tui.times import ago, every
from salt_tui.widgets.columns import Cell, Column
from salt_tui.widgets.emptystate import EmptyState, Hint
from salt_tui.widgets.filterbar import FilterBar
from salt_tui.widgets.table import VirtualTable
from salt_tui.workflowlist import RECENT, WorkflowList, WorkflowRow

_COLUMNS = (
    Column("WORKFLOW", 16, most=40),
    Column("LIVE", 12, drop=3),
    Column("LAST RUNS", RECENT),
    Column("TIMES", RECENT, drop=1),
    Column("LAST RUN", 20),
    Column("NEXT", 8),
    Column("BUILD", 8, drop=2),
)
_BARS = "▁▂▃▄▅▆▇█"
_SOON_S = 0.15


def spark(runs: Sequence[Run]) -> Cell:
    """How long each of ``runs`` took, beside the longest of them; ``·`` where nobody knows yet."""
    took = [run.finished - run.started if run.finished and run.started else None for run in runs]
    longest = max((one for one in took if one is not None), default=0) or 1
    letters = [
        "·" if one is None else _BARS[min(one * len(_BARS) // (longest + 1), len(_BARS) - 1)]
        for one in took
    ]
    return Cell("".join(letters), tones=tuple(mark(run.status).tone for run in runs))


class WorkflowsView(View):
    """All workflows; below, what is known of the one that the cursor is on."""

    name_in_crumbs = "Workflows"
    view_name = "workflows"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(of_view("workflows"))]

    def __init__(self) -> None:
        super().__init__()
        self._list: WorkflowList | None = None

    def body(self) -> ComposeResult:
        yield FilterBar(lambda text: None, "words of name or folder, is:broken, is:paused")
        with ContentSwitcher(initial="table", id="content"):
            yield VirtualTable[WorkflowRow](
                _COLUMNS, self._cells, lambda row: row.workflow.name, id="table"
            )
            yield EmptyState(id="empty")
        yield Static("", id="detail")

    @property
    def table(self) -> VirtualTable[WorkflowRow]:
        return self.query_one("#table", VirtualTable)

    @property
    def filter(self) -> FilterBar:
        return self.query_one(FilterBar)

    @property
    def workflow(self) -> Workflow | None:
        """The workflow that the cursor is on."""
        row = self.table.row if self.is_mounted else None
        return row.workflow if row else None

    def _cells(self, row: WorkflowRow) -> list[Cell]:
        workflow, now = row.workflow, self.model.now()
        recent = row.recent or ()
        shown = Cell("…" if row.recent is None else "never", "dim")
        if recent:
            status = mark(recent[0].status)
            shown = Cell(f"{status.text} {ago(recent[0].created, now)}", status.tone)
        marks = [mark(run.status) for run in reversed(recent)]
        strip = Cell("".join(m.glyph for m in marks), tones=tuple(m.tone for m in marks))
        due = Cell("–", "dim")
        if workflow.paused:
            due = Cell("■ paused", "warn")
        elif row.next_due is not None:
            due = Cell(ago(row.next_due, now))
        return [
            Cell(workflow.name, "name"),
            Cell(workflow.live, "dim"),
            strip,
            spark(recent[::-1]),
            shown,
            due,
            Cell("✗ broken", "bad") if workflow.build_error else Cell("✓ ok", "good"),
        ]

    # -- reading ---------------------------------------------------------------------------

    async def read(self, changes: Changes) -> None:
        if not (changes.everything or changes.workflows or changes.schedules or changes.runs):
            return
        workflows = self._list or WorkflowList(self.model, self.filter.text)
        await workflows.update(changes)
        self._list = workflows
        await workflows.want(*self._sight())
        self.show()

    def _sight(self) -> tuple[int, int]:
        top, lines = self.table.scroll_offset.y, max(self.table.size.height, 1)
        return top - lines, top + 2 * lines

    @on(VirtualTable.InSight)
    def _scrolled(self) -> None:
        if self._list is not None:
            self._read_recent(self._list)

    @work(group="heads", exclusive=True, exit_on_error=False)
    async def _read_recent(self, workflows: WorkflowList) -> None:
        try:
            if await workflows.want(*self._sight()):
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
        self.tell_count(self._count(self._list))
        if not rows:
            self._tell_empty()
        elif self.focused is None:
            self.table.focus()

    def _count(self, workflows: WorkflowList) -> str:
        count = f"{workflows.total:,} workflow{'' if workflows.total == 1 else 's'}"
        if workflows.words:
            count = f"{len(workflows.rows):,} of {count}"
        return f"{count}, {workflows.broken} with a broken build" if workflows.broken else count

    def _tell_empty(self) -> None:
        if self.filter.text:
            self.query_one(EmptyState).tell(
                "No workflow matches.",
                f"The filter is  {self.filter.text}",
                [Hint("esc", "clears it"), Hint("/", "changes it")],
            )
            return
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
        self.soon(_SOON_S, self._tell_detail)

    def _tell_detail(self) -> None:
        if self.workflow is not None:
            self._read_detail(self.workflow.name)

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

    # -- the filter ------------------------------------------------------------------------

    def action_filter(self) -> None:
        self.filter.open()
        self.refresh_bindings()

    @on(FilterBar.Given)
    def _filter_given(self) -> None:
        self.table.focus()
        self.refresh_bindings()
        self.salt.note_place()
        if self._list is not None:
            self._list.narrow(self.filter.text)
            self.show()

    def action_back(self) -> None:
        if self.filter.shown:
            self.filter.set("")
            self._filter_given()
        else:
            super().action_back()

    @property
    def can_go_back(self) -> bool:
        return super().can_go_back or (self.is_mounted and self.filter.shown)

    def about(self) -> dict[str, str]:
        return {"filter": self.filter.text} if self.filter.text else {}

    def arrive(self, given: Mapping[str, str]) -> None:
        super().arrive(given)
        if text := given.get("filter"):
            self.filter.set(text)
            self._filter_given()

    # -- actions ---------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in ("roll_back", "pause_workflow"):
            return True if self.workflow is not None else None
        return super().check_action(action, parameters)

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

    def action_roll_back(self) -> None:
        if self.workflow is not None:
            self.salt.ask_and_roll_back(self.workflow)

    def action_pause_workflow(self) -> None:
        if self.workflow is not None:
            self.salt.pause(self.workflow)
