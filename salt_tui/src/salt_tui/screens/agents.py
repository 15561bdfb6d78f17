"""The agents: how many slots they have and fill, what they serve, and when they were heard of."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import ContentSwitcher, Static

from salt_core.model.agent import AgentInfo
from salt_tui.actions.registry import bindings, of_view
from salt_tui.changes import Changes
from salt_tui.marks import mark
from salt_tui.readmodel import is_silent
from salt_tui.screens.view import View
from salt_tui.text import plain
from salt_tui.times import ago, moment, span
from salt_tui.widgets.columns import Cell, Column
from salt_tui.widgets.emptystate import EmptyState, Hint
from salt_tui.widgets.table import VirtualTable

_BAR = 10
_COLUMNS = (
    Column("AGENT", 20, most=40),
    Column("STATE", 10),
    Column("SLOTS", _BAR + 7),
    Column("BODIES", 6, right=True),
    Column("QUEUES", 12, most=30),
    Column("HOST", 12, drop=2),
    Column("SEEN", 9, right=True),
    Column("VERSION", 8, drop=3),
)
_READ_AGAIN_S = 2.0
"""Heartbeats are not in the change stream: what an agent says of itself is read again."""


def bar(busy: int, slots: int, width: int = _BAR) -> str:
    """Slots as a bar: full ones, then free ones; at most ``width`` cells."""
    if slots <= 0:
        return ""
    cells = min(slots, width)
    full = min(cells, -(-busy * cells // slots))
    return "█" * full + "░" * (cells - full)


class AgentsView(View):
    """All agents; below, more of the one that the cursor is on, and the queues."""

    name_in_crumbs = "Agents"
    view_name = "agents"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(of_view("agents"))]

    def __init__(self) -> None:
        super().__init__()
        self._queues: dict[str, int] = {}

    def body(self) -> ComposeResult:
        with ContentSwitcher(initial="table", id="content"):
            yield VirtualTable[AgentInfo](_COLUMNS, self._cells, lambda agent: agent.id, id="table")
            yield EmptyState(id="empty")
        yield Static("", id="detail")

    def on_mount(self) -> None:
        super().on_mount()
        self.set_interval(_READ_AGAIN_S, self._read_agents)

    def _read_agents(self) -> None:
        if self.is_active:
            self.store_changed(Changes(agents=True))

    @property
    def table(self) -> VirtualTable[AgentInfo]:
        return self.query_one("#table", VirtualTable)

    def _cells(self, agent: AgentInfo) -> list[Cell]:
        now = self.model.now()
        state = mark("silent" if is_silent(agent, now) else agent.state)
        shown = f"{bar(agent.busy, agent.slots):<{_BAR}} {agent.busy}/{agent.slots}"
        return [
            Cell(agent.id, "name"),
            Cell(state.text, state.tone),
            Cell(shown, "busy" if agent.busy else ""),
            Cell(str(agent.bodies)),
            Cell(" ".join(agent.queues)),
            Cell(agent.host, "dim"),
            Cell(ago(agent.seen, now) if now - agent.seen >= 15_000 else "now", "dim"),
            Cell(agent.version, "dim"),
        ]

    async def read(self, changes: Changes) -> None:
        if not (changes.everything or changes.agents):
            return
        agents = await self.model.agents()
        self._queues = await self.model.queue_depths()
        self.query_one(ContentSwitcher).current = "table" if agents else "empty"
        self.table.show(agents)
        busy, slots = sum(a.busy for a in agents), sum(a.slots for a in agents)
        self.tell_count(f"{busy} of {slots} slots busy" if agents else "none up")
        if agents and self.focused is None:
            self.table.focus()
        if not agents:
            self.query_one(EmptyState).tell(
                "No agent is up.",
                "Runs wait in their queues until one comes.",
                [
                    Hint("salt agent", "runs one here"),
                    Hint("salt agent --queue gpu", "one that serves a queue of its own"),
                    Hint("pip install salt-py", "is all that a worker machine needs"),
                ],
            )
        self._tell_detail()

    @on(VirtualTable.Moved)
    def _tell_detail(self) -> None:
        agent, now = self.table.row, self.model.now()
        parts: list[Content | str | tuple[str, str]] = []
        if agent is not None:
            parts = [
                (plain(agent.id), "bold"),
                f"  on {plain(agent.host)}, process {agent.pid}, up {span(now - agent.started)}",
                f" (since {moment(agent.started, now, self.model.zone)})\n",
                ("labels   ", "$foreground-muted"),
                plain(" ".join(agent.labels)) or "none",
                "\n",
            ]
        ready = [f"{plain(name)} {depth}" for name, depth in sorted(self._queues.items()) if depth]
        parts += [("waiting  ", "$foreground-muted"), ", ".join(ready) or "nothing in any queue"]
        self.query_one("#detail", Static).update(Content.assemble(*parts))

    def tick(self) -> None:
        self.table.refresh_changed()

    def copied_name(self) -> str:
        return self.table.row.id if self.table.row else ""

    def names(self) -> dict[str, str]:
        return {"AGENT": self.table.row.id} if self.table.row else {}

    def command(self) -> str:
        return "salt agents"
