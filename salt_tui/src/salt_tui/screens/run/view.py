"""One run: its calls as a tree, a time line or a graph, and below them what is told of one. All live."""

from __future__ import annotations

from typing import ClassVar, Literal

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import ContentSwitcher, Static

from salt_core.cli.whyfacts import gather
from salt_core.ids import BODY
from salt_core.model.status import RunStatus, TaskStatus
from salt_core.model.task import Task
from salt_core.why import explain
from salt_tui.actions.registry import bindings, of_view
from salt_tui.changes import Changes
from salt_tui.logfeed import Wanted
from salt_tui.onerun.drawing import draw
from salt_tui.onerun.folding import Folding, TreeRow
from salt_tui.onerun.nodes import Node
from salt_tui.onerun.reading import RunReader
from salt_tui.onerun.timeline import LEGEND, Scale
from salt_tui.readmodel import LOST
from salt_tui.runtext import head
from salt_tui.screens.run.actions import RunActions
from salt_tui.screens.run.panes import Pane, Panes
from salt_tui.screens.run.rows import TIME, TREE, time_cells, tree_cells
from salt_tui.text import plain
from salt_tui.widgets.columns import Cell, fit
from salt_tui.widgets.graphview import GraphView
from salt_tui.widgets.logview import LogView
from salt_tui.widgets.table import VirtualTable

Shape = Literal["tree", "time", "graph"]
SHAPES: tuple[Shape, ...] = ("tree", "time", "graph")
_SOON_S = 0.1
_MOVES = (TaskStatus.RUNNING, TaskStatus.SUCCEEDED, TaskStatus.FAILED, TaskStatus.CANCELLED)


