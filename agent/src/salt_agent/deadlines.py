"""The file of deadlines that agent and supervisors share: one native double per child.

The agent writes, a supervisor reads (WIRE.md, "The supervisor"). A deadline is a moment of
CLOCK_BOOTTIME in seconds; 0 means none. Writing one is a single aligned store of eight bytes, so a
reader sees the old one or the new one.
"""

from __future__ import annotations

import mmap
import os
from pathlib import Path

CELLS = 4096
"""Children that can exist at once, spare ones included."""
_LONG_AGO = 0.001


class Deadlines:
    """The file, and which of its cells are in use. Taking and freeing is the main thread's."""

    def __init__(self, path: Path, cells: int = CELLS) -> None:
        self.path = path
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            os.ftruncate(descriptor, cells * 8)
            self._map = mmap.mmap(descriptor, cells * 8)
        finally:
            os.close(descriptor)
        self._view = memoryview(self._map).cast("d")
        self._free = list(range(cells - 1, -1, -1))

    def take(self) -> int | None:
        """A free cell, set to none; ``None`` when all are in use."""
        if not self._free:
            return None
        cell = self._free.pop()
        self._view[cell] = 0.0
        return cell

    def free(self, cell: int) -> None:
        """Give a cell back once its child is gone."""
        self._view[cell] = 0.0
        self._free.append(cell)

    def set(self, cell: int, moment: float) -> None:
        """The child of ``cell`` may live until ``moment`` (seconds of CLOCK_BOOTTIME)."""
        self._view[cell] = moment

    def expire(self, cell: int) -> None:
        """Its time is over: a supervisor that looks now kills at once."""
        self._view[cell] = _LONG_AGO

    def get(self, cell: int) -> float:
        return self._view[cell]

    def close(self) -> None:
        """Unmap and remove the file."""
        self._view.release()
        self._map.close()
        self.path.unlink(missing_ok=True)
