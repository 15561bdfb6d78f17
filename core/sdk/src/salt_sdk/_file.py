"""``File``: a file as a value, which travels without ever being in memory."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

from salt_sdk._data import Data


class File(os.PathLike[str]):
    """A file that a task makes, gives on or takes; its bytes are streamed.

    ``File("out.csv")`` in a task: its content is kept when the task returns it. Who takes it gets
    the content from wherever it is when it first asks for it, and must not write to it.

    Attributes:
        name: The name that it was made with, without its folder.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path: Path | None = Path(os.path.abspath(path))
        self._data: Data | None = None
        self.name = self._path.name

    @classmethod
    def _of(cls, data: Data) -> File:
        made = cls.__new__(cls)
        made._path = None
        made._data = data
        made.name = str(data.more.get("name", ""))
        return made

    def __repr__(self) -> str:
        return f"File({str(self._path or self.name)!r})"

    def __fspath__(self) -> str:
        return str(self.path)

    @property
    def path(self) -> Path:
        """Where the content is on this machine; its name there may be another than ``name``.

        Raises:
            DataUnavailable: The content cannot be had.
        """
        if self._path is None:
            assert self._data is not None
            self._path = Path(self._data.path())
        return self._path

    @property
    def size(self) -> int:
        """In bytes."""
        return self._data.size if self._data is not None else self.path.stat().st_size

    def open(self) -> BinaryIO:
        """The content, to read it in pieces."""
        if self._path is None and self._data is not None:
            return self._data.open()
        return open(self.path, "rb")

    def read_bytes(self) -> bytes:
        """All of the content."""
        with self.open() as file:
            return file.read()
