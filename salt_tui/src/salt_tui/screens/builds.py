"""Builds and versions: what builds say while they go on, the versions, and what two differ in."""

from __future__ import annotations

from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import ContentSwitcher, Static

from salt_core.cli.words import size
from salt_core.model.workflow import BuildLine, Version, Workflow
from salt_tui import operating
from salt_tui.actions.registry import bindings, of_view
from salt_tui.changes import Changes
from salt_tui.readmodel import LOST
from salt_tui.screens.operated import OperatedView
from salt_tui.text import log_line, plain
from salt_tui.times import ago, moment, time_of_day
from salt_tui.widgets.columns import Cell, Column
from salt_tui.widgets.emptystate import EmptyState, Hint
from salt_tui.widgets.table import VirtualTable

_WORKFLOWS = (
    Column("WORKFLOW", 14, most=40),
    Column("BUILD", 8),
    Column("LIVE", 12),
    Column("VERSIONS", 8, right=True, drop=1),
    Column("REGISTERED", 10, drop=2),
    Column("FROM", 20, most=60, drop=3),
)
_VERSIONS = (
    Column("VERSION", 12),
    Column("", 6),
    Column("REGISTERED", 22),
    Column("SIZE", 8, right=True),
    Column("PYTHON", 14, most=22, drop=2),
    Column("NEEDS", 14, most=60, drop=1),
)
_SOON_S = 0.15
_SHOWN, _KEPT = 200, 500
_GROUPS = ("detail", "output")


