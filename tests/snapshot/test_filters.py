"""The filter line in the console: judged and completed while one types, saved, kept, cleared."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.snapshot import scenes
from tests.snapshot.conftest import SMALL, Console, until
from tests.snapshot.fixed import NOW, FixedStore
from tests.snapshot.test_keys import listed, press, salt, table
from textual.pilot import Pilot
from textual.widgets import Input, Static

from salt_core.model.run import Run
from salt_core.model.status import RunStatus
from salt_tui.app import Leaving
from salt_tui.memory import Memory
from salt_tui.screens.savedfilters import ChooseFilter
from salt_tui.widgets.filterbar import FilterBar


def bar(pilot: Pilot[Leaving]) -> FilterBar:
    return pilot.app.screen.query_one(FilterBar)


def said(pilot: Pilot[Leaving], where: str) -> str:
    return str(pilot.app.screen.query_one(where, Static).visual)


def count(pilot: Pilot[Leaving]) -> str:
    return said(pilot, "#count").strip()


async def test_tab_completes_fields_and_values(console: Console) -> None:
    async with console(scenes.full()) as pilot:
        await press(pilot, "2", "slash", *"st", "tab")
        assert bar(pilot).field.value == "status:"
        assert "queued  running" in said(pilot, "#candidates")
        await press(pilot, *"fa", "tab", *"wf:ni", "tab")
        assert bar(pilot).field.value == "status:failed wf:nightly "
        await press(pilot, "enter")
        assert {(run.workflow, run.status) for run in listed(pilot)} == {("nightly", "failed")}
        assert not bar(pilot).has_class("-typing")


async def test_arrows_and_clicks_choose_among_candidates(console: Console) -> None:
    async with console(scenes.full()) as pilot:
        await press(pilot, "2", "slash", *"status:", "down", "down", "tab")
        assert bar(pilot).field.value == "status:waiting "
        await press(pilot, *"wf:")
        await pilot.click("#candidates", offset=(14, 0))
        assert bar(pilot).field.value == "status:waiting wf:nightly "


async def test_a_filter_that_is_none_is_told_and_changes_nothing(console: Console) -> None:
    async with console(scenes.full()) as pilot:
        await press(pilot, "2", "slash", *"status:bad", "enter")
        assert "status is one of" in said(pilot, "#filter-problem")
        assert len(table(pilot).rows) == 30
        await press(pilot, "escape")
        assert not bar(pilot).shown


async def test_the_count_tells_how_many_were_looked_at(console: Console) -> None:
    async with console(scenes.full()) as pilot:
        await press(pilot, "2")
        assert count(pilot) == "30 runs"
        await press(pilot, "slash", *"status:failed", "enter")
        assert count(pilot) == "4 of 30 runs"


async def test_clearing_keeps_the_cursor_on_its_run(console: Console) -> None:
    async with console(scenes.full()) as pilot:
        await press(pilot, "2", "slash", *"status:failed", "enter", "down")
        at = table(pilot).cursor_key
        await press(pilot, "escape")
        assert len(table(pilot).rows) == 30
        assert table(pilot).cursor_key == at
        assert table(pilot).cursor > 1


async def test_filters_are_saved_used_and_forgotten(console: Console, tmp_path: Path) -> None:
    memory = Memory(tmp_path / "console.json")
    async with console(scenes.full(), memory=memory) as pilot:
        await press(pilot, "2", "slash", *"wf:nightly", "enter", "F")
        assert isinstance(pilot.app.screen, ChooseFilter)
        await press(pilot, "s", *"mine", "enter", "escape", "escape")
        assert len(table(pilot).rows) == 30
    async with console(scenes.full(), memory=Memory(tmp_path / "console.json")) as pilot:
        await press(pilot, "2", "F")
        dialog = pilot.app.screen
        assert isinstance(dialog, ChooseFilter)
        assert dialog.table.rows[0] == ("mine", "wf:nightly")
        await press(pilot, "enter")
        assert {run.workflow for run in listed(pilot)} == {"nightly"}
        await press(pilot, "F", "d", "d")  # what everybody has cannot be forgotten
        names = [name for name, _ in dialog._saved.all()]
        assert "mine" not in names
        assert "failed today" in names
        await press(pilot, "escape")
        assert {run.workflow for run in listed(pilot)} == {"nightly"}


async def test_workflows_are_filtered_too(console: Console) -> None:
    async with console(scenes.full(), SMALL) as pilot:
        await press(pilot, "slash", *"is:broken", "enter")
        assert [row.workflow.name for row in table(pilot).rows] == ["stocks"]  # type: ignore[attr-defined]
        assert count(pilot).startswith("1 of 5 workflows")
        await press(pilot, "slash", *"zebra", "enter")
        assert "No workflow matches." in said(pilot, "#empty")
        await press(pilot, "escape")
        assert len(table(pilot).rows) == 5


def _new(store: FixedStore, name: str) -> Run:
    store.all_runs.append(
        replace(
            store.all_runs[0], id=name, created=NOW + len(store.all_runs), status=RunStatus.QUEUED
        )
    )
    return store.all_runs[-1]


async def test_f_keeps_the_newest_run_under_the_cursor(console: Console) -> None:
    store = scenes.full()
    async with console(store, SMALL) as pilot:
        await press(pilot, "2", "down", "down")
        await store.tell("run", _new(store, "01new1").id)
        await until(pilot, lambda: len(table(pilot).rows) == 31)
        assert table(pilot).cursor == 3
        await press(pilot, "f")
        assert table(pilot).cursor == 0
        assert count(pilot).startswith("following")
        await store.tell("run", _new(store, "01new2").id)
        await until(pilot, lambda: table(pilot).cursor_key == "01new2")
        await press(pilot, "down")  # whoever moves looks at something
        assert not count(pilot).startswith("following")
        await store.tell("run", _new(store, "01new3").id)
        await until(pilot, lambda: len(table(pilot).rows) == 33)
        assert table(pilot).cursor_key == "01new1"


async def test_the_command_of_a_filtered_list(console: Console) -> None:
    async with console(scenes.full()) as pilot:
        await press(pilot, "down", "enter", "slash", *"status:failed wf:n*", "enter", "Y")
        line = "salt runs --workflow nightly --filter 'status:failed wf:n*'"
        assert pilot.app.clipboard == line
        assert salt(pilot).view.view_name == "runs"


async def test_letters_go_into_the_line_and_tab_does_not_leave_it(console: Console) -> None:
    async with console(scenes.full()) as pilot:
        await press(pilot, "2", "slash", *"zzz", "tab")
        assert isinstance(pilot.app.focused, Input)
