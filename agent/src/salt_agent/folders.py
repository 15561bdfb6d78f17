"""Fresh folders for each attempt: its working folder, and one for data files.

A folder that a task left empty and as it was is as good as a new one, and is given out again:
making and removing one waits for the disk, up to milliseconds each while others sync theirs.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import stat
from collections import deque
from dataclasses import dataclass
from pathlib import Path

_MODE = 0o700


@dataclass(frozen=True, slots=True)
class Place:
    """What an attempt has on this machine.

    Attributes:
        cwd: Its working folder, its HOME and its TMPDIR.
        files: Where its data files are (``datafiles``).
    """

    cwd: str
    files: str


class Folders:
    """Makes and removes the attempts' folders below ``root``."""

    def __init__(self, root: Path) -> None:
        root.mkdir(mode=_MODE, exist_ok=True)
        self._root = str(root)
        self._count = 0
        self._empty: deque[str] = deque()
        self._removing: set[asyncio.Task[None]] = set()

    def place(self) -> Place:
        """Both folders of an attempt."""
        return Place(self.make(), self.make())

    def leave(self, place: Place) -> None:
        """``take_back`` for both."""
        self.take_back(place.cwd)
        self.take_back(place.files)

    def make(self) -> str:
        """An empty folder that only this user may enter."""
        if self._empty:
            return self._empty.popleft()
        self._count += 1
        path = f"{self._root}/{self._count}"
        os.mkdir(path, _MODE)
        return path

    def take_back(self, path: str) -> None:
        """Nobody is in it any more: clear it, without making anyone wait."""
        if _untouched(path):
            self._empty.append(path)
            return
        job = asyncio.to_thread(shutil.rmtree, path, ignore_errors=True)
        task = asyncio.get_running_loop().create_task(job)
        self._removing.add(task)
        task.add_done_callback(self._removing.discard)

    async def settled(self) -> None:
        """Until what is being removed is gone."""
        await asyncio.gather(*self._removing, return_exceptions=True)


def _untouched(path: str) -> bool:
    try:
        found = os.lstat(path)
        mode = stat.S_ISDIR(found.st_mode) and stat.S_IMODE(found.st_mode) == _MODE
        return mode and not os.listdir(path)
    except OSError:
        return False
