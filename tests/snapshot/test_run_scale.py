"""A run of very many calls: what happens in it never holds up the keys."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace

from tests.snapshot import scenes
from tests.snapshot.conftest import Console, settled
from tests.snapshot.fixed import NOW

from salt_core.model.status import TaskStatus
from salt_core.model.task import Policy, Task
from salt_tui.app import SaltApp
from salt_tui.changes import Changes
from salt_tui.screens.run import RunView

CALLS = 50_000


async def test_a_run_of_fifty_thousand_calls_keeps_up(console: Console) -> None:
    """It opens page by page, and a batch of changes never holds up the keys."""
    store = scenes.full()
    run = next(one for one in store.all_runs if one.id == scenes.RUNNING)
    at = store.all_runs.index(run)
    store.all_runs[at] = replace(run, tasks_total=CALLS - 1)
    queued, policy = TaskStatus.QUEUED, Policy()
    calls = [
        Task(str(n), "step", queued, (), policy, NOW, None, None, (), at=f"flow.py:{n % 4}")
        for n in range(CALLS)
    ]
    store.all_tasks[scenes.RUNNING] = calls
    async with console(store) as pilot:
        app = pilot.app
        assert isinstance(app, SaltApp)
        app.open_run(scenes.RUNNING)
        await settled(pilot)
        view = app.screen
        assert isinstance(view, RunView)
        assert view.reader is not None
        assert len(view.reader.tree) == CALLS
        worst = 0.0
        for batch in range(20):
            for n in range(batch, CALLS, CALLS // 100):
                calls[n] = replace(calls[n], status=TaskStatus.RUNNING, started=NOW)
            dirty = frozenset(str(n) for n in range(batch, CALLS, CALLS // 100))
            view.store_changed(Changes(tasks={scenes.RUNNING: dirty}))
            worst = max(worst, await _latest(lambda: view._reading))
        assert view.reader.tree.root.counts["running"] == 1_999  # and the function itself
        assert worst < 0.3, "the loop was held up"


async def _latest(busy: Callable[[], bool]) -> float:
    """How late a timer of 5 ms was at worst while ``busy``, in seconds."""
    worst = 0.0
    while True:
        begun = time.perf_counter()
        await asyncio.sleep(0.005)
        worst = max(worst, time.perf_counter() - begun - 0.005)
        if not busy():
            return worst
