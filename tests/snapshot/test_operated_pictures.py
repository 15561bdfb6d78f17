"""The views of operating as pictures: full, empty, lost, narrow; what opens over them."""

from __future__ import annotations

import pytest
from syrupy.assertion import SnapshotAssertion
from tests.snapshot import operated
from tests.snapshot.conftest import SMALL, WIDE, Console, settled, until
from tests.snapshot.test_keys import press

from salt_tui.widgets.banner import Banner

NARROW = (60, 20)
SIZES = pytest.mark.parametrize("size", [WIDE, SMALL, NARROW], ids=["wide", "small", "narrow"])
VIEWS = {
    "agents": "3",
    "schedules": "4",
    "approvals": "5",
    "events": "6",
    "builds": "7",
    "health": "8",
}


@SIZES
@pytest.mark.parametrize("view", VIEWS)
async def test_full(
    console: Console, picture: SnapshotAssertion, view: str, size: tuple[int, int]
) -> None:
    doctor = operated.ill if view == "health" else operated.well
    async with console(operated.full(), size, doctor=doctor) as pilot:
        await press(pilot, VIEWS[view])
        assert pilot.app.export_screenshot() == picture


@SIZES
@pytest.mark.parametrize("view", VIEWS)
async def test_empty(
    console: Console, picture: SnapshotAssertion, view: str, size: tuple[int, int]
) -> None:
    async with console(operated.empty(), size, doctor=operated.well) as pilot:
        await press(pilot, VIEWS[view])
        assert pilot.app.export_screenshot() == picture


@pytest.mark.parametrize("view", VIEWS)
async def test_lost(console: Console, picture: SnapshotAssertion, view: str) -> None:
    store = operated.full()
    async with console(store, SMALL, doctor=operated.well) as pilot:
        await press(pilot, VIEWS[view])
        await store.lose("Redis at 10.0.0.5:6379 cannot be reached: connection refused.")
        await until(pilot, lambda: pilot.app.screen.query_one(Banner).has_class("-shown"))
        await settled(pilot)
        assert pilot.app.export_screenshot() == picture


KEYS = {
    "approval": ("5", "down"),
    "approve-form": ("5", "down", "a"),
    "approve-wrong": ("5", "down", "a", *"much", "tab"),
    "approve-plain": ("5", "down", "down", "a"),
    "accept-data": ("5", "a"),
    "reject": ("5", "x"),
    "wait": ("6", "tab"),
    "emit": ("6", "tab", "e"),
    "version-difference": ("7", "d"),
    "versions": ("7", "enter", "down"),
    "make-live": ("7", "enter", "down", "b"),
    "fire": ("4", "f"),
}


@pytest.mark.parametrize("what", KEYS)
async def test_more(console: Console, picture: SnapshotAssertion, what: str) -> None:
    async with console(operated.full(), WIDE, doctor=operated.well) as pilot:
        await press(pilot, *KEYS[what])
        assert pilot.app.export_screenshot() == picture
