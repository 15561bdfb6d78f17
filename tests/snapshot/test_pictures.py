"""Every view as a picture: full, empty, lost, and on a small terminal."""

from __future__ import annotations

import pytest
from syrupy.assertion import SnapshotAssertion
from tests.snapshot import scenes
from tests.snapshot.conftest import SMALL, WIDE, Console, settled, until
from textual.pilot import Pilot

from salt_tui.app import Leaving
from salt_tui.screens.run import RunView
from salt_tui.screens.view import View
from salt_tui.widgets.banner import Banner

SIZES = pytest.mark.parametrize("size", [WIDE, SMALL], ids=["wide", "small"])
VIEWS = {"workflows": "1", "runs": "2", "agents": "3", "schedules": "4"}

RUNNING_LINES, FAILED_LINES = 143, 3


async def show(pilot: Pilot[Leaving], *keys: str) -> None:
    """Press keys one by one, each when what came of the one before is on the screen."""
    for key in keys:
        await pilot.press(key)
        await settled(pilot)


async def log_shown(pilot: Pilot[Leaving], lines: int) -> None:
    view = pilot.app.screen
    assert isinstance(view, RunView)
    await until(pilot, lambda: len(view.log_view.lines) == lines)
    await until(pilot, lambda: view.log_view.virtual_size.height == lines)
    await settled(pilot)


@SIZES
@pytest.mark.parametrize("view", VIEWS)
async def test_full(
    console: Console, picture: SnapshotAssertion, view: str, size: tuple[int, int]
) -> None:
    async with console(scenes.full(), size) as pilot:
        await show(pilot, VIEWS[view], "down")
        assert pilot.app.export_screenshot() == picture


@SIZES
@pytest.mark.parametrize("view", VIEWS)
async def test_empty(
    console: Console, picture: SnapshotAssertion, view: str, size: tuple[int, int]
) -> None:
    async with console(scenes.empty(), size) as pilot:
        await show(pilot, VIEWS[view])
        assert pilot.app.export_screenshot() == picture


async def test_empty_but_watching(console: Console, picture: SnapshotAssertion) -> None:
    async with console(scenes.empty(), SMALL, watched=["/home/ada/flows"]) as pilot:
        assert pilot.app.export_screenshot() == picture


@SIZES
@pytest.mark.parametrize("view", VIEWS)
async def test_lost(
    console: Console, picture: SnapshotAssertion, view: str, size: tuple[int, int]
) -> None:
    store = scenes.full()
    async with console(store, size) as pilot:
        await show(pilot, VIEWS[view])
        await store.lose("Redis at 10.0.0.5:6379 cannot be reached: connection refused.")
        await until(pilot, lambda: pilot.app.screen.query_one(Banner).has_class("-shown"))
        await settled(pilot)
        assert pilot.app.export_screenshot() == picture


async def test_lost_from_the_start(console: Console, picture: SnapshotAssertion) -> None:
    store = scenes.full()
    store.down = "Redis at 10.0.0.5:6379 cannot be reached: connection refused."
    async with console(store, SMALL) as pilot:
        await until(pilot, lambda: pilot.app.screen.query_one(Banner).has_class("-shown"))
        await settled(pilot)
        assert pilot.app.export_screenshot() == picture


@SIZES
async def test_running_run(
    console: Console, picture: SnapshotAssertion, size: tuple[int, int]
) -> None:
    async with console(scenes.full(), size) as pilot:
        await show(pilot, "2", "down", "enter")
        await log_shown(pilot, RUNNING_LINES)
        assert pilot.app.export_screenshot() == picture


@SIZES
async def test_failed_run(
    console: Console, picture: SnapshotAssertion, size: tuple[int, int]
) -> None:
    async with console(scenes.full(), size) as pilot:
        await show(pilot, "2", *["down"] * 3, "enter")
        assert pilot.app.export_screenshot() == picture


@SIZES
async def test_value_of_a_run(
    console: Console, picture: SnapshotAssertion, size: tuple[int, int]
) -> None:
    async with console(scenes.full(), size) as pilot:
        await show(pilot, "2", *["down"] * 4, "enter", "v")
        assert pilot.app.export_screenshot() == picture


