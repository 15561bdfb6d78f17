"""What people decide, drain, emit, fire and make live: done once, told to others, undone where it can be."""

from __future__ import annotations

import json

import pytest
from tests.snapshot import operated
from tests.snapshot.conftest import Console, until
from tests.snapshot.operated import OperatedStore
from tests.snapshot.test_keys import press
from textual.pilot import Pilot
from textual.widgets import Static

from salt_core.cli.checks import Check
from salt_core.errors import Refused
from salt_tui.app import Leaving
from salt_tui.screens.approvals import ApprovalsView
from salt_tui.screens.builds import BuildsView
from salt_tui.screens.dialogs import Confirm
from salt_tui.screens.difference import DifferenceOf
from salt_tui.screens.form import Form
from salt_tui.screens.health import HealthView
from salt_tui.screens.view import View


def text(pilot: Pilot[Leaving], selector: str) -> str:
    return str(pilot.app.screen.query_one(selector, Static).visual)


def toasts(pilot: Pilot[Leaving]) -> list[str]:
    return [note.message for note in pilot.app._notifications]


def deeds(store: OperatedStore) -> list[tuple[str, str]]:
    return [(one.did, one.command) for one in store.all_deeds]


async def test_an_approval_takes_what_its_schema_wants(console: Console) -> None:
    store = operated.full()
    async with console(store) as pilot:
        await press(pilot, "5", "down", "a", *"much", "enter")
        assert isinstance(pilot.app.screen, Form), "a wrong field keeps the form open"
        assert store.decided == []
        await press(pilot, *["backspace"] * 4, *"120", "enter")
        await until(pilot, lambda: len(store.decided) == 1)
        run, task, accepted, _, fields = store.decided[0]
        assert (task, accepted, json.loads(fields)) == ("2", True, {"amount": 120})
        assert deeds(store) == [
            (f"approved sign off of run {run}", f"salt approve {run} 2"),
        ]
        await until(pilot, lambda: "2 wait for a person" in text(pilot, "#count"))


async def test_data_in_quarantine_is_taken_once_a_person_says_so(console: Console) -> None:
    store = operated.full()
    async with console(store) as pilot:
        await press(pilot, "5", "a")
        assert isinstance(pilot.app.screen, Confirm)
        await press(pilot, "n")
        assert store.decided == []
        await press(pilot, "a", "y")
        await until(pilot, lambda: [one[1:3] for one in store.decided] == [("3", True)])


async def test_a_reason_goes_with_a_rejection(console: Console) -> None:
    store = operated.full()
    async with console(store) as pilot:
        await press(pilot, "5", "down", "down", "x", *"too late", "enter")
        await until(pilot, lambda: [one[2:4] for one in store.decided] == [(False, "too late")])


