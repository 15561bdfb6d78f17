"""``salt schedule``, ``salt scheduler`` and ``salt watch`` as a person calls them."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.integration.scheduler.hosts import WORKFLOW, another_leads, register, until
from tests.integration.scheduler.test_watching import make_project, write_flow, write_settings
from tests.servers.redis import RedisServer

from salt_core.scheduler.settings import schedules_of
from salt_core.store.redis import RedisStore

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]


@pytest.fixture
def redis_url(own_redis: Callable[..., RedisServer]) -> str:
    """One engine will do: what is tried here is not the store."""
    return own_redis().url


SALT = [sys.executable, "-m", "salt_core.cli"]


def salt(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*SALT, *words], capture_output=True, text=True, check=False)


def popen(*words: str, **streams: Any) -> subprocess.Popen[str]:
    return subprocess.Popen([*SALT, *words], text=True, **streams)


async def test_schedule_list_and_next(store: RedisStore) -> None:
    settings: dict[str, object] = {
        "schedules": [
            {"cron": "30 2 * * *", "timezone": "Europe/Rome", "params": {"a": 1}},
            {"every": "15m"},
        ]
    }
    await register(store, settings)
    found = schedules_of(WORKFLOW, settings, await store.ping())
    await store.put_schedules(WORKFLOW, found)
    listed = json.loads(salt("schedule", "list", "--json").stdout)
    assert {one["schedule"] for one in listed} == {one.id for one in found}
    cron = next(one for one in listed if one["cron"])
    assert (cron["timezone"], cron["params"], cron["last"]) == ("Europe/Rome", {"a": 1}, None)
    assert cron["next"].endswith("Z")
    slots = json.loads(salt("schedule", "next", WORKFLOW, "-n", "4", "--json").stdout)
    assert len(slots) == 4
    assert [one["due"] for one in slots] == sorted(one["due"] for one in slots)
    text = salt("schedule", "list").stdout
    assert "every 15m" in text and "30 2 * * *" in text
    assert len(salt("schedule", "next", WORKFLOW, "-n", "3").stdout.splitlines()) == 4


async def test_schedule_of_an_unknown_workflow(store: RedisStore) -> None:
    await register(store)
    answer = salt("schedule", "next", "wg")
    assert answer.returncode == 2
    assert "There is no workflow 'wg'" in answer.stderr
    assert salt("schedule", "next", WORKFLOW, "--json").stdout.strip() == "[]"


@pytest.mark.parametrize("command", ["watch", "scheduler"])
def test_a_folder_that_is_not_there(store: RedisStore, command: str) -> None:
    answer = salt(command, "/nowhere/at/all")
    assert answer.returncode == 2
    assert "There is no folder /nowhere/at/all" in answer.stderr


@pytest.mark.parametrize("command", ["watch", "scheduler"])
def test_a_store_that_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setenv("SALT_REDIS_URL", "redis://127.0.0.1:1/0")
    answer = salt(command, str(tmp_path))
    assert answer.returncode == 3
    assert "Traceback" not in answer.stderr


async def test_scheduler_until_sigterm(store: RedisStore) -> None:
    process = popen("scheduler", stderr=subprocess.PIPE)
    with process:
        await another_leads(store, None)
        process.send_signal(signal.SIGTERM)
        _, told = process.communicate(timeout=15)
    assert process.returncode == 0
    assert re.search(r"Z INFO leader: \S+ leads\n", told)
    assert await store.leader() is None


async def test_watch_prints_a_line_for_each_build(store: RedisStore, tmp_path: Path) -> None:
    project = make_project(tmp_path)
    out = tmp_path / "out"
    with out.open("w") as stream:
        process = popen("watch", "--json", str(project), stdout=stream, stderr=subprocess.PIPE)

    async def lines(count: int) -> list[dict[str, object]]:
        async def there() -> bool:
            return out.read_text().count("\n") >= count

        await until(there, 60, f"line {count}")
        return [json.loads(line) for line in out.read_text().splitlines()]

    with process:
        (first,) = await lines(1)
        assert (first["outcome"], first["workflow"]) == ("registered", "small")
        write_flow(project, 2)
        second = (await lines(2))[1]
        assert second["version"] != first["version"]
        write_settings(project, "nonsense: 1\n")
        third = (await lines(3))[2]
        assert third["outcome"] == "failed" and "salt.yaml:3" in str(third["error"])
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=15)
    assert process.returncode == 0
    assert "Traceback" not in told
