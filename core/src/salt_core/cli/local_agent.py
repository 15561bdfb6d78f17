"""An agent on this machine, for as long as a command needs one."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from salt_core.config import Config
from salt_core.errors import SaltError
from salt_core.model.agent import AgentInfo
from salt_core.store import Store

_READY_S = 30.0
_LOOK_S = 0.05
_STOP_S = 20.0
_SILENT_MS = 60_000
"""An agent that was not heard of for this long is not counted on."""


async def live_agents(store: Store, queue: str) -> list[AgentInfo]:
    """The agents that can be expected to take work of ``queue`` now.

    The store lists an agent for a while after it died; one of this machine can be looked for.
    """
    now = await store.ping()
    return [
        one
        for one in await store.agents()
        if one.state == "up"
        and queue in one.queues
        and now - one.seen < _SILENT_MS
        and not is_gone(one)
    ]


def is_gone(agent: AgentInfo) -> bool:
    """Whether an agent of this machine has ended; of other machines nothing is known here."""
    return agent.host == socket.gethostname() and not _runs(agent.pid)


@asynccontextmanager
async def local_agent(config: Config, store: Store) -> AsyncIterator[AgentInfo]:
    """An agent of the default queue: one that is up, or else one of our own, ended afterwards.

    Raises:
        SaltError: The agent does not come up.
    """
    found = await live_agents(store, "default")
    if found:
        yield found[0]
        return
    log = config.home / "agent.log"
    process = spawn(log)
    try:
        yield await _up(store, process, log)
    finally:
        await asyncio.to_thread(_end, process)


def spawn(log: Path) -> subprocess.Popen[bytes]:
    """Start ``salt agent`` in a session of its own; what it says goes to ``log``."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as out:
        return subprocess.Popen(
            [sys.executable, "-m", "salt_core.cli", "agent"],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )


async def _up(store: Store, process: subprocess.Popen[bytes], log: Path) -> AgentInfo:
    waited = 0.0
    while waited < _READY_S and process.poll() is None:
        for one in await live_agents(store, "default"):
            if one.pid == process.pid:
                return one
        await asyncio.sleep(_LOOK_S)
        waited += _LOOK_S
    said = log.read_text(errors="replace").strip().rpartition("\n")[2]
    raise SaltError(f"The agent did not start: {said or 'it said nothing'}.", f"See {log}.")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
