"""What people do: asked first where it must be, done once, told to others, undone where it can be."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from tests.snapshot import scenes
from tests.snapshot.conftest import Console, until
from tests.snapshot.fixed import NOW, FixedStore
from tests.snapshot.test_keys import press, run_view, salt
from textual.pilot import Pilot
from textual.widgets import Input

from salt_core.cli.deeds import person
from salt_core.model.deed import Deed
from salt_core.model.journal import Called, Done
from salt_core.model.status import RunStatus, TaskStatus
from salt_tui.app import Leaving
from salt_tui.memory import Memory
from salt_tui.screens.deeds import Deeds
from salt_tui.screens.dialogs import Confirm
from salt_tui.screens.form import FieldRow, Form
from salt_tui.screens.pick import Pick
from salt_tui.screens.run import RunView


def toasts(pilot: Pilot[Leaving]) -> list[str]:
    return [note.message for note in pilot.app._notifications]


def versioned() -> FixedStore:
    """Two versions of ``nightly``, and each run's own."""
    store = scenes.full()
    live = store.all_versions["nightly"]
    older = replace(live, version="0ldd00000000", registered=NOW - 9 * scenes.DAY)
    store.more_versions = [older, live]
    return store


# -- the form --------------------------------------------------------------------------------


async def test_the_form_judges_while_one_types(console: Console) -> None:
    store = scenes.full()
    async with console(store) as pilot:
        await press(pilot, "down", "down", "r", "tab", *"2O15")
        row = list(pilot.app.screen.query(FieldRow))[1]
        assert "whole number" in str(row.query_one(".wants").visual)  # type: ignore[attr-defined]
        assert str(pilot.app.screen.query_one("#command").visual) == ""  # type: ignore[attr-defined]
        await press(pilot, *["backspace"] * 4, *"2015")
        shown = str(pilot.app.screen.query_one("#command").visual)  # type: ignore[attr-defined]
        assert shown == "$ salt run seattle-weather year=2015"
        await press(pilot, "ctrl+y")
        assert pilot.app.clipboard == "salt run seattle-weather year=2015"
        await press(pilot, "escape")
        assert store.created == []


async def test_the_form_remembers_what_was_given_last(console: Console, tmp_path: Path) -> None:
    memory = Memory(tmp_path / "console.json")
    async with console(scenes.full(), memory=memory) as pilot:
        await press(pilot, "down", "down", "r", *"Rome", "tab", *"2015", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, RunView))
    async with console(scenes.full(), memory=Memory(tmp_path / "console.json")) as pilot:
        await press(pilot, "1", "g", "down", "down", "r")
        assert [field.value for field in pilot.app.screen.query(Input)] == ["Rome", "2015"]


async def test_a_form_without_fields_runs_at_enter(console: Console) -> None:
    store = scenes.full()
    async with console(store) as pilot:
        await press(pilot, "r")
        assert isinstance(pilot.app.screen, Form)
        await press(pilot, "enter")
        await until(pilot, lambda: [new.workflow for new in store.created] == ["crm-sync"])


async def test_a_click_gives_the_form(console: Console) -> None:
    store = scenes.full()
    async with console(store) as pilot:
        await press(pilot, "r")
        await pilot.click(".choices", offset=(9, 0))
        await until(pilot, lambda: len(store.created) == 1)


# -- runs ------------------------------------------------------------------------------------


async def test_confirming_shows_and_copies_the_command(console: Console) -> None:
    store = scenes.full()
    async with console(store) as pilot:
        await press(pilot, "2", "down", "x", "c")
        assert pilot.app.clipboard == f"salt cancel {scenes.RUNNING}"
        assert isinstance(pilot.app.screen, Confirm)
        await pilot.click(".choices", offset=(5, 0))
        await until(pilot, lambda: store.cancelled == [scenes.RUNNING])
        assert store.all_deeds[-1].did == f"cancelled run {scenes.RUNNING} of seattle-weather"


@pytest.mark.parametrize(("key", "version"), [("s", "3f2a9c1b77aa"), ("l", "beefbeefbeef")])
async def test_a_run_is_run_again(console: Console, key: str, version: str) -> None:
    store = scenes.full()
    store.all_workflows[1] = replace(store.all_workflows[1], live="beefbeefbeef")
    own = store.all_versions["nightly"]
    store.more_versions = [own, replace(own, version="beefbeefbeef")]
    async with console(store) as pilot:
        await press(pilot, "2", "down", "down", "down", "R")
        assert isinstance(pilot.app.screen, Pick)
        await press(pilot, key)
        await until(pilot, lambda: isinstance(pilot.app.screen, RunView))
        new = store.created[0]
        assert (new.version, json.loads(new.params)) == (version, {"day": "2026-01-14"})
        assert new.trigger == f"rerun:{scenes.FAILED}"
        assert run_view(pilot).crumb == new.id


async def test_a_run_is_run_again_from_what_failed(console: Console) -> None:
    store = scenes.full()
    store.more_versions = [store.all_versions["nightly"]]
    store.journals[scenes.FAILED] = [
        Called(1, "extract", "task", ""),
        Done(1, TaskStatus.SUCCEEDED, "1", None, NOW),
        Called(2, "load", "task", ""),
        Done(2, TaskStatus.FAILED, None, scenes.KEY_ERROR, NOW),
    ]
    async with console(store) as pilot:
        await press(pilot, "2", "down", "down", "down", "R", "down", "down", "y")
        assert pilot.app.clipboard == f"salt rerun {scenes.FAILED} --from-failed"
        await press(pilot, "enter")
        await until(pilot, lambda: len(store.created) == 1)
        assert any("1 of 2 calls are kept" in text for text in toasts(pilot))


