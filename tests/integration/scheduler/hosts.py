"""Real hosts as processes, and a workflow for them to start."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from tests.servers.processes import spawn

from salt_core.config import Config
from salt_core.model.run import RunFilter
from salt_core.model.workflow import Artifact, Version
from salt_core.store import Store

WORKFLOW = "wf"


class Hosts:
    """Host processes that a test may kill, stop and start. All are gone at the end."""

    def __init__(self, config: Config, folder: Path) -> None:
        self._config = config
        self._folder = folder
        self._processes: dict[int, subprocess.Popen[bytes]] = {}

    def start(self, *paths: Path) -> int:
        """Start a host; its process id."""
        settings = self._folder / "config.json"
        settings.write_text(self._config.model_dump_json())
        script = f'exec "$0" -m salt_tui.host_process "$@" < {settings}'
        words = ["sh", "-c", script, sys.executable, *map(str, paths)]
        process = spawn(words, self._folder / "hosts.log")
        self._processes[process.pid] = process
        return process.pid

    def kill(self, pid: int) -> None:
        process = self._processes.pop(pid)
        process.kill()
        process.wait()

    def stop(self, pid: int, number: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to end; its exit code."""
        process = self._processes[pid]
        process.send_signal(number)
        code = process.wait(15)
        del self._processes[pid]
        return code

    def signal(self, pid: int, number: signal.Signals) -> None:
        os.kill(pid, number)

    def alive(self, pid: int) -> bool:
        return self._processes[pid].poll() is None

    def log(self) -> str:
        return (self._folder / "hosts.log").read_text()

    def close(self) -> None:
        for pid in list(self._processes):
            self.kill(pid)


async def leader_pid(store: Store) -> int | None:
    """The process that leads; it is the middle of ``<host>-<pid>-<chance>``."""
    leader = await store.leader()
    return int(leader.rsplit("-", 2)[1]) if leader else None


async def another_leads(store: Store, old: int | None, wait_s: float = 10) -> float:
    """Until another process than ``old`` leads; how many seconds that took."""
    begun = time.monotonic()

    async def check() -> bool:
        return await leader_pid(store) not in (None, old)

    await until(check, wait_s, "another leader")
    return time.monotonic() - begun


async def until(check: Callable[[], Awaitable[object]], wait_s: float, what: str) -> None:
    """Until ``check`` is true; ``TimeoutError`` names ``what``."""
    deadline = time.monotonic() + wait_s
    while not await check():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {wait_s:g} s")
        await asyncio.sleep(0.01)


async def register(store: Store, settings: dict[str, object] | None = None) -> None:
    """Make ``WORKFLOW`` known, with an artifact that nobody will run."""
    artifact = Artifact("pex", "d" * 64, 1, ">=3.11", "any", (("d" * 64, 1),))
    described = {"workflows": [{"name": "main", "policy": {"retries": 2}}], "default": "main"}
    version = Version(WORKFLOW, "d" * 12, artifact, described)
    await store.register(version, dict(settings or {}))


async def run_ids(store: Store, workflow: str = WORKFLOW) -> list[str]:
    """The ids of all runs, each as often as the store lists it."""
    found: list[str] = []
    while page := await store.runs(RunFilter(workflow, limit=500, offset=len(found))):
        found += [run.id for run in page]
    return found
