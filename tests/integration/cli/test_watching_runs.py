"""``salt runs --filter`` and ``--watch``, ``salt pause``, and that deeds on the command line are told."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import Callable
from typing import Any

import pytest
from tests.integration.cli.conftest import Salt

from salt_core.cli.deeds import person
from salt_core.config import load
from salt_core.model.deed import Deed
from salt_core.model.run import NewRun
from salt_core.store.redis import open_store

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]


def on_store(do: Callable[[Any], Any]) -> Any:
    async def run() -> Any:
        store = await open_store(load())
        try:
            return await do(store)
        finally:
            await store.close()

    return asyncio.run(run())


def create(*ids: str) -> None:
    async def make(store: Any) -> None:
        for run in ids:
            await store.create_run(NewRun(run, "nightly", "3f2a", '{"x": 1}'))

    on_store(make)


def test_a_filter_finds_among_all(salt: Salt, redis: str) -> None:
    create(*(f"r{number:03}" for number in range(120)))
    salt("cancel", "r001")
    assert [one["run"] for one in salt("runs", "--filter", "status:cancelled", "--json").json] == [
        "r001"
    ]
    assert len(salt("runs", "--filter", "wf:night* -status:cancelled", "--json").json) == 50
    assert len(salt("runs", "--status", "queued", "--limit", "500", "--json").json) == 119
    assert "No run is like that." in salt("runs", "--filter", "zebra").out
    assert "No field colour" in salt.fails("runs", "--filter", "colour:red", code=2)
    assert "no workflow" in salt.fails("runs", "--workflow", "nothing", code=2)


@pytest.mark.parametrize("as_json", [False, True])
def test_watching_adds_a_line_for_each_change(salt: Salt, redis: str, as_json: bool) -> None:
    create("r1", "r2")
    salt("cancel", "r2")
    words = ["runs", "--watch", "--filter", "nightly", *(["--json"] if as_json else [])]
    watching = salt.start(*words)
    try:
        assert watching.stdout is not None
        lines = [watching.stdout.readline() for _ in range(2)]
        create("r3")
        lines.append(watching.stdout.readline())
        salt("cancel", "r1")
        lines.append(watching.stdout.readline())
    finally:
        watching.send_signal(signal.SIGINT)
        watching.communicate(timeout=30)
    if as_json:
        found = [(one["run"], one["status"]) for one in map(json.loads, lines)]
    else:
        assert "\x1b" not in "".join(lines)
        said = [line.split() for line in lines]
        found = [(words[2].rstrip(":"), words[3].rstrip(",")) for words in said]
    assert found == [
        ("r1", "queued"), ("r2", "cancelled"), ("r3", "queued"), ("r1", "cancelled"),
    ]  # fmt: skip


def test_pausing_and_resuming(salt: Salt, redis: str, registered: str) -> None:
    assert salt("pause", "lines").out == "paused lines\n"
    assert salt("pause", "lines").out == "lines is paused already\n"
    assert salt("workflows", "--json").json[0]["paused"] is True
    assert salt("resume", "lines", "--json").json == {
        "workflow": "lines", "paused": False, "changed": True,
    }  # fmt: skip
    assert "no workflow" in salt.fails("pause", "nothing", code=2)


def test_what_is_done_here_is_told(salt: Salt, redis: str, registered: str) -> None:
    run = salt("run", "lines").out.strip()
    salt("cancel", run)
    again = salt("rerun", run, "--same").out.strip()
    salt("pause", "lines")
    deeds: list[Deed] = on_store(lambda store: store.deeds())
    assert {deed.by for deed in deeds} == {person()}
    assert [(deed.did, deed.command) for deed in reversed(deeds)] == [
        (f"started run {run} of lines", f"salt show {run}"),
        (f"cancelled run {run} of lines", f"salt cancel {run}"),
        (f"ran {run} of lines again as {again}", f"salt rerun {run} --same"),
        ("paused lines", "salt pause lines"),
    ]
