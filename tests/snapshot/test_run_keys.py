"""Every key of the view of a run: folding, shapes, panes, and all that one does with a log."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.snapshot import run_scenes, scenes
from tests.snapshot.conftest import SMALL, WIDE, Console, settled, until
from tests.snapshot.test_run_pictures import found, marked, opened, pressed, said
from textual.pilot import Pilot

from salt_core.model.log import Line
from salt_core.model.status import TaskStatus
from salt_tui.app import Leaving
from salt_tui.screens.run import RunView
from salt_tui.widgets.graphview import GraphView

ZOO = run_scenes.ZOO


def keys(view: RunView) -> list[str]:
    return [row.key.rpartition("/")[2] for row in view.table.rows]


async def at(pilot: Pilot[Leaving], view: RunView, task: str) -> None:
    view.table.select(f"{ZOO}/{task}")
    await settled(pilot)


async def test_space_folds_and_enter_too(console: Console) -> None:
    async with console(run_scenes.zoo(), WIDE) as pilot:
        view = await opened(pilot, ZOO)
        assert "5" not in keys(view)
        await at(pilot, view, "g2")
        await pressed(pilot, "space")
        assert keys(view)[2:5] == ["g2", "2", "3"]
        await pressed(pilot, "down", "space")  # of a call: closes what holds it
        assert "5" not in keys(view)
        assert view.table.cursor == 2
        await pressed(pilot, "enter")
        assert "5" in keys(view)
        await pressed(pilot, "enter")
        assert "5" not in keys(view)


async def test_a_called_run_opens_in_its_place_and_keeps_up(console: Console) -> None:
    store = run_scenes.zoo()
    async with console(store, WIDE) as pilot:
        view = await opened(pilot, ZOO)
        await at(pilot, view, "27")
        await pressed(pilot, "space")
        await until(pilot, lambda: f"{run_scenes.CALLED}/1" in [r.key for r in view.table.rows])
        calls = store.all_tasks[run_scenes.CALLED]
        calls[3] = replace(calls[3], status=TaskStatus.FAILED)
        await store.tell("task", f"{run_scenes.CALLED}/3")
        await until(
            pilot,
            lambda: any(
                row.key == f"{run_scenes.CALLED}/3" and row.node.status == "failed"
                for row in view.table.rows
            ),
        )


async def test_greater_goes_to_the_called_run_and_back(console: Console) -> None:
    async with console(run_scenes.zoo(), WIDE) as pilot:
        view = await opened(pilot, ZOO)
        await at(pilot, view, "27")
        await pressed(pilot, "greater_than_sign")
        assert isinstance(pilot.app.screen, RunView)
        assert pilot.app.screen.crumb == run_scenes.CALLED
        await pressed(pilot, "greater_than_sign")
        assert pilot.app.screen.crumb == ZOO


async def test_s_changes_the_shape_and_the_cursor_stays(console: Console) -> None:
    async with console(run_scenes.zoo(), WIDE) as pilot:
        view = await opened(pilot, ZOO)
        await at(pilot, view, "26")
        await pressed(pilot, "s")
        assert view.table.id == "bars"
        assert view.table.cursor_key == f"{ZOO}/26"
        await pressed(pilot, "s")
        graph = view.query_one(GraphView)
        assert graph.has_focus
        assert graph.cursor == "26"
        await pressed(pilot, "right")
        assert graph.cursor != "26"
        here = graph.cursor
        await pressed(pilot, "s")
        assert view.table.cursor_key == f"{ZOO}/{here}"
        assert view.table.has_focus


async def test_panes_follow_the_cursor(console: Console) -> None:
    async with console(run_scenes.zoo(), WIDE) as pilot:
        view = await opened(pilot, ZOO)
        await pressed(pilot, "c")
        assert "enough_rows" in said(view)
        await at(pilot, view, "1")
        await until(pilot, lambda: said(view) == "No checks have run here.")
        await pressed(pilot, "v")
        await until(pilot, lambda: '"ape"' in said(view))
        await at(pilot, view, "28")
        await until(pilot, lambda: "zoo.parquet" in said(view))
        await pressed(pilot, "e")
        await until(pilot, lambda: said(view).startswith("Timeout: the API did not answer"))
        await pressed(pilot, "J")
        await until(pilot, lambda: len(view.pane.view.lines) == 7)
        assert "has ended 1,200 turns" in view.pane.view.lines.line(5).text


async def test_why_is_told_of_what_does_not_move(console: Console) -> None:
    async with console(run_scenes.zoo(), WIDE) as pilot:
        view = await opened(pilot, ZOO)
        why = view.query_one("#why")
        for task, words in (
            ("29", "Publish the zoo?"),
            ("28", "is tried again at"),
            ("30", "needs 2 calls"),
            ("26", "quarantined until a person decides"),
        ):
            await at(pilot, view, task)
            await until(pilot, lambda w=words: w in str(why.render()))  # type: ignore[misc]
            assert why.display
        await at(pilot, view, "1")
        await until(pilot, lambda: not why.display)


async def test_o_says_where_the_source_would_be(console: Console) -> None:
    """A terminal that cannot be handed over: the place is told."""
    async with console(run_scenes.zoo(), WIDE) as pilot:
        view = await opened(pilot, scenes.FAILED, None)
        await until(pilot, lambda: view.table.cursor == 3)
        await pressed(pilot, "o")
        await until(pilot, lambda: bool(pilot.app.screen.query("Toast")))
        toast = pilot.app.screen.query_one("Toast")
        assert "report/load.py is not on this machine" in str(toast.render())


async def test_search_as_one_types_then_next_and_before(console: Console) -> None:
    async with console(run_scenes.zoo(), WIDE) as pilot:
        view = await opened(pilot, ZOO)
        await pressed(pilot, "slash", *"slow page 4")
        await until(pilot, lambda: "1 of 9" in found(view))
        await pressed(pilot, "enter")
        first = view.log_view.current
        await pressed(pilot, "n")
        assert "2 of 9" in found(view)
        await pressed(pilot, "N")
        assert view.log_view.current == first
        await pressed(pilot, "N")  # round the end
        assert "9 of 9" in found(view)
        await until(pilot, lambda: marked(view))
        await pressed(pilot, "escape")
        assert not view.pane.query_one(".bar").has_class("-shown")


async def test_a_search_goes_on_while_lines_come(console: Console) -> None:
    store = run_scenes.zoo()
    async with console(store, WIDE) as pilot:
        view = await opened(pilot, ZOO)
        await pressed(pilot, "slash", *"slow page 4", "enter")
        await until(pilot, lambda: "of 9" in found(view))
        feed = view.panes.feed
        assert feed is not None
        record = Line(run_scenes.T0, "o", "slow page 4 again").encode()[:-1]
        feed.lines.extend([b"000000 " + record])
        view.panes.log_pane.grown()
        await until(pilot, lambda: "of 10" in found(view))


async def test_a_bad_pattern_is_told(console: Console) -> None:
    async with console(run_scenes.zoo(), WIDE) as pilot:
        view = await opened(pilot, ZOO)
        await pressed(pilot, "slash", *"/(a", "enter")
        await until(pilot, lambda: "This is no regular expression" in found(view))
        await pressed(pilot, "n", "N")
        assert view.log_view.current is None


async def test_levels_task_and_matches_leave_lines_out(console: Console) -> None:
    async with console(run_scenes.zoo(), WIDE) as pilot:
        view = await opened(pilot, ZOO)
        for words in ("243 of 270", "28 of 270", "1 of 270", "27 of 270"):
            await pressed(pilot, "L")
            await until(pilot, lambda w=words: w in found(view))  # type: ignore[misc]
        await pressed(pilot, "L")
        assert len(view.log_view.lines) == 270
        await pressed(pilot, "T")
        await until(pilot, lambda: "30 of 270 lines" in found(view))
        await pressed(pilot, "T")
        await pressed(pilot, "slash", *"slow", "enter")
        await until(pilot, lambda: "of 27" in found(view))
        await pressed(pilot, "ampersand")
        await until(pilot, lambda: len(view.log_view.lines) == 27)
        await pressed(pilot, "n")
        assert view.log_view.current is not None
        await pressed(pilot, "escape")
        await until(pilot, lambda: len(view.log_view.lines) == 270)


async def test_capital_e_goes_to_the_first_error(console: Console) -> None:
    async with console(run_scenes.zoo(), WIDE) as pilot:
        view = await opened(pilot, ZOO)
        await pressed(pilot, "E")
        await until(pilot, lambda: view.log_view.current is not None)
        current = view.log_view.current
        assert current is not None
        assert view.panes.log_pane.spool.line(current).text.startswith("ERROR the sensor")
        assert not view.log_view.follow


async def test_w_wraps_and_every_row_of_a_long_line_is_reached(console: Console) -> None:
    store = run_scenes.zoo()
    store.logs = {(ZOO, "2", 1): [Line(run_scenes.T0, "o", "0123456789" * 400)]}
    async with console(store, SMALL) as pilot:
        view = await opened(pilot, ZOO, 1)
        await pressed(pilot, "z", "w", "home")
        log = view.log_view
        seen = ""
        for _ in range(200):
            row = log.render_line(0).text
            seen += (row[22:] if not seen else row[log._rows._indent :]).rstrip()
            before = (log.scroll_offset.y, log._rows.skip)
            await pressed(pilot, "down")
            if (log.scroll_offset.y, log._rows.skip) == before:
                break
        seen += "".join(
            log.render_line(y).text[log._rows._indent :].rstrip() for y in range(1, log.room.height)
        )
        assert seen == "0123456789" * 400


async def test_copying_takes_the_current_line_or_what_is_in_sight(console: Console) -> None:
    async with console(run_scenes.zoo(), WIDE) as pilot:
        view = await opened(pilot, ZOO)
        await pressed(pilot, "C")
        assert pilot.app.clipboard.count("\n") + 1 == view.log_view.room.height
        await pressed(pilot, "E")
        await until(pilot, lambda: view.log_view.current is not None)
        await pressed(pilot, "C")
        assert pilot.app.clipboard.startswith("2026-01-15T14:01:13.769Z month#7 ERROR the sensor")
        assert "\n" not in pilot.app.clipboard


async def test_saving_writes_what_the_filters_leave(
    console: Console, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    store = run_scenes.zoo()
    store.logs[ZOO, "2", 1][0] = Line(run_scenes.T0, "o", "\x1b]0;evil\x07shown")
    async with console(store, WIDE) as pilot:
        view = await opened(pilot, ZOO)
        await pressed(pilot, "S")
        await until(pilot, lambda: bool(list(tmp_path.glob("*.log"))))
        await until(pilot, lambda: bool(pilot.app.screen.query("Toast")))
        text = (tmp_path / f"{ZOO}.log").read_text()
        assert text.count("\n") == 270
        assert text.splitlines()[0] == "2026-01-15T14:01:11.000Z month#2 shown"
        assert "\x1b" not in text
        await pressed(pilot, "L", "L")
        await until(pilot, lambda: "28 of 270" in found(view))
        await pressed(pilot, "S")
        again = tmp_path / f"{ZOO}-2.log"
        await until(pilot, lambda: again.exists() and again.read_text().count("\n") == 28)
