"""Many rows and many lines: only what is in sight costs anything."""

from __future__ import annotations

import time
from collections.abc import Sequence

from textual.app import App, ComposeResult
from textual.strip import Strip

from salt_core.logs.tagged import tag
from salt_core.model.log import Line
from salt_tui.logbuffer import SpooledLines
from salt_tui.widgets.columns import Cell, Column
from salt_tui.widgets.logview import LogView
from salt_tui.widgets.table import VirtualTable

ROWS = 100_000
LINES = 200_000


class Counting(Sequence[int]):
    """A hundred thousand rows that note how often they are looked at."""

    def __init__(self, size: int) -> None:
        self._size = size
        self.looks = 0

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, index: int) -> int:  # type: ignore[override]
        self.looks += 1
        return index


class OneWidget(App[None]):
    CSS_PATH = None

    def __init__(self, widget: VirtualTable[int] | LogView) -> None:
        super().__init__()
        self.widget = widget

    def compose(self) -> ComposeResult:
        yield self.widget


def _table() -> VirtualTable[int]:
    return VirtualTable[int](
        (Column("N", 8), Column("TWICE", 8)), lambda n: [Cell(str(n)), Cell(str(n * 2))], str
    )


async def test_a_hundred_thousand_rows_cost_what_a_screen_costs() -> None:
    table, rows = _table(), Counting(ROWS)
    async with OneWidget(table).run_test(size=(120, 35)) as pilot:
        begun = time.perf_counter()
        table.show(rows)
        await pilot.pause()
        took = time.perf_counter() - begun
        assert rows.looks < 500, "it looked at rows that are not in sight"
        assert took < 1.0

        await pilot.press("end")
        await pilot.pause()
        assert table.cursor == ROWS - 1
        await pilot.press("pageup", "pageup", "home", "down")
        await pilot.pause()
        assert rows.looks < 3_000

        before = rows.looks
        for _ in range(100):  # a change that shows nowhere paints nothing, and looks only here
            table.show(rows)
        await pilot.pause()
        assert rows.looks - before < 100 * 120


async def test_only_lines_that_read_differently_are_painted() -> None:
    values = {5: "before"}
    table = VirtualTable[int](
        (Column("N", 8), Column("V", 8)), lambda n: [Cell(str(n)), Cell(values.get(n, ""))], str
    )
    painted: list[int] = []
    async with OneWidget(table).run_test(size=(80, 24)) as pilot:
        table.show(range(20))
        await pilot.pause()
        render = table.render_line

        def noting(y: int) -> Strip:
            painted.append(y)
            return render(y)

        table.render_line = noting  # type: ignore[method-assign]
        values[5] = "after"
        table.show(range(20))
        await pilot.pause()
        assert painted == [6]


async def test_a_long_log_costs_what_a_screen_costs() -> None:
    lines, view = SpooledLines(), LogView()
    async with OneWidget(view).run_test(size=(120, 35)) as pilot:
        view.show(lines, follow=True)
        records = [
            Line(1_768_485_731_000 + n, "o", f"line {n}").encode()[:-1] for n in range(2_000)
        ]
        batch = tag(0, records, b"0" * 13)
        begun = time.perf_counter()
        for _ in range(LINES // len(batch)):
            lines.extend(batch)
            view.grown()
        await pilot.pause()
        took = time.perf_counter() - begun
        assert len(lines) == LINES
        assert took < 10
        assert view.scroll_offset.y == LINES - view.size.height
        await pilot.press("home")
        await pilot.pause()
        assert view.scroll_offset.y == 0
        assert not view.follow
        assert "line 0" in view.render_line(0).text
    lines.close()
