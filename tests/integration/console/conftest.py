"""``salt ui`` in a real terminal (tmux), with what it starts: a backend, a host, an agent."""

from __future__ import annotations

import asyncio
import os
import shlex
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from tests.servers.missing import program
from tests.servers.processes import wait_until
from tests.servers.redis import RedisServer

from salt_core.config import load
from salt_core.errors import Unreachable
from salt_core.store.redis import open_store

SALT = [sys.executable, "-m", "salt_core.cli"]


class Terminal:
    """A terminal of 120 by 35 in a tmux server of its own."""

    def __init__(self, tmux: str) -> None:
        self._words = [tmux, "-L", f"salt-{uuid.uuid4().hex[:8]}", "-f", "/dev/null"]
        self._screen = ""

    def _call(self, *words: str) -> str:
        done = subprocess.run([*self._words, *words], capture_output=True, text=True, check=False)
        return done.stdout

    def start(self, words: Sequence[str]) -> None:
        """Run a program in the terminal; what it leaves on the screen stays to be read."""
        # The size is the terminal's, not what the environment of the tests says of another one.
        command = f"unset COLUMNS LINES; {shlex.join(words)}; echo it ended with $?; exec cat"
        self._call("new-session", "-d", "-x", "120", "-y", "35", command)

    def press(self, *keys: str) -> None:
        self._call("send-keys", *keys)

    def type(self, text: str) -> None:
        self._call("send-keys", "-l", text)

    def screen(self) -> str:
        self._screen = self._call("capture-pane", "-p")
        return self._screen

    def resize(self, columns: int, lines: int) -> None:
        self._call("resize-window", "-x", str(columns), "-y", str(lines))

    def wait_for(self, *texts: str, within_s: float = 30) -> str:
        """Until the screen shows all of ``texts``; the screen."""
        with self._explained():
            wait_until(
                lambda: all(text in self.screen() for text in texts), within_s, " and ".join(texts)
            )
        return self._screen

    def wait_without(self, text: str, within_s: float = 30) -> None:
        """Until the screen shows ``text`` no more."""
        with self._explained():
            wait_until(lambda: text not in self.screen(), within_s, f"a screen without {text}")

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Adds the screen to a failure."""
        try:
            yield
        except TimeoutError as error:
            pytest.fail(f"{error}. On the screen:\n{self.screen()}", pytrace=False)

    def hang_up(self) -> None:
        """Close the terminal: what runs in it gets SIGHUP."""
        self._call("kill-server")


@pytest.fixture
def terminal() -> Iterator[Callable[[Sequence[str]], Terminal]]:
    """``terminal(words)`` runs a program in a terminal."""
    tmux = program("tmux", "apt-get install tmux")
    terminals: list[Terminal] = []

    def start(words: Sequence[str]) -> Terminal:
        terminals.append(Terminal(tmux))
        terminals[-1].start(words)
        return terminals[-1]

    yield start
    for each in terminals:
        each.hang_up()


async def _pids() -> dict[str, int]:
    """The process of the host that leads and of an agent, as the store knows them."""
    config = load()
    if config.embedded and not (config.home / "redis" / "start.lock").exists():
        return {}
    store = await open_store(config)
    try:
        leader, agents = await store.leader(), await store.agents()
    finally:
        await store.close()
    found = {"agent": agents[0].pid} if agents else {}
    if leader is not None:
        found["host"] = int(leader.rsplit("-", 2)[1])
    return {what: pid for what, pid in found.items() if runs(pid)}


def runs(pid: int) -> bool:
    """Whether the process is there."""
    with suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False


def beside() -> dict[str, int]:
    """Process ids of the host and the agent that a console has started."""
    return asyncio.run(_pids())


@pytest.fixture(autouse=True)
def _nothing_left(salt_home: Path, own_redis: Callable[..., RedisServer]) -> Iterator[None]:
    """End the host and the agent that a test has left running, while their server is up."""
    yield
    with suppress(Unreachable):
        pids = beside()
        for pid in pids.values():
            os.kill(pid, signal.SIGTERM)
        wait_until(lambda: not any(map(runs, pids.values())), 20, "the end of host and agent")


@pytest.fixture
def project(salt_home: Path) -> Path:
    """A project as ``salt init`` makes it."""
    folder = salt_home / "hello"
    subprocess.run([*SALT, "init", str(folder)], check=True, capture_output=True)
    return folder
