"""The view of a run as pictures: each shape, each pane, search and filters, small and without colour."""

from __future__ import annotations

import pytest
from syrupy.assertion import SnapshotAssertion
from tests.snapshot import run_scenes, scenes
from tests.snapshot.conftest import SMALL, WIDE, Console, settled, until
from textual.pilot import Pilot

from salt_tui.app import Leaving, SaltApp
from salt_tui.screens.run import RunView

SIZES = pytest.mark.parametrize("size", [WIDE, SMALL], ids=["wide", "small"])
TINY, HUGE = (60, 20), (200, 60)
LINES = 270


async def opened(pilot: Pilot[Leaving], run: str, lines: int | None = LINES) -> RunView:
    app = pilot.app
    assert isinstance(app, SaltApp)
    app.open_run(run)
    await settled(pilot)
    view = app.screen
    assert isinstance(view, RunView)
    if lines is not None:
        await until(pilot, lambda: view.log_view.virtual_size.height == lines)
    await settled(pilot)
    return view


async def pressed(pilot: Pilot[Leaving], *keys: str) -> None:
    for key in keys:
        await pilot.press(key)
        await settled(pilot)


def picture_of(pilot: Pilot[Leaving]) -> str:
    return pilot.app.export_screenshot()


@SIZES
async def test_tree(console: Console, picture: SnapshotAssertion, size: tuple[int, int]) -> None:
    async with console(run_scenes.zoo(), size) as pilot:
        await opened(pilot, run_scenes.ZOO)
        assert picture_of(pilot) == picture


@pytest.mark.parametrize("size", [TINY, HUGE], ids=["tiny", "huge"])
async def test_tree_of_other_sizes(
    console: Console, picture: SnapshotAssertion, size: tuple[int, int]
) -> None:
    async with console(run_scenes.zoo(), size) as pilot:
        await opened(pilot, run_scenes.ZOO)
        assert picture_of(pilot) == picture


async def test_tree_with_a_called_run_open(console: Console, picture: SnapshotAssertion) -> None:
    async with console(run_scenes.zoo(), WIDE) as pilot:
        view = await opened(pilot, run_scenes.ZOO)
        view.table.select(f"{run_scenes.ZOO}/27")
        await pressed(pilot, "z", "z", "space")
        await until(pilot, lambda: view.table.row is not None and bool(view.table.row.open))
        await settled(pilot)
        assert picture_of(pilot) == picture


@SIZES
async def test_time_line(
    console: Console, picture: SnapshotAssertion, size: tuple[int, int]
) -> None:
    async with console(run_scenes.zoo(), size) as pilot:
        await opened(pilot, run_scenes.ZOO)
        await pressed(pilot, "s")
        assert picture_of(pilot) == picture


@SIZES
async def test_graph(console: Console, picture: SnapshotAssertion, size: tuple[int, int]) -> None:
    async with console(run_scenes.zoo(), size) as pilot:
        await opened(pilot, run_scenes.ZOO)
        await pressed(pilot, "s", "s", "right")
        assert picture_of(pilot) == picture


async def test_why_a_row_does_not_move(console: Console, picture: SnapshotAssertion) -> None:
    async with console(run_scenes.zoo(), WIDE) as pilot:
        view = await opened(pilot, run_scenes.ZOO)
        view.table.select(f"{run_scenes.ZOO}/29")
        await until(pilot, lambda: "Publish the zoo?" in str(view.query_one("#why").render()))
        await settled(pilot)
        assert picture_of(pilot) == picture


@SIZES
async def test_failure(console: Console, picture: SnapshotAssertion, size: tuple[int, int]) -> None:
    async with console(run_scenes.zoo(), size) as pilot:
        view = await opened(pilot, scenes.FAILED, None)
        await until(pilot, lambda: "What differs" in said(view))
        await settled(pilot)
        assert picture_of(pilot) == picture


async def test_failure_zoomed(console: Console, picture: SnapshotAssertion) -> None:
    async with console(run_scenes.zoo(), WIDE) as pilot:
        view = await opened(pilot, scenes.FAILED, None)
        await pressed(pilot, "z")
        await until(pilot, lambda: "What differs" in said(view))
        await settled(pilot)
        assert picture_of(pilot) == picture


@pytest.mark.parametrize("pane", ["value", "checks", "journal"])
async def test_pane(console: Console, picture: SnapshotAssertion, pane: str) -> None:
    async with console(run_scenes.zoo(), WIDE) as pilot:
        view = await opened(pilot, run_scenes.ZOO)
        view.table.select(f"{run_scenes.ZOO}/28")
        await pressed(pilot, {"value": "v", "checks": "c", "journal": "J"}[pane])
        if pane == "checks":
            await pressed(pilot, "home")
        await until(pilot, lambda: len(view.pane.view.lines) > 0)
        await settled(pilot)
        assert picture_of(pilot) == picture


@SIZES
async def test_search(console: Console, picture: SnapshotAssertion, size: tuple[int, int]) -> None:
    async with console(run_scenes.zoo(), size) as pilot:
        view = await opened(pilot, run_scenes.ZOO)
        await pressed(pilot, "slash", *"/page 2. of/", "enter")
        await until(pilot, lambda: found(view).endswith("of 80"))
        await pressed(pilot, "n", "n", "z")
        await until(pilot, lambda: "3 of 80" in found(view) and marked(view))
        await settled(pilot)
        assert picture_of(pilot) == picture


async def test_only_warnings(console: Console, picture: SnapshotAssertion) -> None:
    async with console(run_scenes.zoo(), SMALL) as pilot:
        view = await opened(pilot, run_scenes.ZOO)
        await pressed(pilot, "z", "L", "L")
        await until(pilot, lambda: "28 of 270 lines" in found(view))
        await until(pilot, lambda: view.log_view.virtual_size.height == 28)
        await settled(pilot)
        assert picture_of(pilot) == picture


async def test_wrapped(console: Console, picture: SnapshotAssertion) -> None:
    async with console(run_scenes.zoo(), SMALL) as pilot:
        view = await opened(pilot, run_scenes.ZOO)
        await pressed(pilot, "z", "w", "E")
        await until(pilot, lambda: view.log_view.current is not None)
        await settled(pilot)
        assert picture_of(pilot) == picture


async def test_without_colour(
    console: Console, picture: SnapshotAssertion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with console(run_scenes.zoo(), SMALL) as pilot:
        view = await opened(pilot, run_scenes.ZOO)
        await pressed(pilot, "slash", *"month 3", "enter")
        await until(pilot, lambda: marked(view))
        await settled(pilot)
        assert picture_of(pilot) == picture


def said(view: RunView) -> str:
    """All that the pane with texts says."""
    lines = view.panes.text.view.lines
    return "\n".join(lines.line(n).text for n in range(len(lines)))


def found(view: RunView) -> str:
    """What the bar under the log says."""
    return str(view.pane.query_one(".found").render())


def marked(view: RunView) -> bool:
    """Whether it is known where the search is in the current line."""
    search, current = view.log_view.search, view.log_view.current
    return search is not None and current is not None and bool(search.spans(current))
