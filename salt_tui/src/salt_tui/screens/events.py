"""Events: what was told of late, what waits for what, and telling one by hand."""

from __future__ import annotations

import json
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import ContentSwitcher, Static

from salt_core.cli.words import size
from salt_core.model.waiting import Told, Waiting
from salt_tui import operating
from salt_tui.actions.registry import bindings, of_view
from salt_tui.changes import Changes
from salt_tui.readmodel import LOST
from salt_tui.screens.operated import OperatedView
from salt_tui.text import plain, printed, shorten
from salt_tui.times import age, ago, moment
from salt_tui.widgets.columns import Cell, Column
from salt_tui.widgets.emptystate import EmptyState, Hint
from salt_tui.widgets.table import VirtualTable

_TOLD = (
    Column("TOLD", 12),
    Column("EVENT", 14, most=30),
    Column("ENDED", 8, right=True),
    Column("PAYLOAD", 16, most=90),
    Column("ID", 8, most=24, drop=1),
)
_WAITS = (
    Column("WAITS FOR", 14, most=30),
    Column("WHERE", 14, most=50),
    Column("SINCE", 5, right=True),
    Column("UNTIL", 8, drop=2),
    Column("WORKFLOW", 12, most=30),
    Column("RUN", 16, drop=1),
)
_MOST, _LAST = 1000, 200
_SOON_S = 0.15
_PAYLOAD_CHARS, _PAYLOAD_LINES = 20_000, 200


