"""What waits for a person, in any run: approvals with what they ask for, data in quarantine."""

from __future__ import annotations

import json
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import ContentSwitcher, Static

from salt_core.model.check import CheckResult
from salt_core.model.waiting import Waiting
from salt_tui import operating
from salt_tui.actions.registry import bindings, of_view
from salt_tui.asking import as_line, signature
from salt_tui.changes import Changes
from salt_tui.readmodel import LOST
from salt_tui.screens.operated import OperatedView
from salt_tui.text import plain, shorten
from salt_tui.times import age, ago, moment
from salt_tui.widgets.columns import Cell, Column
from salt_tui.widgets.emptystate import EmptyState, Hint
from salt_tui.widgets.table import VirtualTable

_COLUMNS = (
    Column("STEP", 14, most=30),
    Column("WHAT", 13),
    Column("WORKFLOW", 12, most=30),
    Column("WAITS", 5, right=True),
    Column("UNTIL", 8, drop=2),
    Column("ASKS", 16, most=60, drop=1),
    Column("RUN", 16, drop=3),
)
_MOST = 1000
_SOON_S = 0.1
_VALUE_LINES, _VALUE_WIDTH = 8, 400
_SEVERITIES = {"warn": ("! warns", "$warning"), "quarantine": ("! doubts", "$warning")}


def said(check: CheckResult) -> Content:
    """One check in one line."""
    numbers = "  ".join(f"{name} {value:g}" for name, value in check.numbers.items())
    if check.passed:
        mark = ("✓ passed", "$success")
    else:
        mark = _SEVERITIES.get(check.severity, ("✗ fails", "$error"))
    return Content.assemble(
        (f"{mark[0]:<9}", mark[1]),
        (plain(check.name), "bold"),
        f"  {plain(check.message)}" if check.message else "",
        (f"  {plain(numbers)}" if numbers else "", "$foreground-muted"),
    )


class ApprovalsView(OperatedView):
    """All of it, the longest open first; below, what the one under the cursor asks, or doubts."""

    name_in_crumbs = "Approvals"
    view_name = "approvals"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(of_view("approvals"))]

    def __init__(self) -> None:
        super().__init__()
        self._value = ("", "")
        """Member and value of the one that is shown."""

    def body(self) -> ComposeResult:
        with ContentSwitcher(initial="table", id="content"):
            yield VirtualTable[Waiting](_COLUMNS, self._cells, lambda one: one.member, id="table")
            yield EmptyState(id="empty")
        with VerticalScroll(id="below", can_focus=False):
            yield Static("", id="detail")

    @property
    def table(self) -> VirtualTable[Waiting]:
        return self.query_one("#table", VirtualTable)

    @property
    def waiting(self) -> Waiting | None:
        """What the cursor is on."""
        return self.table.row if self.is_mounted else None

    def _cells(self, it: Waiting) -> list[Cell]:
        now, task = self.model.now(), it.task
        asks = task.message
        if task.quarantined:
            failed = [one for one in task.checks if not one.passed]
            asks = "; ".join(f"{one.name}: {one.message}".rstrip(": ") for one in failed)
        return [
            Cell(task.name, "name"),
            Cell("! quarantine", "warn") if task.quarantined else Cell("◔ approval", "wait"),
            Cell(it.run.workflow),
            Cell(age(now - it.since)),
            Cell(ago(task.due, now), "warn") if task.due else Cell("–", "dim"),
            Cell(asks),
            Cell(it.run.id, "dim"),
        ]

    async def read(self, changes: Changes) -> None:
        if not (changes.everything or changes.decisions):
            return
        found = await self.model.store.undecided(_MOST)
        self.query_one(ContentSwitcher).current = "table" if found else "empty"
        self.query_one("#below").display = bool(found)
        self.table.show(found)
        more = " or more" if len(found) == _MOST else ""
        self.tell_count(f"{len(found):,}{more} wait{'s' if len(found) == 1 else ''} for a person")
        if found and self.focused is None:
            self.table.focus()
        if not found:
            self.query_one(EmptyState).tell(
                "Nothing waits for a person.",
                "A step that asks, or data that a check doubts, comes up here.",
                [
                    Hint('approve("sign off")', "in a workflow function waits for a person's word"),
                    Hint('@check(task, severity="quarantine")', "holds back data that is doubtful"),
                ],
            )
        self._tell_detail()

    def tick(self) -> None:
        self.table.refresh_changed()

    # -- the lower part --------------------------------------------------------------------

    @on(VirtualTable.Moved)
    def _moved(self) -> None:
        self.soon(_SOON_S, self._tell_detail)

    def _tell_detail(self) -> None:
        it = self.waiting
        if it is None:
            return
        self._show(it)
        if it.task.quarantined and self._value[0] != it.member:
            self._read_value(it)

    @work(group="value", exclusive=True, exit_on_error=False)
    async def _read_value(self, it: Waiting) -> None:
        try:
            found = await self.model.store.values(it.run.id, int(it.task.id), 1)
        except LOST as error:
            self.model.lost(error)
            return
        self._value = it.member, found.get(it.task.id, "")
        if self.waiting == it:
            self._show(it)

    def _show(self, it: Waiting) -> None:
        now, task, run = self.model.now(), it.task, it.run
        muted = "$foreground-muted"
        since = moment(it.since, now, self.model.zone)
        parts: list[Content | str | tuple[str, str]] = [
            (plain(task.name), "bold"),
            f"  task {task.id} of run {plain(run.id)}, {plain(run.workflow)}, since {since}",
        ]
        if task.message:
            parts += ["\n", ("asks     ", muted), plain(task.message)]
        if task.fields and not task.quarantined:
            wanted = signature(json.loads(task.fields)) or "nothing"
            parts += ["\n", ("wants    ", muted), plain(wanted)]
        if given := as_line(run.params):
            parts += ["\n", ("run has  ", muted), plain(shorten(given, _VALUE_WIDTH))]
        for check in task.checks if task.quarantined else ():
            parts += ["\n", said(check)]
        if task.quarantined and self._value[0] == it.member:
            parts += ["\n", ("value    ", muted), *self._shown_value(self._value[1])]
        self.query_one("#detail", Static).update(Content.assemble(*parts))

    @staticmethod
    def _shown_value(text: str) -> list[str]:
        """The first lines of a value."""
        try:
            lines = json.dumps(json.loads(text), indent=2, ensure_ascii=False).splitlines()
        except ValueError:
            return ["not readable"]
        shown = [plain(shorten(line, _VALUE_WIDTH)) for line in lines[:_VALUE_LINES]]
        if len(lines) > _VALUE_LINES:
            shown.append(f"… and {len(lines) - _VALUE_LINES:,} more lines")
        return ["\n".join(shown)]

    # -- actions ---------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in ("approve", "reject"):
            return True if self.waiting is not None else None
        return super().check_action(action, parameters)

    def copied_name(self) -> str:
        return self.waiting.run.id if self.waiting else ""

    def names(self) -> dict[str, str]:
        it = self.waiting
        return {"RUN": it.run.id, "TASK": it.task.id, "WF": it.run.workflow} if it else {}

    def command(self) -> str:
        return f"salt why {self.waiting.run.id} {self.waiting.task.id}" if self.waiting else ""

    @on(VirtualTable.Opened)
    def action_open(self) -> None:
        if self.waiting is not None:
            self.salt.open_run(self.waiting.run.id)

    def action_approve(self) -> None:
        if self.waiting is not None:
            self.act(operating.approve(self.salt, self.waiting))

    def action_reject(self) -> None:
        if self.waiting is not None:
            self.act(operating.reject(self.salt, self.waiting))
