"""The bytes that reach the terminal: nothing that a task wrote steers it, and little while idle."""

from __future__ import annotations

import asyncio
import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from tests.integration.console.conftest import SALT

from salt_core.config import Config
from salt_core.model.lease import Token
from salt_core.model.log import Chunk, Line
from salt_core.model.run import NewRun
from salt_core.store import Wants
from salt_core.store.redis import open_store

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]

EVIL = (
    "\x1b]0;owned\x07\x1b]52;c;b3duZWQ=\x07\x1bP+q544e\x1b\\\x1b[5n\x1b[6n\x1b[2J\x1b[?1049l"
    "\x9b31m\x1b]8;;http://evil\x07link\x1b]8;;\x07 \u202ereversed [@click=app.quit]press[/]"
)
FORBIDDEN = [
    b"owned",
    b"b3duZWQ",
    b"q544e",
    b"\x1b[5n",
    b"\x1b[6n",
    b"http://evil",
    "\u202e".encode(),
]


class Pty:
    """A program on a pseudo-terminal, and every byte that it wrote."""

    def __init__(self, words: list[str]) -> None:
        self.pid, self._fd = pty.fork()
        if self.pid == 0:  # pragma: no cover - the child
            os.execvpe(words[0], words, {**os.environ, "TERM": "xterm-256color"})
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", 35, 120, 0, 0))
        self.written = b""

    def read(self, seconds: float) -> bytes:
        """What it writes in the next ``seconds``."""
        got, end = b"", time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if select.select([self._fd], [], [], left)[0]:
                try:
                    got += os.read(self._fd, 65_536)
                except OSError:
                    break
        self.written += got
        return got

    def wait_for(self, text: str, within_s: float = 30) -> None:
        begun, end = len(self.written), time.monotonic() + within_s
        while text.encode() not in self.written[begun:]:
            assert time.monotonic() < end, f"{text} was not written"
            self.read(0.05)

    def press(self, keys: str) -> None:
        os.write(self._fd, keys.encode())

    def cpu_s(self) -> float:
        with open(f"/proc/{self.pid}/stat") as stat:
            fields = stat.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def end(self) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self._fd)


@pytest.fixture
def ui(salt_home: object) -> Iterator[Callable[[], Pty]]:
    started: list[Pty] = []

    def start() -> Pty:
        started.append(Pty([*SALT, "ui"]))
        return started[-1]

    yield start
    for each in started:
        each.end()


async def _run_with_a_hostile_log(config: Config) -> Token:
    """A run of a workflow nobody knows, whose function has written what it should not."""
    store = await open_store(config)
    try:
        await store.create_run(NewRun("01hostile0000000", "evil", "0" * 12, "{}"))
        wants = Wants("tester", "request-1", ("default",), 0, 1, 600_000)
        token = (await store.claim(wants))[0].token
        lines = [Line(1, "o", EVIL), Line(2, "e", "harmless marker"), Line(3, "o", f"\r{EVIL}")]
        data = b"".join(line.encode() for line in lines)
        await store.append_log(token, [Chunk(0, len(data), data)])
        return token
    finally:
        await store.close()


def test_what_a_task_wrote_does_not_steer_the_terminal(
    config: Config, ui: Callable[[], Pty]
) -> None:
    asyncio.run(_run_with_a_hostile_log(config))
    console = ui()
    console.wait_for("Workflows")
    console.press("2")
    console.wait_for("01hostile0000000")
    console.press("\r")
    console.wait_for("harmless marker")
    console.press("z")
    console.read(1)
    for found in FORBIDDEN:
        assert found not in console.written, found
    # One alternate screen was entered, and not left: it is still the console's.
    assert len(re.findall(rb"\x1b\[\?1049l", console.written)) == 0


def test_an_idle_console_is_quiet(config: Config, ui: Callable[[], Pty]) -> None:
    console = ui()
    console.wait_for("1 agent")
    console.read(2)
    before = console.cpu_s()
    written = console.read(10)
    busy = (console.cpu_s() - before) / 10
    assert len(written) < 2_000, "more than 200 bytes a second"
    assert busy < 0.05
