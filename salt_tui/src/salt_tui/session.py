"""What a console needs beside it: a host that leads and an agent, each a process of its own.

Both are started in sessions of their own, so that a hangup, Ctrl-Z or the death of the console
leaves them. What is there already is used; what was started here can be stopped at the end.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from salt_core.cli.local_agent import live_agents, spawn
from salt_core.config import Config
from salt_core.store import Store
from salt_tui.host_process import host_running, start_detached

AGENT_LOG = "agent.log"
_WATCHERS = "watchers.json"
"""Which folder is watched by which host (its process id), for those that consoles have started."""


@dataclass
class Session:
    """The processes that this console has started: what each is, and its process id."""

    started: dict[str, int] = field(default_factory=dict[str, int])

    @classmethod
    async def begin(cls, config: Config, store: Store, folders: Sequence[Path]) -> Session:
        """Start what is missing: a host (or one more, for folders nobody watches), an agent."""
        session = cls()
        watchers = _watchers(config)
        unwatched = [folder for folder in folders if str(folder) not in watchers]
        if unwatched or not await host_running(store):
            pid = session.started["the scheduler host"] = start_detached(config, unwatched)
            watchers |= {str(folder): pid for folder in unwatched}
            (config.home / _WATCHERS).write_text(json.dumps(watchers), encoding="utf-8")
        if not await live_agents(store, "default"):
            session.started["a local agent"] = _start_agent(config)
        return session

    def stop(self) -> None:
        """Ask all of them to end; an agent lets its running tasks end first."""
        for pid in self.started.values():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)


def _start_agent(config: Config) -> int:
    process = spawn(config.home / AGENT_LOG)
    process.returncode = 0  # it is meant to outlive us: nobody waits for it
    return process.pid


def _watchers(config: Config) -> dict[str, int]:
    """Folders that hosts of earlier consoles still watch."""
    try:
        noted = json.loads((config.home / _WATCHERS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {folder: pid for folder, pid in noted.items() if _is_host(pid)}


def _is_host(pid: int) -> bool:
    """Whether the process ``pid`` is a host: the number may be another program's by now."""
    shown = subprocess.run(
        ["ps", "-p", str(pid), "-o", "command="], capture_output=True, text=True, check=False
    )
    return "salt_tui.host_process" in shown.stdout
