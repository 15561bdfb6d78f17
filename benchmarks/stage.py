"""A stage for benchmarks: a Salt of its own on the embedded default, one agent, one registered project."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from salt_core.config import Config, load
from salt_core.embedded import stop
from salt_core.ids import new_run_id
from salt_core.model.run import NewRun, Run
from salt_core.store.redis import RedisStore, open_store

PROJECT = Path(__file__).parent / "project"
SALT = Path(sys.executable).with_name("salt")


@dataclass
class Stage:
    """What a benchmark works with."""

    environment: dict[str, str]
    config: Config
    store: RedisStore
    agent: subprocess.Popen[bytes]
    version: str

    def salt(self, *args: str) -> str:
        """Run the command as a user would; its standard output."""
        done = subprocess.run(
            [SALT, *args], env=self.environment, check=True, capture_output=True, text=True
        )
        return done.stdout

    async def run(self, params: str, function: str = "") -> tuple[Run, str]:
        """One run to its end, and its value; ``function``: not the project's own workflow."""
        run = new_run_id()
        new = NewRun(run, "bench", self.version, params, function=function)
        await self.store.create_run(new)
        head = await self.store.wait_run(run, 120)
        value = await self.store.result(run)
        if value is None:
            raise RuntimeError(f"the run {run} {head.status}: {head.error}")
        return head, value


@asynccontextmanager
async def stage(slots: int = 4, **settings: str) -> AsyncIterator[Stage]:
    """Build and register the project, start an agent and warm it up; clean everything up."""
    home = Path(tempfile.mkdtemp(prefix="salt-bench-", dir="/tmp"))
    (home / "run").mkdir(mode=0o700)
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("SALT_")}
    places = {"SALT_HOME": str(home), "XDG_RUNTIME_DIR": str(home / "run")}
    environment = {**inherited, **places, **settings}
    config = load(environment)
    project = home / "project"
    shutil.copytree(PROJECT, project)
    agent: subprocess.Popen[bytes] | None = None
    store: RedisStore | None = None
    try:
        await asyncio.to_thread(_register, project, environment)
        store = await open_store(config, role="bench")
        found = await store.workflow("bench")
        assert found is not None
        agent = await asyncio.to_thread(_start_agent, slots, home / "agent.log", environment)
        here = Stage(environment, config, store, agent, found.live)
        await here.run('{"shape": "chain", "n": 8}')
        yield here
    finally:
        if agent is not None:
            agent.send_signal(signal.SIGTERM)
            await asyncio.to_thread(agent.wait)
        if store is not None:
            await store.close()
        await asyncio.to_thread(stop, config)
        shutil.rmtree(home, ignore_errors=True)


def _register(project: Path, environment: dict[str, str]) -> None:
    subprocess.run([SALT, "register", project], env=environment, check=True, capture_output=True)


def _start_agent(slots: int, log: Path, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    with log.open("wb") as file:
        return subprocess.Popen(
            [SALT, "agent", "--slots", str(slots)], env=environment, stderr=file
        )