async def test_log_of_one_task_zoomed(console: Console, picture: SnapshotAssertion) -> None:
    async with console(scenes.full(), SMALL) as pilot:
        await show(pilot, "2", *["down"] * 3, "enter", "enter", "z")
        await log_shown(pilot, FAILED_LINES)
        assert pilot.app.export_screenshot() == picture


async def test_run_that_is_gone(console: Console, picture: SnapshotAssertion) -> None:
    async with console(scenes.full(), SMALL) as pilot:
        pilot.app.push_screen(RunView("01gone0gone0gone"))
        await settled(pilot)
        assert pilot.app.export_screenshot() == picture


async def test_lost_while_a_run_is_shown(console: Console, picture: SnapshotAssertion) -> None:
    store = scenes.full()
    async with console(store, SMALL) as pilot:
        await show(pilot, "2", "down", "enter")
        await log_shown(pilot, RUNNING_LINES)
        await store.lose("Redis at 10.0.0.5:6379 cannot be reached: connection refused.")
        await until(pilot, lambda: pilot.app.screen.query_one(Banner).has_class("-shown"))
        await settled(pilot)
        assert pilot.app.export_screenshot() == picture


async def test_one_workflows_runs(console: Console, picture: SnapshotAssertion) -> None:
    async with console(scenes.full(), SMALL) as pilot:
        await show(pilot, "down", "enter")
        assert pilot.app.export_screenshot() == picture


async def test_filtered(console: Console, picture: SnapshotAssertion) -> None:
    async with console(scenes.full(), SMALL) as pilot:
        await show(pilot, "2", "slash", *"region", "enter")
        assert pilot.app.export_screenshot() == picture


async def test_filter_that_is_none(console: Console, picture: SnapshotAssertion) -> None:
    async with console(scenes.full(), SMALL) as pilot:
        await show(pilot, "2", "slash", *"status:bad")
        assert pilot.app.export_screenshot() == picture


async def test_filter_that_finds_nothing(console: Console, picture: SnapshotAssertion) -> None:
    async with console(scenes.full(), SMALL) as pilot:
        await show(pilot, "2", "slash", *"zebra", "enter")
        assert pilot.app.export_screenshot() == picture


async def test_asking_for_parameters(console: Console, picture: SnapshotAssertion) -> None:
    async with console(scenes.full(), SMALL) as pilot:
        await show(pilot, "down", "down", "r", *"year=2O15")
        assert pilot.app.export_screenshot() == picture


async def test_asking_before_cancelling(console: Console, picture: SnapshotAssertion) -> None:
    async with console(scenes.full(), SMALL) as pilot:
        await show(pilot, "2", "down", "x")
        assert pilot.app.export_screenshot() == picture


async def test_asking_how_to_leave(console: Console, picture: SnapshotAssertion) -> None:
    started = ["the scheduler host", "a local agent"]
    async with console(scenes.full(), SMALL, started=started) as pilot:
        await show(pilot, "q")
        assert pilot.app.export_screenshot() == picture


@pytest.mark.parametrize("view", [*VIEWS, "run"])
async def test_help(console: Console, picture: SnapshotAssertion, view: str) -> None:
    async with console(scenes.full(), WIDE) as pilot:
        await show(pilot, *(("2", "down", "enter") if view == "run" else VIEWS[view]))
        await show(pilot, "question_mark")
        assert pilot.app.export_screenshot() == picture


async def test_palette(console: Console, picture: SnapshotAssertion) -> None:
    async with console(scenes.full(), WIDE) as pilot:
        await show(pilot, "colon", *"seattle")
        await until(pilot, lambda: bool(pilot.app.screen.query("OptionList")))
        await pilot.pause(0.3)
        assert pilot.app.export_screenshot() == picture


async def test_light(console: Console, picture: SnapshotAssertion) -> None:
    async with console(scenes.full(), WIDE) as pilot:
        pilot.app.theme = "salt-light"
        await show(pilot, "2", "down", "enter")
        await log_shown(pilot, RUNNING_LINES)
        assert pilot.app.export_screenshot() == picture


async def test_without_colour(
    console: Console, picture: SnapshotAssertion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with console(scenes.full(), SMALL) as pilot:
        await show(pilot, "2", "down")
        assert isinstance(pilot.app.screen, View)
        assert pilot.app.export_screenshot() == picture
