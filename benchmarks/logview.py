"""The log viewer: five million lines, a search that never blocks, and the keys meanwhile."""

from __future__ import annotations

import asyncio
import statistics
import time
from pathlib import Path
from typing import Any

from textual.app import App, ComposeResult

from salt_core.logs.tagged import tag
from salt_tui.logbuffer import SpooledLines
from salt_tui.logquery import LogQuery
from salt_tui.logscanner import LogScanner
from salt_tui.widgets.logpane import LogPane

LINES, SEARCHED, BATCH = 5_000_000, 1_000_000, 10_000
T0 = 1_768_485_731_000
QUERIES = {
    "words, rare": LogQuery("line 999123 "),
    "words, nowhere": LogQuery("NOT in here"),
    "pattern, rare": LogQuery(r"timeout|99(12|34)7 of", regex=True),
    "pattern, never ends": LogQuery(r"^(([a-z])+.)+[A-Z]([a-z])+$", regex=True),
    "errors": LogQuery(level=3),
}


class _Console(App[None]):
    def compose(self) -> ComposeResult:
        yield LogPane()


def _fill(lines: SpooledLines, first: int) -> None:
    texts = (
        b"%d o line %d of a log whose lines are about as long as those of a real one are, %d mm"
        % (T0 + n, n, n % 977)
        for n in range(first, first + BATCH)
    )
    lines.extend(tag(0, list(texts), b"0" * 13))


async def _lag(scanner: LogScanner) -> dict[str, Any]:
    """Seconds until the first match and the end, and the worst lateness of the loop, in ms."""
    running = asyncio.create_task(scanner.run())
    begun = last = time.perf_counter()
    first: float | None = None
    worst = 0.0
    while not scanner.done:
        await asyncio.sleep(0.002)
        now = time.perf_counter()
        worst, last = max(worst, now - last - 0.002), now
        if first is None and scanner.matches:
            first = now - begun
    took = time.perf_counter() - begun
    ending = time.perf_counter()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    return {
        "first_s": None if first is None else round(first, 3),
        "all_s": round(took, 2),
        "found": len(scanner.matches),
        "gave_up": scanner.problem,
        "worst_loop_lag_ms": round(worst * 1000, 1),
        "cancel_ms": round((time.perf_counter() - ending) * 1000, 1),
    }


def _memory_mb() -> float:
    status = Path("/proc/self/status").read_text()
    return round(int(status.partition("VmRSS:")[2].split()[0]) / 1024, 1)


async def measure() -> dict[str, Any]:
    """All of it, in one process with the real widget."""
    lines = SpooledLines()
    before = _memory_mb()
    searches: dict[str, Any] = {}
    keys: list[float] = []
    async with _Console().run_test(size=(120, 35)) as pilot:
        pane = pilot.app.query_one(LogPane)
        pane.show(lines, follow=True)
        begun = time.perf_counter()
        for first in range(0, LINES, BATCH):
            _fill(lines, first)
            if first == SEARCHED - BATCH:
                for name, query in QUERIES.items():
                    searches[name] = await _lag(LogScanner(lines, query))
                begun += sum(one["all_s"] for one in searches.values())
            if first % (10 * BATCH) == 0:
                pane.grown()
                await pilot.pause()
        filled = time.perf_counter() - begun
        for key in ("home", "pagedown", "end", "pageup") * 25:
            pressed = time.perf_counter()
            await pilot.press(key)
            keys.append((time.perf_counter() - pressed) * 1000)
        after = _memory_mb()
    return {
        "lines": LINES,
        "filled_s_with_making_them": round(filled, 1),
        "memory_mb": {"before": before, "with_all_lines": after},
        "key_ms": {"p50": round(statistics.median(keys), 1), "worst": round(max(keys), 1)},
        "searches_of_a_million": searches,
    }