class BuildsView(OperatedView):
    """Workflows; the versions of the one under the cursor; what its builds say."""

    name_in_crumbs = "Builds"
    view_name = "builds"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(of_view("builds"))]

    def __init__(self) -> None:
        super().__init__()
        self._shown = ""
        """The workflow whose versions are shown."""
        self._lines: list[BuildLine] = []

    def body(self) -> ComposeResult:
        with ContentSwitcher(initial="lists", id="content"):
            with Vertical(id="lists"):
                yield VirtualTable[Workflow](
                    _WORKFLOWS, self._workflow_cells, lambda one: one.name, id="workflows"
                )
                yield VirtualTable[Version](
                    _VERSIONS, self._version_cells, lambda one: one.version, id="versions"
                )
                yield Static("", id="pane-title")
                with VerticalScroll(id="output", can_focus=False):
                    yield Static("", id="lines")
            yield EmptyState(id="empty")

    @property
    def workflows(self) -> VirtualTable[Workflow]:
        return self.query_one("#workflows", VirtualTable)

    @property
    def versions(self) -> VirtualTable[Version]:
        return self.query_one("#versions", VirtualTable)

    @property
    def workflow(self) -> Workflow | None:
        """The one that the cursor is on."""
        return self.workflows.row if self.is_mounted else None

    @property
    def version(self) -> Version | None:
        """The version that the cursor is on, where that list has the focus."""
        return self.versions.row if self.is_mounted and self.versions.has_focus else None

    def _workflow_cells(self, it: Workflow) -> list[Cell]:
        now = self.model.now()
        return [
            Cell(it.name, "name"),
            Cell("✗ broken", "bad") if it.build_error else Cell("✓ ok", "good"),
            Cell(it.live or "none", "" if it.live else "dim"),
            Cell(f"{it.versions}"),
            Cell(ago(it.registered, now) if it.registered else "–", "dim"),
            Cell(it.source, "dim"),
        ]

    def _version_cells(self, it: Version) -> list[Cell]:
        now, live = self.model.now(), self.workflow is not None and it.version == self.workflow.live
        at = moment(it.registered, now, self.model.zone)
        return [
            Cell(it.version, "name"),
            Cell("● live" if live else "", "good"),
            Cell(f"{ago(it.registered, now)}, {at}"),
            Cell(size(it.artifact.size)),
            Cell(it.artifact.python, "dim"),
            Cell(", ".join(it.dependencies) or "–", "dim"),
        ]

    # -- reading ---------------------------------------------------------------------------

    async def read(self, changes: Changes) -> None:
        if changes.everything or changes.workflows:
            found = sorted(await self.model.store.workflows(), key=lambda one: one.name)
            self.query_one(ContentSwitcher).current = "lists" if found else "empty"
            self.workflows.show(found)
            broken = sum(bool(one.build_error) for one in found)
            count = f"{len(found):,} workflow{'' if len(found) == 1 else 's'}"
            self.tell_count(f"{count}, {broken} broken" if broken else count)
            if found and self.focused is None:
                self.workflows.focus()
            if not found:
                self.query_one(EmptyState).tell(
                    "Nothing is built yet.",
                    "Every version that is registered comes up here, and what builds say.",
                    [
                        Hint("salt register hello", "builds a project and registers it"),
                        Hint("salt ui hello", "builds it at every save"),
                    ],
                )
            self._read_versions()
        if changes.everything or self._shown in changes.builds:
            self._read_output()

    @on(VirtualTable.Moved, "#workflows")
    def _workflow_moved(self) -> None:
        if self.workflow is not None and self.workflow.name != self._shown:
            self.soon(_SOON_S, self._read_one)

    def _read_one(self) -> None:
        self._lines = []
        self._read_versions()
        self._read_output()

    @work(group="detail", exclusive=True, exit_on_error=False)
    async def _read_versions(self) -> None:
        if self.workflow is None:
            return
        name = self._shown = self.workflow.name
        try:
            found = await self.model.store.versions(name)
        except LOST as error:
            self.model.lost(error)
            return
        self.versions.show(sorted(found, key=lambda one: one.registered, reverse=True))

    @work(group="value", exclusive=True, exit_on_error=False)
    async def _read_output(self) -> None:
        if self.workflow is None:
            return
        name, after = self.workflow.name, self._lines[-1].id if self._lines else ""
        try:
            new = await self.model.store.build_output(name, after, _KEPT)
        except LOST as error:
            self.model.lost(error)
            return
        self._lines = [*self._lines, *new][-_KEPT:]
        self._show_output(self.workflow)

    def _show_output(self, it: Workflow) -> None:
        title = f" what builds of {plain(it.name)} said"
        self.query_one("#pane-title", Static).update(Content(title))
        parts: list[Content | str | tuple[str, str]] = []
        for line in self._lines[-_SHOWN:]:
            at = time_of_day(line.at, self.model.zone)
            parts += [(f"{at[:8]} ", "$foreground-muted"), log_line(line.text), "\n"]
        if not parts:
            parts = ["Nothing of late. A host says it here that watches the folder:  salt ui PATH"]
        if it.build_error:
            parts += ["\n", ("✗ the newest build broke\n", "$error")]
            parts += [f"{log_line(line)}\n" for line in it.build_error.splitlines()]
        scroll = self.query_one("#output", VerticalScroll)
        self.query_one("#lines", Static).update(Content.assemble(*parts))
        self.call_after_refresh(scroll.scroll_end, animate=False)

    def tick(self) -> None:
        self.workflows.refresh_changed()
        self.versions.refresh_changed()

    def on_descendant_focus(self) -> None:
        self.refresh_bindings()

    # -- actions ---------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "make_live":
            here = self.version
            is_other = here is not None and self.workflow is not None
            return True if is_other and here.version != self.workflow.live else None  # type: ignore[union-attr]
        if action == "compare":
            return True if len(self.versions.rows) > 1 else None
        return super().check_action(action, parameters)

    def copied_name(self) -> str:
        if self.version is not None:
            return self.version.version
        return self.workflow.name if self.workflow else ""

    def names(self) -> dict[str, str]:
        names = {"WF": self.workflow.name} if self.workflow else {}
        return names | ({"VERSION": self.version.version} if self.version else {})

    def command(self) -> str:
        return f"salt versions {self.workflow.name}" if self.workflow else ""

    @on(VirtualTable.Opened)
    def action_open(self) -> None:
        if self.version is not None:
            self.action_compare()
        elif self.versions.rows:
            self.versions.focus()

    def action_back(self) -> None:
        if self.versions.has_focus:
            self.workflows.focus()
        else:
            super().action_back()

    @property
    def can_go_back(self) -> bool:
        return super().can_go_back or (self.is_mounted and self.versions.has_focus)

    def action_run_workflow(self) -> None:
        if self.workflow is not None:
            self.salt.ask_and_run(self.workflow.name)

    def action_compare(self) -> None:
        """The version under the cursor beside the live one; the live one beside the one before."""
        rows = list(self.versions.rows)
        if self.workflow is None or len(rows) < 2:
            return
        after = self.versions.row or rows[0]
        live = next((one for one in rows if one.version == self.workflow.live), rows[0])
        before = live
        if after is live:
            at = rows.index(live)
            before = rows[at + 1] if at + 1 < len(rows) else rows[at - 1]
        older, newer = sorted((before, after), key=lambda one: one.registered)
        self.act(operating.compare(self.salt, older, newer))

    def action_make_live(self) -> None:
        if self.workflow is not None and self.version is not None:
            self.act(operating.make_live(self.salt, self.workflow, self.version.version))
