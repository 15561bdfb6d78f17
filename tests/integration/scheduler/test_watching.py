"""A save becomes a version; a salt.yaml takes no build; what breaks leaves what was there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tests.integration.scheduler.hosts import Hosts, until
from tests.servers.redis import RedisServer

from salt_core.config import Config
from salt_core.store.redis import RedisStore
from salt_tui.watching import Told, Watcher

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]


@pytest.fixture
def redis_url(own_redis: Callable[..., RedisServer]) -> str:
    """One engine will do: what is tried here is not the store."""
    return own_redis().url


FLOW = """\
from salt_sdk import task, workflow


@task
def one() -> int:
    return {number}


@workflow
def flow() -> int:
    return one()
"""


def make_project(folder: Path, name: str = "small") -> Path:
    """A project without dependencies."""
    project = folder / name
    (project / "src" / name).mkdir(parents=True)
    (project / "pyproject.toml").write_text(
        f'[project]\nname = "{name}"\nversion = "1"\nrequires-python = ">=3.11"\n'
    )
    (project / "src" / name / "__init__.py").write_text("")
    write_flow(project, 1)
    write_settings(project)
    return project


def write_flow(project: Path, number: int) -> None:
    (project / "src" / project.name / "flow.py").write_text(FLOW.format(number=number))


def write_settings(project: Path, rest: str = "") -> None:
    text = f"workflow: {project.name}\nentrypoint: {project.name}.flow:flow\n{rest}"
    (project / "salt.yaml").write_text(text)


class Heard:
    """What the watcher told, and waiting for it."""

    def __init__(self) -> None:
        self.all: list[Told] = []
        self._more = asyncio.Event()

    def __call__(self, told: Told) -> None:
        self.all.append(told)
        self._more.set()

    async def next(self, wait_s: float = 60) -> Told:
        """The first that was not taken yet."""
        async with asyncio.timeout(wait_s):
            while not self.all:
                self._more.clear()
                await self._more.wait()
        return self.all.pop(0)


@asynccontextmanager
async def watching(config: Config, store: RedisStore, *paths: Path) -> AsyncIterator[Heard]:
    told = Heard()
    watcher = Watcher(config, store, paths, told)
    watcher.start()
    try:
        yield told
    finally:
        await watcher.stop()


async def live(store: RedisStore, name: str = "small") -> str:
    found = await store.workflow(name)
    return found.live if found else ""


async def test_a_save_becomes_a_version(
    server_config: Config, store: RedisStore, tmp_path: Path
) -> None:
    project = make_project(tmp_path)
    async with watching(server_config, store, tmp_path) as told:
        first = await told.next()
        assert (first.outcome, first.workflow, first.error) == ("registered", "small", "")
        assert await live(store) == first.version

        write_flow(project, 2)
        second = await told.next()
        assert second.outcome == "registered"
        assert second.version != first.version
        assert await live(store) == second.version
        assert len(await store.versions("small")) == 2

        # Many saves in a row count once.
        for number in range(3, 30):
            write_flow(project, number)
        third = await told.next()
        assert await live(store) == third.version

        # A file that is in no artifact changes nothing.
        (project / "notes.txt").write_text("x")
        fourth = await told.next()
        assert (fourth.outcome, fourth.version) == ("unchanged", third.version)
        assert len(await store.versions("small")) == 3
        assert told.all == []


async def test_a_settings_change_makes_no_build(
    server_config: Config, store: RedisStore, tmp_path: Path
) -> None:
    project = make_project(tmp_path)
    async with watching(server_config, store, project) as told:
        first = await told.next()
        built = (server_config.cache / "watched").rglob("main.pex")
        stamps = {path: path.stat().st_mtime_ns for path in built}
        write_settings(project, 'queue: q7\nschedules:\n  - {cron: "0 2 * * *"}\n')
        second = await told.next()
        assert (second.outcome, second.version, second.parts) == ("settings", first.version, {})
        assert second.ms < 1000
        assert {path: path.stat().st_mtime_ns for path in stamps} == stamps
        head = await store.workflow("small")
        assert head is not None
        assert (head.live, head.versions, head.settings["queue"]) == (first.version, 1, "q7")
        (schedule,) = await store.schedules("small")
        assert schedule.cron == "0 2 * * *"

        # Broken: the settings before it stay, and the reason is shown.
        write_settings(project, "queue: q8\nschedule: 5\n")
        third = await told.next()
        assert third.outcome == "failed"
        assert "salt.yaml:4" in third.error and "'schedules'" in third.error
        head = await store.workflow("small")
        assert head is not None
        assert (head.live, head.settings["queue"]) == (first.version, "q7")
        assert head.build_error == third.error
        assert len(await store.schedules("small")) == 1

        # A template that cannot be filled in counts as broken, too.
        write_settings(project, 'schedules:\n  - {every: 1h, params: {a: "{{ dew }}"}}\n')
        fourth = await told.next()
        assert fourth.outcome == "failed" and "dew" in fourth.error
        assert "salt.yaml:4" in fourth.error

        write_settings(project)
        fifth = await told.next()
        assert fifth.outcome == "settings"
        head = await store.workflow("small")
        assert head is not None and head.build_error == ""
        assert await store.schedules("small") == []


async def test_another_entrypoint_takes_a_build(
    server_config: Config, store: RedisStore, tmp_path: Path
) -> None:
    project = make_project(tmp_path)
    other = FLOW.format(number=1).replace("def flow", "def other")
    (project / "src" / "small" / "other.py").write_text(other)
    async with watching(server_config, store, project) as told:
        first = await told.next()
        (project / "salt.yaml").write_text("workflow: small\nentrypoint: small.other:other\n")
        second = await told.next()
        assert second.outcome == "registered"
        assert second.version != first.version


async def test_broken_source_leaves_the_version_before_it(
    server_config: Config, store: RedisStore, tmp_path: Path
) -> None:
    project = make_project(tmp_path)
    async with watching(server_config, store, project) as told:
        first = await told.next()
        (project / "src" / "small" / "flow.py").write_text("import nothing_like_it\n")
        second = await told.next()
        assert second.outcome == "failed"
        assert "flow.py:1" in second.error
        head = await store.workflow("small")
        assert head is not None
        assert (head.live, head.versions) == (first.version, 1)
        assert head.build_error == second.error
        write_flow(project, 1)
        third = await told.next()
        assert (third.outcome, third.version) == ("unchanged", first.version)
        head = await store.workflow("small")
        assert head is not None and head.build_error == ""


async def test_a_new_project_is_picked_up(
    server_config: Config, store: RedisStore, tmp_path: Path
) -> None:
    root = tmp_path / "root"
    root.mkdir()
    async with watching(server_config, store, root) as told:
        make_project(tmp_path / "elsewhere").rename(root / "small")
        first = await told.next()
        # The move may be seen folder by folder; what counts is what it comes to.
        while first.outcome == "failed":
            first = await told.next()
        assert first.workflow == "small"
        assert await live(store) == first.version


async def test_a_build_process_that_dies_is_replaced(
    server_config: Config, store: RedisStore, tmp_path: Path
) -> None:
    project = make_project(tmp_path)
    told = Heard()
    watcher = Watcher(server_config, store, [project], told)
    watcher.start()
    try:
        await told.next()
        process = watcher._process._process
        assert process is not None
        process.kill()
        await process.wait()
        write_flow(project, 2)
        assert (await told.next()).outcome == "registered"
    finally:
        await watcher.stop()
    assert watcher._process._process is None


async def test_a_host_watches(store: RedisStore, hosts: Hosts, tmp_path: Path) -> None:
    root = tmp_path / "root"
    project = make_project(root)
    pid = hosts.start(root)

    async def registered() -> bool:
        return bool(await live(store))

    await until(registered, 60, "the first version")
    before = await live(store)
    write_flow(project, 2)

    async def replaced() -> bool:
        return await live(store) != before

    await until(replaced, 10, "the second version")
    assert hosts.stop(pid) == 0
    assert " registered (" in hosts.log()
