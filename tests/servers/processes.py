"""Child processes of a test session, and waiting for them."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path


def spawn(words: Sequence[str], log: Path) -> subprocess.Popen[bytes]:
    """Start a server that ends with the test session, also when that is killed (on Linux)."""
    guard = shutil.which("setpriv")
    prefix = [guard, "--pdeathsig", "KILL"] if guard else []
    with log.open("ab") as out:
        return subprocess.Popen(
            [*prefix, *words],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def end(process: subprocess.Popen[bytes], wait_s: float = 10) -> None:
    """Terminate, then kill; returns when it is gone."""
    process.terminate()
    try:
        process.wait(wait_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def wait_until(check: Callable[[], object], wait_s: float, what: str) -> None:
    """Until ``check`` is true.

    Raises:
        TimeoutError: It was not within ``wait_s`` seconds; names ``what``.
    """
    deadline = time.monotonic() + wait_s
    while not check():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} is not there after {wait_s:g} s")
        time.sleep(0.01)


def free_ports(count: int) -> list[int]:
    """Loopback TCP ports that nobody listens on now, and that clients are not given."""
    found: list[int] = []
    # Below the range from which the kernel takes ports for outgoing connections, and elsewhere
    # than another test session that starts now.
    for port in range(12000 + os.getpid() % 1000 * 18, 32000):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                continue
            try:
                probe.close()
                with socket.socket() as claim:
                    claim.bind(("127.0.0.1", port))
            except OSError:
                continue
        found.append(port)
        if len(found) == count:
            return found
    raise RuntimeError("no free port on loopback")