class RunView(RunActions):
    """The run ``run``, an id."""

    view_name = "run"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(of_view("run"))]

    def __init__(self, run: str) -> None:
        super().__init__()
        self._run = run
        self.reader: RunReader | None = None
        self.folding: Folding | None = None
        self._called: dict[str, RunReader] = {}
        self._chosen = False
        self._all_logs = True
        self._attempt: int | None = None
        self._shape: Shape = "tree"
        self._graph_of = -1

    @property
    def crumb(self) -> str:
        return self._run

    def body(self) -> ComposeResult:
        yield Static("", id="head")
        with ContentSwitcher(initial="tree", id="shapes"):
            yield VirtualTable[TreeRow](TREE, self._cells, _key, find=self._find, id="tree")
            with Vertical(id="time"):
                yield Static("", id="axis")
                yield VirtualTable[TreeRow](TIME, self._bars, _key, find=self._find, id="bars")
            yield GraphView(id="graph")
        yield Static("", id="why")
        yield Panes(self.model, id="below")

    # -- parts -----------------------------------------------------------------------------

    @property
    def table(self) -> VirtualTable[TreeRow]:
        return self.query_one("#bars" if self._shape == "time" else "#tree", VirtualTable)

    @property
    def panes(self) -> Panes:
        return self.query_one(Panes)

    @property
    def log_view(self) -> LogView:
        return self.panes.log_pane.view

    @property
    def node(self) -> Node | None:
        """What the cursor is on."""
        row = self.table.row
        return None if row is None else row.node

    def _find(self, key: str) -> int | None:
        return None if self.folding is None else self.folding.place(key)

    def _cells(self, row: TreeRow) -> list[Cell]:
        return tree_cells(row, self.model.now(), self.model.zone)

    def _bars(self, row: TreeRow) -> list[Cell]:
        return time_cells(row, self._scale(), self.model.now())

    def _scale(self) -> Scale:
        bars = self.query_one("#bars", VirtualTable)
        widths = dict(fit(TIME, bars.size.width))
        run, now = (self.reader.run if self.reader else None), self.model.now()
        if run is None:
            return Scale(now, now + 1, 1)
        return Scale(run.created, run.finished or now, max(widths.get(2, 1), 1))

    # -- reading ---------------------------------------------------------------------------

    async def read(self, changes: Changes) -> None:
        reader = self.reader
        if reader is None:
            reader = RunReader(self.model, self._run, self._show_rows)
            self.folding = Folding(reader.tree)
            self.reader = reader
            await reader.load()
        elif changes.everything:
            await reader.load()
        elif self._run in changes.runs or self._run in changes.tasks:
            await reader.update(changes.tasks.get(self._run, ()))
        elif not await self._read_called(changes):
            return
        else:
            self._show_rows()
            return
        await self._read_called(changes)
        if not self._chosen and reader.run is not None and reader.run.status == RunStatus.FAILED:
            self._look_at_failure()
        self.show()

    async def _read_called(self, changes: Changes) -> bool:
        """Read again what changed in runs that are open within this one."""
        touched = False
        for child in self._called.values():
            if changes.everything or child.id in changes.runs or child.id in changes.tasks:
                await child.update(changes.tasks.get(child.id, ()))
                touched = True
        return touched

    def _look_at_failure(self) -> None:
        """Show why the run failed, unless a person has chosen what to look at."""
        self._chosen = True
        self.panes.turn_to("error")
        assert self.reader is not None
        assert self.folding is not None
        failed = next((t for t in self.reader.tree.tasks() if t.error and t.id != BODY), None)
        if failed is not None and self.table.cursor == 0:
            self.folding.reveal(f"{self._run}/{failed.id}")
            self._show_rows()
            self.table.select(f"{self._run}/{failed.id}")

    def show(self) -> None:
        """Show what was read."""
        run = self.reader.run if self.reader else None
        if run is None:
            self.query_one("#head", Static).update(Content(" There is no such run (any more)."))
            return
        self._show_rows()
        self._show_pane()
        self.refresh_bindings()

    def _show_rows(self) -> None:
        """Show the tree, the time line or the graph as it is now."""
        reader, folding = self.reader, self.folding
        if reader is None or folding is None or reader.run is None:
            return
        run = reader.run
        self.tell_count(f"{run.tasks_done:,}/{run.tasks_total:,} tasks done")
        content = head(run, self.model.now(), self.model.zone)
        self.query_one("#head", Static).update(content, layout=False)
        if self._shape == "graph":
            if self._graph_of != reader.graph.changes:
                self._graph_of = reader.graph.changes
                self.query_one(GraphView).show(draw(reader.graph))
        else:
            if self._shape == "time":
                self._tell_axis()
            self.table.show(folding.rows())

    def _tell_axis(self) -> None:
        scale = self._scale()
        bars = self.query_one("#bars", VirtualTable)
        indent = " " * max(0, bars.size.width - scale.width - 1)
        axis = Content(f"{indent}{scale.title()}\n {LEGEND}")
        self.query_one("#axis", Static).update(axis, layout=False)

    def tick(self) -> None:
        run = self.reader.run if self.reader else None
        if run is not None and not run.status.final:
            self._show_rows()

    # -- below -----------------------------------------------------------------------------

    def _show_pane(self) -> None:
        """Fill the lower half with what was chosen."""
        run = self.reader.run if self.reader else None
        if run is None:
            return
        shown = self.panes.shown
        if shown == "log":
            self.panes.show_log(self._wanted_log())
        elif shown == "checks":
            self._show_checks()
        else:
            self._ask_pane()
        self.panes.tell(self._about_pane(shown))
        self._ask_why()

    def _show_checks(self) -> None:
        node, reader = self.node, self.reader
        assert reader is not None
        whole = node is None or (node.task is not None and node.task.id == BODY)
        self.panes.show_checks([reader.tree.root] if whole or node is None else [node])

    @work(group="value", exclusive=True, exit_on_error=False)
    async def _ask_pane(self) -> None:
        node = self.node
        reader = self.reader_of(node)
        if reader is None or reader.run is None:
            return
        try:
            if self.panes.shown == "error":
                await self.panes.show_failure(reader, reader.run, node)
            elif self.panes.shown == "value":
                await self.panes.show_value(reader.run, node)
            elif self.panes.shown == "journal":
                await self.panes.read_journal(self._run, anew=False)
        except LOST as error:
            self.model.lost(error)

    def reader_of(self, node: Node | None) -> RunReader | None:
        """The run that a call is of: this one, or one that it called."""
        run = self._run if node is None else node.key.rpartition("/")[0]
        return self._called.get(run, self.reader)

    def _about_pane(self, shown: Pane) -> str:
        node = self.node
        if shown == "journal":
            return "what the run has asked for and learned"
        if shown == "log" and (self._all_logs or node is None):
            return "of all tasks"
        if node is None:
            return ""
        if node.task is None:
            return f"of {node.total:,} calls"
        tries = len(node.task.attempts)
        at = self._attempt or tries
        many = f", try {at} of {tries}" if shown == "log" and tries > 1 else ""
        return f"of {node.task.name}#{node.task.id}{many}"

    @on(LogView.Changed)
    def _log_changed(self) -> None:
        if self.panes.shown == "log":
            self.panes.tell(self._about_pane("log"))

    @on(VirtualTable.Moved)
    def _moved(self) -> None:
        if self.reader is not None:
            self._attempt = None
            # Not at once: a cursor that runs down a list must not open every log on its way.
            self.soon(_SOON_S, self._show_pane)

    def _wanted_log(self) -> Wanted:
        node, reader = self.node, self.reader_of(self.node)
        if self._all_logs or node is None or reader is None:
            return Wanted(self._run)
        if node.task is not None:
            task, number = node.task, self._attempt or max(len(node.task.attempts), 1)
            if task.child:
                return Wanted(task.child)
            return Wanted(reader.id, node.key, number, lambda t, n: (t.id, n) == (task.id, number))

        def within(task: Task, attempt: int) -> bool:
            holder = reader.tree.call(task.id)
            while holder is not None and holder is not node:
                holder = holder.parent
            return holder is node

        return Wanted(reader.id, node.key, None, within)

    # -- why it does not move --------------------------------------------------------------

    def _ask_why(self) -> None:
        node = self.node
        task = None if node is None else node.task
        stands = task is not None and (task.status not in _MOVES or task.quarantined)
        self.query_one("#why").set_class(stands, "-shown")
        if stands and task is not None:
            self._tell_why(task)

    @work(group="why", exclusive=True, exit_on_error=False)
    async def _tell_why(self, task: Task) -> None:
        reader = self.reader_of(self.node)
        if reader is None or reader.run is None:
            return
        try:
            reason = explain(await gather(self.model.store, reader.run, task))
        except LOST as error:
            self.model.lost(error)
            return
        parts: list[tuple[str, str] | str] = [("why ", "$accent"), plain(reason.line)]
        for command in reason.commands:
            parts.append((f"  $ {plain(command)}", "$foreground-muted"))
        self.query_one("#why", Static).update(Content.assemble(" ", *parts))


def _key(row: TreeRow) -> str:
    return row.key
