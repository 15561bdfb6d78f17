"""Where one is: by keys, by clicks, back again, and after a restart."""

from __future__ import annotations

from pathlib import Path

from tests.snapshot import scenes
from tests.snapshot.conftest import Console, until
from tests.snapshot.test_keys import press, run_view, salt, table

from salt_tui.memory import Memory
from salt_tui.widgets.crumbs import Crumbs, Header


async def test_minus_goes_to_the_place_before_and_back(console: Console) -> None:
    async with console(scenes.full()) as pilot:
        await press(pilot, "2", "down", "enter", "1", "minus")
        assert run_view(pilot).crumb == scenes.RUNNING
        await press(pilot, "minus")
        assert salt(pilot).view.view_name == "workflows"
        await press(pilot, "minus", "escape")
        assert salt(pilot).view.view_name == "runs"
        assert table(pilot).cursor == 1


async def test_a_click_on_a_crumb_leaves_what_is_beyond(console: Console) -> None:
    async with console(scenes.full()) as pilot:
        await press(pilot, "down", "enter", "enter")
        assert [place.view for place in salt(pilot)._ways.here] == ["workflows", "runs", "run"]
        await pilot.click(pilot.app.screen.query_one(Crumbs).query_one("#way"), offset=(3, 0))
        await until(pilot, lambda: salt(pilot).view.view_name == "workflows")


async def test_the_place_survives_a_restart(console: Console, tmp_path: Path) -> None:
    file = tmp_path / "console.json"
    async with console(scenes.full(), memory=Memory(file)) as pilot:
        await press(pilot, "2", "slash", *"status:failed", "enter", "down", "enter")
        opened = run_view(pilot).crumb
        await until(pilot, lambda: '"run"' in file.read_text() if file.exists() else False)
    async with console(scenes.full(), memory=Memory(file)) as pilot:
        assert run_view(pilot).crumb == opened
        await press(pilot, "escape")
        assert {row.run.status for row in table(pilot).rows if row.run} == {"failed"}
        assert table(pilot).cursor_key == opened


async def test_a_place_that_is_gone_is_told(console: Console) -> None:
    memory = Memory()
    memory.put("place", [{"view": "runs"}, {"view": "run", "run": "01gone"}])
    async with console(scenes.full(), memory=memory) as pilot:
        assert "no such run" in str(pilot.app.screen.query_one("#head").visual)  # type: ignore[attr-defined]
        await press(pilot, "escape")
        assert salt(pilot).view.view_name == "runs"


async def test_the_colours_survive_a_restart(console: Console, tmp_path: Path) -> None:
    file = tmp_path / "console.json"
    async with console(scenes.full(), memory=Memory(file)) as pilot:
        pilot.app.theme = "nord"
        await until(pilot, lambda: file.exists() and "nord" in file.read_text())
    async with console(scenes.full(), memory=Memory(file)) as pilot:
        assert pilot.app.theme == "nord"
    async with console(scenes.full(), memory=Memory(file), theme="dracula") as pilot:
        assert pilot.app.theme == "dracula"


async def test_a_narrow_line_keeps_all_numbers(console: Console) -> None:
    async with console(scenes.full(), (60, 20)) as pilot:
        header = pilot.app.screen.query_one(Header)
        tabs = [str(tab.visual) for tab in header.query(".tab")]  # type: ignore[attr-defined]
        assert [tab.strip() for tab in tabs] == ["1 Workflows", "2", "3", "4"]
        assert "host" in str(header.query_one("#state").visual)  # type: ignore[attr-defined]
