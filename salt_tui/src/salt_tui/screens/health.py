"""Whether all is well: Redis, the blob store, this machine, who leads, agents, builds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import ContentSwitcher, Static

from salt_tui.actions.registry import bindings, of_view
from salt_tui.changes import Changes
from salt_tui.readmodel import LOST, is_silent
from salt_tui.screens.view import View
from salt_tui.text import plain
from salt_tui.times import ago
from salt_tui.widgets.columns import Cell, Column
from salt_tui.widgets.emptystate import EmptyState
from salt_tui.widgets.table import VirtualTable

_COLUMNS = (
    Column("", 6),
    Column("WHAT", 12),
    Column("HOW IT IS", 30, most=70),
    Column("CURE", 20, most=60, drop=1),
)
_LOOK_AGAIN_S = 30.0
_LEVELS = {"ok": ("✓ ok", "good"), "warn": ("! warn", "warn"), "bad": ("✗ bad", "bad")}
_ORDER = {"bad": 0, "warn": 1, "ok": 2}


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: ``level`` is ``ok``, ``warn`` or ``bad``."""

    name: str
    level: str
    message: str
    remedy: str = ""


class HealthView(View):
    """What ``salt doctor`` looks at, and the parts that it cannot see; what is wrong comes first."""

    name_in_crumbs = "Health"
    view_name = "health"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(of_view("health"))]

    def __init__(self) -> None:
        super().__init__()
        self._examined: list[Finding] = []
        self._system: list[Finding] = []
        self._at: int | None = None

    def body(self) -> ComposeResult:
        with ContentSwitcher(initial="empty", id="content"):
            yield VirtualTable[Finding](_COLUMNS, self._cells, lambda one: one.name, id="table")
            yield EmptyState(id="empty")
        yield Static("", id="detail")

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one(EmptyState).tell("Looking …", "Redis, the blob store and this machine.")
        self.set_interval(_LOOK_AGAIN_S, self._look_again)

    def on_screen_resume(self) -> None:
        super().on_screen_resume()
        self.action_look()

    def _look_again(self) -> None:
        if self.is_active:
            self.action_look()

    @property
    def table(self) -> VirtualTable[Finding]:
        return self.query_one("#table", VirtualTable)

    @staticmethod
    def _cells(it: Finding) -> list[Cell]:
        mark, tone = _LEVELS[it.level]
        return [Cell(mark, tone), Cell(it.name, "name"), Cell(it.message), Cell(it.remedy, "dim")]

    # -- looking ---------------------------------------------------------------------------

    @work(group="look", exclusive=True, exit_on_error=False)
    async def action_look(self) -> None:
        """Make the checks of the doctor."""
        found = await self.salt.doctor()
        self._examined = [
            Finding(one.name, str(one.level), one.message, one.remedy) for one in found
        ]
        first, self._at = self._at is None, self.model.now()
        self._show()
        if first:
            self.table.cursor = 0

    async def read(self, changes: Changes) -> None:
        if not (changes.everything or changes.agents or changes.workflows):
            return
        store, now = self.model.store, self.model.now()
        try:
            leader = await store.leader()
            agents = await self.model.agents()
            broken = [one.name for one in await store.workflows() if one.build_error]
        except LOST as error:
            self._system = [Finding("store", "bad", str(error))]
            self._show()
            raise
        silent = [one.id for one in agents if is_silent(one, now)]
        host = Finding("host", "ok", f"{leader} leads.")
        if leader is None:
            host = Finding(
                "host", "bad", "No host leads: schedules do not fire.", "Start one: salt scheduler"
            )
        up = Finding("agents", "ok", f"{len(agents)} up.")
        if silent:
            up = Finding("agents", "warn", f"Not heard of: {', '.join(silent)}.", "See 3, Agents")
        elif not agents:
            up = Finding("agents", "warn", "None is up: runs wait.", "Start one: salt agent")
        builds = Finding("builds", "ok", "No build is broken.")
        if broken:
            builds = Finding("builds", "warn", f"Broken: {', '.join(broken)}.", "See 7, Builds")
        self._system = [host, up, builds]
        self._show()

    def _show(self) -> None:
        found = sorted([*self._system, *self._examined], key=lambda one: _ORDER[one.level])
        if not found:
            return
        self.query_one(ContentSwitcher).current = "table"
        self.table.show(found)
        bad = sum(one.level == "bad" for one in found)
        warned = sum(one.level == "warn" for one in found)
        words = [f"{bad} bad"] if bad else []
        words += [f"{warned} to look at"] if warned else []
        self.tell_count(", ".join(words) or ("all is well" if self._examined else "looking …"))
        if self.focused is None:
            self.table.focus()
        self._tell_detail()

    @on(VirtualTable.Moved)
    def _tell_detail(self) -> None:
        it = self.table.row
        if it is None:
            return
        parts: list[Content | str | tuple[str, str]] = [(plain(it.name), "bold")]
        parts.append(f"  {plain(it.message)}")
        if it.remedy:
            parts += ["\n", ("cure     ", "$foreground-muted"), plain(it.remedy)]
        if self._at is not None:
            looked = ago(self._at, self.model.now())
            parts += ["\n", ("looked   ", "$foreground-muted"), looked]
        self.query_one("#detail", Static).update(Content.assemble(*parts))

    def tick(self) -> None:
        self._tell_detail()

    # -- actions ---------------------------------------------------------------------------

    def copied_name(self) -> str:
        return self.table.row.remedy or self.table.row.message if self.table.row else ""

    def command(self) -> str:
        return "salt doctor"
