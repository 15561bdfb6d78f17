"""What others wrote reaches the terminal as text: in names, errors, values, logs and dialogs."""

from __future__ import annotations

import json
import re
from dataclasses import replace

from tests.snapshot import scenes
from tests.snapshot.conftest import Console, settled, until
from tests.snapshot.fixed import NOW, FixedStore, described
from textual.pilot import Pilot

from salt_core.model.deed import Deed
from salt_core.model.log import Line
from salt_core.model.task import Failure
from salt_tui.app import Leaving

EVIL = (
    "\x1b]0;owned\x07\x1b]52;c;b3duZWQ=\x1b\\\x1b[2J\x1b[?1049l\x9b31m\x07\x08"
    "[bold red]markup[/] \u202egnp.exe 漢字 🙂 \x1b[31mred"
)
STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def hostile() -> FixedStore:
    """The usual scene, in which everything that others can write is evil."""
    store = scenes.full()
    failure = Failure("Evil" + EVIL, EVIL, f"Traceback\n  {EVIL}\n")
    store.all_workflows = [
        replace(one, name=one.name + EVIL, source=EVIL, build_error=EVIL, live=one.live)
        for one in store.all_workflows
    ]
    store.all_runs = [
        replace(
            one,
            workflow=one.workflow + EVIL,
            trigger=EVIL,
            params=json.dumps({"x": EVIL}),
            error=failure,
        )
        for one in store.all_runs
    ]
    store.all_tasks = {
        run: [replace(task, name=task.name + EVIL, error=failure) for task in tasks]
        for run, tasks in store.all_tasks.items()
    }
    store.all_agents = [
        replace(one, id=one.id + EVIL, host=EVIL, queues=(EVIL,), labels=(EVIL,), version=EVIL)
        for one in store.all_agents
    ]
    store.all_schedules = [
        replace(one, workflow=one.workflow + EVIL, timezone=EVIL, params=EVIL)
        for one in store.all_schedules
    ]
    store.queues = {EVIL: 3}
    store.logs = {
        key: [Line(NOW, "e", EVIL), Line(NOW, "o", f"50%\r{EVIL}"), Line(NOW, "o", "x" * 1_000_000)]
        for key in store.logs
    }
    store.results = {run.id: json.dumps({"x": EVIL}) for run in store.all_runs}
    return store


def painted(pilot: Pilot[Leaving]) -> str:
    """All that the screen would write, its own styling apart."""
    strips = pilot.app.screen._compositor.render_strips()
    return "\n".join(strip.text for strip in strips)


async def seen(pilot: Pilot[Leaving], *keys: str) -> str:
    for key in keys:
        await pilot.press(key)
        await settled(pilot)
    text = painted(pilot)
    found = STEERING.search(text.replace("\n", ""))
    assert found is None, (keys, found)
    return text


async def test_every_view_shows_it_as_text(console: Console) -> None:
    async with console(hostile(), (200, 40)) as pilot:
        assert "crm-sync" in await seen(pilot)
        assert "[bold red]markup[/]" in await seen(pilot, "2")
        assert "box-4712" in await seen(pilot, "3", "down")
        assert "[bold red]" in await seen(pilot, "4")
        assert "What you can do" in await seen(pilot, "question_mark")
        await seen(pilot, "escape", "colon")
        await seen(pilot, *"crm")
        await pilot.pause(0.3)
        assert "crm-sync" in await seen(pilot)


async def test_a_run_shows_it_as_text(console: Console) -> None:
    async with console(hostile(), (200, 40)) as pilot:
        await seen(pilot, "2", "down", "enter")
        await until(pilot, lambda: "more characters" in painted(pilot) or "xxxxx" in painted(pilot))
        assert "[bold red]markup[/]" in await seen(pilot, "l")
        assert "[bold red]markup[/]" in await seen(pilot, "e")
        await seen(pilot, "v")
        await until(pilot, lambda: '"x": "' in painted(pilot))
        await seen(pilot)
        await seen(pilot, "enter", "y")


async def test_dialogs_messages_and_the_banner_show_it_as_text(console: Console) -> None:
    store = hostile()
    async with console(store, (120, 40), notice=EVIL, watched=[EVIL]) as pilot:
        await until(pilot, lambda: "gnp.exe" in painted(pilot))
        await seen(pilot, "2", "down", "x")
        assert "Cancel run" in await seen(pilot)
        await seen(pilot, "y")
        await until(pilot, lambda: "Cancelled" in painted(pilot))
        await store.lose(f"Redis {EVIL}")
        await until(pilot, lambda: "Nothing new since" in painted(pilot))
        await seen(pilot)
    empty = scenes.empty()
    async with console(empty, (120, 40), watched=[EVIL]) as pilot:
        assert "No workflows yet." in await seen(pilot)
        await seen(pilot, "2", "slash", *"[bold]", "enter")


async def test_forms_lists_and_deeds_show_it_as_text(console: Console) -> None:
    store = hostile()
    name = store.all_workflows[0].name
    live = store.all_versions["crm-sync"]
    schema = {EVIL: {"type": "string", "default": EVIL, "description": EVIL, "enum": [EVIL, "x"]}}
    evil = replace(live, workflow=name, source=EVIL, described=described(name, schema, [EVIL]))
    store.all_versions[name] = evil
    store.more_versions = [evil]
    store.all_deeds = [Deed(EVIL, EVIL, EVIL, EVIL, NOW, "1")]
    async with console(store, (120, 40)) as pilot:
        assert "[bold red]markup[/]" in await seen(pilot, "r")
        await seen(pilot, "down", "enter", "ctrl+y", "escape")
        assert live.version in await seen(pilot, "b")
        await seen(pilot, "y", "escape")
        assert "[bold red]markup[/]" in await seen(pilot, "D")
        await seen(pilot, "y", "escape")
        await seen(pilot, "2", "down", "r", "escape")
        assert "crm-sync" in await seen(pilot, "slash", *"wf:crm")
        await seen(pilot, "tab", "enter", "F", "escape", "Y")
        await store.tell_deed(Deed(EVIL, EVIL, EVIL, EVIL))
        await until(pilot, lambda: "gnp.exe" in painted(pilot))
        await seen(pilot)
