"""A fresh folder for each attempt: its working folder, its HOME and its TMPDIR."""

from __future__ import annotations

import asyncio
import os
import shutil
from pathlib import Path


class Folders:
    """Makes and removes the attempts' folders below ``root``."""

    def __init__(self, root: Path) -> None:
        root.mkdir(mode=0o700, exist_ok=True)
        self._root = str(root)
        self._count = 0
        self._removing: set[asyncio.Task[None]] = set()

    def make(self) -> str:
        """A new, empty folder that only this user may enter."""
        self._count += 1
        path = f"{self._root}/{self._count}"
        os.mkdir(path, 0o700)
        return path

    def remove(self, path: str) -> None:
        """Remove it with all that a task left in it, without making anyone wait."""
        try:
            os.rmdir(path)
        except OSError:
            job = asyncio.to_thread(shutil.rmtree, path, ignore_errors=True)
            task = asyncio.get_running_loop().create_task(job)
            self._removing.add(task)
            task.add_done_callback(self._removing.discard)

    async def settled(self) -> None:
        """Until what is being removed is gone."""
        await asyncio.gather(*self._removing, return_exceptions=True)
