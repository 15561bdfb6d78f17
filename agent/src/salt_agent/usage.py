"""What the agent's own process takes of its machine, for its heartbeats."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

_STATM = Path("/proc/self/statm")


class Usage:
    """CPU since the time before; asked by one thread."""

    def __init__(self) -> None:
        self._at, self._took = time.monotonic(), time.process_time()

    def cpu(self) -> float:
        """Share of one core that this process took since it was asked last."""
        now, took = time.monotonic(), time.process_time()
        passed, used = now - self._at, took - self._took
        self._at, self._took = now, took
        return round(used / passed, 4) if passed > 0 else 0.0


def memory() -> int:
    """Bytes of this process that are in memory; 0 where nobody can tell."""
    if sys.platform != "linux":
        return 0
    try:
        pages = int(_STATM.read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def load() -> float:
    """Processes of this machine that run or want to, over the last minute."""
    try:
        return round(os.getloadavg()[0], 2)
    except OSError:
        return 0.0
