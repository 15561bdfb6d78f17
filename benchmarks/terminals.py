"""Programs on pseudo-terminals: when they show a text, what they write, what they cost."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress

COLUMNS, LINES = 140, 40


class Terminal:
    """A program on a pseudo-terminal of 140 by 40."""

    def __init__(self, words: Sequence[str], environment: Mapping[str, str]) -> None:
        self.began = time.perf_counter()
        self.pid, self._fd = pty.fork()
        if self.pid == 0:  # the child
            env = {**environment, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
            for name in ("COLUMNS", "LINES", "NO_COLOR", "SSH_CONNECTION"):
                env.pop(name, None)
            os.execvpe(words[0], list(words), env)
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))

    def read(self, seconds: float, until: str = "") -> bytes:
        """What it writes in ``seconds``, or until it has written ``until``."""
        got, end = b"", time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            if select.select([self._fd], [], [], left)[0]:
                try:
                    got += os.read(self._fd, 65_536)
                except OSError:
                    break
                if until and until.encode() in got:
                    break
        return got

    def ms_until(self, text: str, within_s: float = 60) -> float:
        """Milliseconds from its start until it has written ``text``."""
        if text.encode() not in self.read(within_s, text):
            raise RuntimeError(f"{text!r} was not written")
        return (time.perf_counter() - self.began) * 1000

    def press(self, keys: str) -> None:
        os.write(self._fd, keys.encode())

    def key_ms(self, keys: str, within_s: float = 5) -> float:
        """Milliseconds from a key until something is written."""
        self.read(0.05)
        began = time.perf_counter()
        self.press(keys)
        if not select.select([self._fd], [], [], within_s)[0]:
            raise RuntimeError(f"{keys!r} changed nothing")
        return (time.perf_counter() - began) * 1000

    def cpu_s(self) -> float:
        with open(f"/proc/{self.pid}/stat") as stat:
            fields = stat.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident_mb(self) -> float:
        with open(f"/proc/{self.pid}/status") as status:
            found = next(line for line in status if line.startswith("VmRSS"))
        return int(found.split()[1]) / 1024

    def end(self) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self._fd)
