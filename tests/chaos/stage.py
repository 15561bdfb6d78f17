"""A Salt of its own to be struck: a home, a registered project, agents and a host."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from tests.chaos.fleet import SALT, Fleet

from salt_core.config import Config, load
from salt_core.embedded import ensure, stop
from salt_core.errors import Unreachable
from salt_core.store.redis import RedisStore, open_store

T = TypeVar("T")
PROJECT = Path(__file__).parent / "project"


@dataclass
class Stage:
    """What a storm works with."""

    environment: dict[str, str]
    config: Config
    store: RedisStore
    fleet: Fleet
    version: str
    artifact: Path

    def salt(self, *args: str | Path) -> str:
        """Run the command as a user would; its standard output, whatever its exit code."""
        done = subprocess.run(
            [SALT, *args], env=self.environment, check=False, capture_output=True, text=True
        )
        return done.stdout

    async def patiently(self, ask: Callable[[], Awaitable[T]]) -> T:
        """Ask until the server answers: it is killed now and then."""
        while True:
            try:
                return await ask()
            except Unreachable:
                await asyncio.to_thread(ensure, self.config)


@asynccontextmanager
async def stage(lease_s: float, agents: int, slots: int) -> AsyncIterator[Stage]:
    """Build and register the project, start everything; stop and remove it in the end."""
    home = Path(tempfile.mkdtemp(prefix="salt-storm-", dir="/tmp"))
    (home / "run").mkdir(mode=0o700)
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("SALT_")}
    places = {"SALT_HOME": str(home), "XDG_RUNTIME_DIR": str(home / "run")}
    environment = {**inherited, **places, "SALT_LEASE": f"{lease_s}s"}
    config = load(environment)
    store: RedisStore | None = None
    fleet: Fleet | None = None
    try:
        shutil.copytree(PROJECT, home / "project")
        artifact = home / "main.pex"
        await asyncio.to_thread(_prepare, home / "project", artifact, environment)
        store = await open_store(config, role="storm")
        workflow = await store.workflow("storm")
        assert workflow is not None
        fleet = await asyncio.to_thread(Fleet, config, environment, agents, slots)
        yield Stage(environment, config, store, fleet, workflow.live, artifact)
    finally:
        if fleet is not None:
            await asyncio.to_thread(fleet.close)
        if store is not None:
            await store.close()
        await asyncio.to_thread(stop, config)
        shutil.rmtree(home, ignore_errors=True)


def _prepare(project: Path, artifact: Path, environment: dict[str, str]) -> None:
    commands: list[list[str | Path]] = [["register", project], ["build", project, "-o", artifact]]
    for words in commands:
        subprocess.run([SALT, *words], env=environment, check=True, capture_output=True)
