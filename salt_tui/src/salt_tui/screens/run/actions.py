"""What a person can do in the view of a run: the actions of the registry."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual import on
from textual.widgets import ContentSwitcher

from salt_core.model.run import Run
from salt_tui.asking import names_of
from salt_tui.onerun.reading import RunReader
from salt_tui.readmodel import LOST
from salt_tui.screens.run.panes import Pane
from salt_tui.screens.run.source import open_source, place_of
from salt_tui.screens.view import View
from salt_tui.widgets.graphview import GraphView
from salt_tui.widgets.logpane import LogPane
from salt_tui.widgets.table import VirtualTable

if TYPE_CHECKING:
    from salt_tui.screens.run.view import RunView


class RunActions(View):
    """The half of ``RunView`` that answers to keys."""

    @property
    def _me(self) -> RunView:
        return cast("RunView", self)

    @property
    def _head(self) -> Run | None:
        reader = self._me.reader
        return None if reader is None else reader.run

    @property
    def pane(self) -> LogPane:
        """The pane in sight."""
        return self._me.panes.pane

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in ("cancel_run", "move_run", "rerun"):
            run = self._head
            ended = action == "rerun"
            return True if run is not None and run.status.final is ended else None
        return super().check_action(action, parameters)

    def copied_name(self) -> str:
        return self._me.crumb

    def names(self) -> dict[str, str]:
        run, node = self._head, self._me.node if self.is_mounted else None
        names = {"RUN": self._me.crumb} if run is None else names_of(run)
        return names if node is None or node.task is None else names | {"TASK": node.task.id}

    def about(self) -> dict[str, str]:
        return {"run": self._me.crumb}

    def command(self) -> str:
        return f"salt show {self._me.crumb}"

    @on(LogPane.Copied)
    def _tell_copied(self, message: LogPane.Copied) -> None:
        self.say(message.said, problem=message.problem)

    # -- above -----------------------------------------------------------------------------

    def action_back(self) -> None:
        if self.pane.leave():
            return
        if self.has_class("-zoomed"):
            self.action_zoom()
        elif self.focused is not None and self.focused is not self._upper:
            self._upper.focus()
        else:
            super().action_back()

    @property
    def _upper(self) -> VirtualTable[object] | GraphView:
        me = self._me
        return (
            self.query_one(GraphView)
            if me._shape == "graph"
            else cast("VirtualTable[object]", me.table)
        )

    def action_shape(self) -> None:
        """Tree, time line, graph, and the tree again."""
        from salt_tui.screens.run.view import SHAPES

        me = self._me
        key = me.table.cursor_key
        had_focus = self.focused is self._upper
        me._shape = SHAPES[(SHAPES.index(me._shape) + 1) % len(SHAPES)]
        self.query_one("#shapes", ContentSwitcher).current = me._shape
        self.call_after_refresh(self._shaped, key, had_focus)

    def _shaped(self, key: str, had_focus: bool) -> None:
        me = self._me
        me._show_rows()
        if me._shape == "graph":
            self.query_one(GraphView).select(key.rpartition("/")[2])
        else:
            me.table.select(key)
        if had_focus:
            self._upper.focus()

    @on(GraphView.Moved)
    def _graph_moved(self, message: GraphView.Moved) -> None:
        me = self._me
        me.query_one("#tree", VirtualTable).show(me.folding.rows() if me.folding else ())
        me.query_one("#tree", VirtualTable).select(f"{me.crumb}/{message.key}")

    @on(GraphView.Opened)
    @on(VirtualTable.Opened)
    def action_open(self) -> None:
        """Open or close a line that holds others; of a call its log."""
        me = self._me
        row = me.table.row
        if row is None:
            return
        if row.open is not None:
            self.action_fold()
            return
        me._all_logs = False
        self.action_show_pane("log")
        me.log_view.focus()

    def action_fold(self) -> None:
        """Open a line that holds others, or close it; of one that holds none what holds it."""
        me = self._me
        row, folding = me.table.row, me.folding
        if row is None or folding is None:
            return
        node = row.node
        if row.open is None:
            holder = node.parent
            if holder is not None and holder.kind == "group" and len(holder.children) == 1:
                holder = holder.parent
            if holder is None or holder.parent is None:
                return
            folding.turn(holder, open=False)
        elif folding.turn(node) and node.task is not None and node.task.child:
            self.run_worker(self._read_child(node.key, node.task.child), exit_on_error=False)
        me._show_rows()

    async def _read_child(self, key: str, run: str) -> None:
        """Read a run that a call made, the first time that its line is opened."""
        me = self._me
        if run in me._called or me.folding is None:
            return
        child = me._called[run] = RunReader(self.model, run)
        me.folding.attach(key, child.tree)
        try:
            await child.load()
        except LOST as error:
            del me._called[run]
            self.model.lost(error)
            return
        me._show_rows()

    def action_open_child(self) -> None:
        """Go to the run that a call made, or to the one that made this."""
        node, run = self._me.node, self._head
        if node is not None and node.task is not None and node.task.child:
            self.salt.open_run(node.task.child)
        elif run is not None and run.parent:
            self.salt.open_run(run.parent.rpartition("/")[0])

    def action_edit(self) -> None:
        """Open the source at the failing line, or where the call was made."""
        node = self._me.node
        task = node.task if node is not None and node.task is not None else None
        if node is not None and task is None and node.children:
            task = node.children[0].task
        place = None if task is None else place_of(task)
        if place is None:
            self.say("No line of source is known of this.", problem=True)
            return
        self.run_worker(self._edit(*place), exit_on_error=False)

    async def _edit(self, file: str, line: int) -> None:
        run = self._head
        try:
            found = None if run is None else await self.model.store.workflow(run.workflow)
        except LOST as error:
            self.model.lost(error)
            return
        problem = open_source(self.salt, "" if found is None else found.source, file, line)
        if problem:
            self.say(problem, problem=True)

    # -- below -----------------------------------------------------------------------------

    def action_show_pane(self, pane: Pane) -> None:
        me = self._me
        me._chosen = True
        me.panes.turn_to(pane)
        me._show_pane()

    def action_all_logs(self) -> None:
        self._me._all_logs = not self._me._all_logs
        self.action_show_pane("log")

    def action_attempt(self, by: int) -> None:
        me = self._me
        task = None if me.node is None else me.node.task
        if task is not None and task.attempts:
            newest = len(task.attempts)
            at = max(1, min(newest, (me._attempt or newest) + by))
            me._attempt = None if at == newest else at
            me._all_logs = False
            self.action_show_pane("log")

    def action_zoom(self) -> None:
        self.toggle_class("-zoomed")
        if self.has_class("-zoomed"):
            self.pane.view.focus()
        else:
            self._upper.focus()

    def action_follow(self) -> None:
        view = self.pane.view
        view.follow = not view.follow

    def action_times(self) -> None:
        view = self.pane.view
        view.times = not view.times

    def action_wrap(self) -> None:
        view = self.pane.view
        view.wrap = not view.wrap

    def action_search(self) -> None:
        self.pane.search()

    def action_match(self, way: int) -> None:
        self.pane.go(way)

    def action_first_error(self) -> None:
        self.pane.first_error()

    def action_level(self) -> None:
        self.pane.cycle_level()

    def action_only_task(self) -> None:
        self.pane.only_this()

    def action_only_matches(self) -> None:
        self.pane.only_matches()

    def action_copy_lines(self) -> None:
        self.pane.copy()

    def action_save_log(self) -> None:
        self.pane.save()

    # -- deeds -----------------------------------------------------------------------------

    def action_run_workflow(self) -> None:
        if (run := self._head) is not None:
            self.salt.ask_and_run(run.workflow, run.params)

    def action_cancel_run(self) -> None:
        if (run := self._head) is not None:
            self.salt.ask_and_cancel(run)

    def action_rerun(self) -> None:
        if (run := self._head) is not None:
            self.salt.ask_and_rerun(run)

    def action_move_run(self) -> None:
        if (run := self._head) is not None:
            self.salt.ask_and_move(run)