class EventsView(OperatedView):
    """The last events, newest first; the waits for events; the payload of the one under the cursor."""

    name_in_crumbs = "Events"
    view_name = "events"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(of_view("events"))]

    def __init__(self) -> None:
        super().__init__()
        self._stale_waits = False

    def body(self) -> ComposeResult:
        with ContentSwitcher(initial="lists", id="content"):
            with VerticalScroll(id="lists", can_focus=False):
                yield VirtualTable[Told](
                    _TOLD, self._told_cells, lambda one: f"{one.event} {one.entry}", id="told"
                )
                yield VirtualTable[Waiting](
                    _WAITS, self._wait_cells, lambda one: one.member, id="waits"
                )
            yield EmptyState(id="empty")
        with VerticalScroll(id="below", can_focus=False):
            yield Static("", id="detail")

    @property
    def told(self) -> VirtualTable[Told]:
        return self.query_one("#told", VirtualTable)

    @property
    def waits(self) -> VirtualTable[Waiting]:
        return self.query_one("#waits", VirtualTable)

    @property
    def waiting(self) -> Waiting | None:
        """The wait that the cursor is on, where that list has the focus."""
        return self.waits.row if self.is_mounted and self.waits.has_focus else None

    def _told_cells(self, it: Told) -> list[Cell]:
        woken = "1 wait" if it.woken == 1 else f"{it.woken} waits"
        return [
            Cell(moment(it.at, self.model.now(), self.model.zone), "dim"),
            Cell(it.event, "name"),
            Cell(woken if it.woken else "none", "good" if it.woken else "dim"),
            Cell(it.begins + ("…" if it.size > len(it.begins.encode()) else "")),
            Cell(it.id, "dim"),
        ]

    def _wait_cells(self, it: Waiting) -> list[Cell]:
        now, due = self.model.now(), it.task.due
        return [
            Cell(it.task.name, "name"),
            Cell(it.task.where or "any", "" if it.task.where else "dim"),
            Cell(age(now - it.since)),
            Cell(ago(due, now), "warn") if due else Cell("–", "dim"),
            Cell(it.run.workflow),
            Cell(it.run.id, "dim"),
        ]

    async def read(self, changes: Changes) -> None:
        if not (changes.everything or changes.events):
            # A wait may have begun or ended; a busy store says so very often.
            self._stale_waits |= bool(changes.tasks or changes.runs)
            return
        self._stale_waits = False
        store = self.model.store
        self.told.show(await store.told(_LAST))
        waits = await store.listening(_MOST)
        self.waits.show(waits)
        told = self.told.rows
        self.query_one(ContentSwitcher).current = "lists" if told or waits else "empty"
        self.query_one("#below").display = bool(told or waits)
        self.waits.display = bool(waits)
        self.told.display = bool(told)
        more = " or more" if len(waits) == _MOST else ""
        count = f"{len(waits):,}{more} wait{'' if len(waits) == 1 else 's'}"
        self.tell_count(f"{len(told)} told of late, {count} open")
        if self.focused is None and (told or waits):
            (self.told if told else self.waits).focus()
        if not (told or waits):
            self.query_one(EmptyState).tell(
                "No event was told of late, and nothing waits for one.",
                "Runs wait for events by their names; anybody may tell one.",
                [
                    Hint('wait_event("paid", where={"id": 7})', "in a workflow function waits"),
                    Hint("""salt emit paid '{"id": 7}'""", "tells it; so does e here"),
                ],
            )
        self._tell_detail()

    def tick(self) -> None:
        if self._stale_waits:
            self.store_changed(Changes(events=frozenset({""})))
        self.told.refresh_changed()
        self.waits.refresh_changed()

    # -- the lower part --------------------------------------------------------------------

    @on(VirtualTable.Moved)
    def _moved(self) -> None:
        self.soon(_SOON_S, self._tell_detail)

    def on_descendant_focus(self) -> None:
        self.refresh_bindings()
        self._tell_detail()

    def _tell_detail(self) -> None:
        if not self.is_mounted:
            return
        if self.waiting is not None:
            self._tell(self._about_wait(self.waiting))
        elif self.told.row is not None:
            self._read_payload(self.told.row)

    def _tell(self, content: Content) -> None:
        self.query_one("#detail", Static).update(content)

    def _about_wait(self, it: Waiting) -> Content:
        now, muted = self.model.now(), "$foreground-muted"
        at = f", {plain(it.task.at)}" if it.task.at else ""
        until = f"until {moment(it.task.due, now, self.model.zone)}" if it.task.due else "for ever"
        return Content.assemble(
            (plain(it.task.name), "bold"),
            f"  task {it.task.id} of run {plain(it.run.id)}, {plain(it.run.workflow)}{at}\n",
            ("waits    ", muted),
            f"since {moment(it.since, now, self.model.zone)}, {until}\n",
            ("where    ", muted),
            plain(it.task.where) or "any payload",
        )

    @work(group="detail", exclusive=True, exit_on_error=False)
    async def _read_payload(self, it: Told) -> None:
        try:
            text = await self.model.store.payload(it)
        except LOST as error:
            self.model.lost(error)
            return
        head = Content.assemble(
            (plain(it.event), "bold"),
            f"  {plain(it.id)}, {size(it.size)}, told {ago(it.at, self.model.now())}\n",
        )
        self._tell(head + Content(_indented(text)))

    # -- actions ---------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "open":
            return True if self.waiting is not None else None
        return super().check_action(action, parameters)

    def copied_name(self) -> str:
        if self.waiting is not None:
            return self.waiting.run.id
        return self.told.row.id if self.told.row else ""

    def names(self) -> dict[str, str]:
        if self.waiting is not None:
            return {"RUN": self.waiting.run.id, "EVENT": self.waiting.task.name}
        return {"EVENT": self.told.row.event} if self.told.row else {}

    @on(VirtualTable.Opened)
    def action_open(self) -> None:
        if self.waiting is not None:
            self.salt.open_run(self.waiting.run.id)

    def action_emit(self) -> None:
        event, payload = "", ""
        if self.waiting is not None:
            event, payload = self.waiting.task.name, self.waiting.task.where or "{}"
        elif self.told.row is not None:
            event, payload = self.told.row.event, "{}"
        self.act(operating.emit(self.salt, event, payload))


def _indented(text: str | None) -> str:
    """A payload over some lines, cut where it is very long."""
    if text is None:
        return "Its payload is forgotten."
    if len(text) > _PAYLOAD_CHARS:
        return printed(shorten(text, _PAYLOAD_CHARS))
    lines = json.dumps(json.loads(text), indent=2, ensure_ascii=False).splitlines()
    shown = [printed(line) for line in lines[:_PAYLOAD_LINES]]
    if len(lines) > _PAYLOAD_LINES:
        shown.append(f"… and {len(lines) - _PAYLOAD_LINES:,} more lines")
    return "\n".join(shown)