async def test_who_decided_meanwhile_is_not_decided_again(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = operated.full()
    async with console(store) as pilot:
        await press(pilot, "5", "a")
        store.open_decisions.clear()
        await press(pilot, "y")
        await until(pilot, lambda: any("waits for nobody any more" in one for one in toasts(pilot)))
        assert Refused.__name__ not in " ".join(toasts(pilot))


async def test_what_others_decide_goes_from_the_list(console: Console) -> None:
    store = operated.full()
    async with console(store) as pilot:
        await press(pilot, "5")
        it = store.open_decisions[1]
        await store.decide(it.run.id, it.task.id, accepted=True, by="bob@box")
        view = pilot.app.screen
        assert isinstance(view, ApprovalsView)
        await until(pilot, lambda: len(view.table.rows) == 2)


async def test_enter_opens_the_run_that_waits(console: Console) -> None:
    async with console(operated.full()) as pilot:
        await press(pilot, "5", "down", "enter")
        view = pilot.app.screen
        assert isinstance(view, View)
        assert view.view_name == "run"
        await press(pilot, "escape")
        assert isinstance(pilot.app.screen, ApprovalsView)


async def test_an_agent_is_drained_and_taken_back(console: Console) -> None:
    store = operated.full()
    async with console(store) as pilot:
        await press(pilot, "3", "d")
        await until(pilot, lambda: store.all_agents[0].state == "draining")
        assert deeds(store) == [("drained box-4712-k3d9", "salt drain box-4712-k3d9")]
        await press(pilot, "u")
        await until(pilot, lambda: store.all_agents[0].state == "up")
        await press(pilot, "down", "down", "d")
        await until(pilot, lambda: store.all_agents[2].state == "up")


async def test_an_event_begins_with_the_wait_under_the_cursor(console: Console) -> None:
    store = operated.full()
    async with console(store) as pilot:
        await press(pilot, "6", "tab", "e", "enter")
        await until(pilot, lambda: len(store.emitted) == 1)
        event, _, payload = store.emitted[0]
        assert (event, json.loads(payload)) == ("invoice.paid", {"invoice": 7})
        assert deeds(store)[0][1] == """salt emit invoice.paid '{"invoice": 7}'"""
        await until(pilot, lambda: "4 told of late, 1 wait open" in text(pilot, "#count"))


async def test_a_payload_that_is_no_json_is_refused(console: Console) -> None:
    store = operated.full()
    async with console(store) as pilot:
        await press(pilot, "6", "e", "tab", *"{x", "enter")
        await until(pilot, lambda: any("not JSON" in one for one in toasts(pilot)))
        assert store.emitted == []


async def test_a_schedule_is_fired_by_hand(console: Console) -> None:
    store = operated.full()
    async with console(store) as pilot:
        await press(pilot, "4", "down", "down", "f")
        assert isinstance(pilot.app.screen, Confirm)
        assert text(pilot, "#command") == "$ salt run seattle-weather year=2015"
        await press(pilot, "y")
        await until(pilot, lambda: len(store.created) == 1)
        new = store.created[0]
        assert (new.workflow, json.loads(new.params)) == ("seattle-weather", {"year": 2015})


async def test_templates_of_a_schedule_are_filled_in_when_it_is_fired(console: Console) -> None:
    store = operated.full()
    async with console(store) as pilot:
        await press(pilot, "4", "down", "f", "y")
        await until(
            pilot, lambda: [json.loads(n.params) for n in store.created] == [{"day": "2026-01-15"}]
        )


async def test_schedules_are_paused_from_their_list(console: Console) -> None:
    store = operated.full()
    async with console(store) as pilot:
        await press(pilot, "4", "p")
        await until(pilot, lambda: store.all_workflows[0].paused)
        await press(pilot, "u")
        await until(pilot, lambda: not store.all_workflows[0].paused)


async def test_another_version_is_made_live_and_back(console: Console) -> None:
    store = operated.full()
    async with console(store) as pilot:
        await press(pilot, "7", "enter", "down", "b", "y")
        await until(pilot, lambda: store.all_workflows[0].live == "77b0aa41c3f2")
        await press(pilot, "u")
        await until(pilot, lambda: store.all_workflows[0].live == "9c41f07ab2de")


async def test_two_versions_side_by_side(console: Console) -> None:
    async with console(operated.full()) as pilot:
        await press(pilot, "7", "d")
        screen = pilot.app.screen
        assert isinstance(screen, DifferenceOf)
        said = {(one.mark, one.what, one.name) for one in screen._found}
        assert said >= {
            ("+", "dependency", "httpx"),
            ("-", "dependency", "requests"),
            ("~", "dependency", "pandas"),
            ("+", "parameter", "since"),
        }
        await press(pilot, "escape")
        assert isinstance(pilot.app.screen, BuildsView)


async def test_what_a_build_says_comes_up_while_it_goes_on(console: Console) -> None:
    store = operated.full()
    async with console(store) as pilot:
        await press(pilot, "7")
        await store.say("crm-sync", "Fetching 3 of 8 distributions")
        await until(pilot, lambda: "Fetching 3 of 8" in text(pilot, "#lines"))
        assert "owned" not in text(pilot, "#lines")
        await store.say("nightly", "not shown here")
        assert "not shown" not in text(pilot, "#lines")
        assert "building /home/ada" in text(pilot, "#lines")


async def test_health_looks_again_when_asked(console: Console) -> None:
    looked: list[int] = []

    async def doctor() -> list[Check]:
        looked.append(1)
        return await (operated.ill() if len(looked) > 1 else operated.well())

    async with console(operated.full(), doctor=doctor) as pilot:
        await press(pilot, "8")
        assert "2 to look at" in text(pilot, "#count")
        await press(pilot, "r")
        await until(pilot, lambda: "1 bad, 3 to look at" in text(pilot, "#count"))
        view = pilot.app.screen
        assert isinstance(view, HealthView)
        assert len(looked) == 2
