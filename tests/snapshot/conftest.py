"""Screens are compared with the pictures kept in ``snapshots/`` at the root.

``pytest tests/snapshot --snapshot-update`` takes them anew; read the difference before you commit.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode
from syrupy.location import PyTestLocation
from tests.snapshot.fixed import NOW, FixedStore
from textual.pilot import Pilot

from salt_tui.app import Leaving, SaltApp
from salt_tui.readmodel import ReadModel
from salt_tui.screens.view import View

SNAPSHOTS = Path(__file__).parents[2] / "snapshots"
WIDE, SMALL = (120, 35), (80, 24)

Console = Callable[..., AbstractAsyncContextManager[Pilot[Leaving]]]


class Picture(SingleFileSnapshotExtension):
    """One SVG per test: ``snapshots/<test module>/<test name>.svg``."""

    _write_mode = WriteMode.TEXT
    file_extension = "svg"

    @classmethod
    def dirname(cls, *, test_location: PyTestLocation) -> str:
        return str(SNAPSHOTS / test_location.basename)


@pytest.fixture
def picture(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    return snapshot.use_extension(Picture)


@pytest.fixture(autouse=True)
def _still(monkeypatch: pytest.MonkeyPatch) -> None:
    """No animation, no blinking, no settings of whoever runs the tests."""
    monkeypatch.setattr("textual.constants.TEXTUAL_ANIMATIONS", "none")
    monkeypatch.setattr("textual.widgets.Input.cursor_blink", False)
    for name in ("NO_COLOR", "TEXTUAL_THEME", "TEXTUAL_COLOR_SYSTEM"):
        monkeypatch.delenv(name, raising=False)


@asynccontextmanager
async def _console(
    store: FixedStore, size: tuple[int, int] = WIDE, **more: object
) -> AsyncIterator[Pilot[Leaving]]:
    model = ReadModel(store.as_store(), store.as_blobs(), now=lambda: NOW, zone=UTC)
    app = SaltApp(model, **more)  # type: ignore[arg-type]
    async with app.run_test(size=size, notifications=True) as pilot:
        await settled(pilot)
        yield pilot


@pytest.fixture
def console() -> Console:
    """The console over a fixed store, at a moment that does not pass."""
    return _console


_QUESTIONS = {"read", "detail", "value", "more", "look", "heads", "known", "memory", "deeds"}


async def until(pilot: Pilot[Leaving], condition: Callable[[], bool]) -> None:
    """Until ``condition`` holds; fails after ten seconds."""
    for _ in range(1_000):
        if condition():
            return
        await pilot.pause(0.01)
    raise AssertionError("it did not come about")


async def settled(pilot: Pilot[Leaving]) -> None:
    """Until what was asked for has been read and shown."""
    app = pilot.app
    await pilot.pause()
    await until(pilot, lambda: not (isinstance(app.screen, View) and app.screen.is_waiting))
    await until(
        pilot,
        lambda: not any(w.group in _QUESTIONS and not w.is_finished for w in app.workers),
    )
    await pilot.pause()