async def test_what_cannot_be_run_again_says_why(console: Console) -> None:
    store = scenes.full()
    store.more_versions = [store.all_versions["nightly"]]
    async with console(store) as pilot:
        await press(pilot, "2", "down", "down", "down", "R", "f")
        await until(pilot, lambda: any("Nothing in run" in text for text in toasts(pilot)))
        await press(pilot, "up", "up", "R")  # it has not ended: there is nothing to run again
        assert not isinstance(pilot.app.screen, Pick)


async def test_a_run_is_moved_to_another_version(console: Console) -> None:
    store = versioned()
    at = next(i for i, one in enumerate(store.all_runs) if one.id == scenes.FAILED)
    store.all_runs[at] = replace(store.all_runs[at], status=RunStatus.WAITING)
    async with console(store) as pilot:
        await press(pilot, "2", "down", "down", "down", "m", "down", "enter")
        assert isinstance(pilot.app.screen, Confirm)
        await press(pilot, "n")
        assert store.moved == []
        await press(pilot, "m", "down", "enter", "y")
        await until(pilot, lambda: store.moved == [(scenes.FAILED, "0ldd00000000")])


# -- workflows -------------------------------------------------------------------------------


async def test_rolling_back_asks_and_can_be_undone(console: Console) -> None:
    store = versioned()
    async with console(store) as pilot:
        await press(pilot, "down", "b", "down", "enter")
        assert isinstance(pilot.app.screen, Confirm)
        await press(pilot, "y")
        await until(pilot, lambda: store.all_workflows[1].live == "0ldd00000000")
        await until(pilot, lambda: any("u undoes it" in text for text in toasts(pilot)))
        await press(pilot, "u")
        await until(pilot, lambda: store.all_workflows[1].live == "3f2a9c1b77aa")
        await press(pilot, "u")  # there is nothing more to undo
        assert [deed.about for deed in store.all_deeds] == ["nightly", "nightly"]


async def test_pausing_can_be_undone(console: Console) -> None:
    store = scenes.full()
    async with console(store) as pilot:
        await press(pilot, "p")
        await until(pilot, lambda: store.all_workflows[0].paused)
        await press(pilot, "u")
        await until(pilot, lambda: not store.all_workflows[0].paused)
        await press(pilot, "p")
        await until(pilot, lambda: store.all_workflows[0].paused)
        await press(pilot, "p")
        await until(pilot, lambda: not store.all_workflows[0].paused)


async def test_a_workflow_without_versions_says_so(console: Console) -> None:
    async with console(scenes.full()) as pilot:
        await press(pilot, "b")
        await until(pilot, lambda: any("no versions" in text for text in toasts(pilot)))


# -- who did what ----------------------------------------------------------------------------


async def test_what_others_did_is_told_and_what_we_did_is_not(console: Console) -> None:
    store = scenes.full()
    async with console(store) as pilot:
        await store.tell_deed(Deed("bob@far", "cancelled run x of y", "x", "salt cancel x"))
        await until(pilot, lambda: "bob@far cancelled run x of y" in toasts(pilot))
        await press(pilot, "2", "down", "x", "y")
        await until(pilot, lambda: len(store.all_deeds) == 2)
        await until(pilot, lambda: f"Cancelled {scenes.RUNNING}" in toasts(pilot))
        await press(pilot, "D")
        assert not any(text.startswith(person()) for text in toasts(pilot))


async def test_two_consoles_tell_each_other(console: Console) -> None:
    store = scenes.full()
    async with console(store) as ada, console(store) as bob:
        await press(ada, "2", "down", "x", "y")
        await until(bob, lambda: f"{person()} cancelled run" in " ".join(toasts(bob)))


async def test_D_lists_deeds_and_opens_what_they_were_about(console: Console) -> None:
    store = scenes.full()
    store.all_deeds = [
        Deed("ada@box", "made stocks@1 live", "stocks", "salt rollback stocks 1", NOW - 9_000, "1"),
        Deed("bob@far", "started run", scenes.DONE, f"salt show {scenes.DONE}", NOW - 1_000, "2"),
    ]
    async with console(store) as pilot:
        await press(pilot, "D")
        dialog = pilot.app.screen
        assert isinstance(dialog, Deeds)
        assert [deed.by for deed in dialog.table.rows] == ["bob@far", "ada@box"]
        await press(pilot, "y")
        assert pilot.app.clipboard == f"salt show {scenes.DONE}"
        await press(pilot, "enter")
        await until(pilot, lambda: salt(pilot).view.view_name == "run")
        await press(pilot, "D", "down", "enter")
        await until(pilot, lambda: salt(pilot).view.view_name == "runs")
        assert salt(pilot).view.crumb == "stocks"


async def test_a_deed_that_cannot_be_done_says_so(console: Console) -> None:
    store = scenes.full()
    async with console(store) as pilot:
        await press(pilot, "2", "down", "x")
        await store.lose("Redis is away.")
        await press(pilot, "y")
        await until(pilot, lambda: any("Redis is away." in text for text in toasts(pilot)))
        assert pilot.app.is_running
