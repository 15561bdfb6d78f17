"""An attempt's log on this machine's disk: written first, and the truth until all is archived.

One file per attempt, made with its first line: an attempt that prints nothing costs nothing. The
file's name is the attempt's token, so that what a dead agent left can be archived by the next.
"""

from __future__ import annotations

import os
from pathlib import Path

from salt_agent.lines import LONGEST_RECORD
from salt_core.model.lease import Token

CAP = 1 << 30
"""Bytes that may wait on disk for the archive; then the task's pipe is not read any further."""


class Spool:
    """The log document of one attempt, append-only."""

    def __init__(self, folder: Path, token: Token) -> None:
        self.path = folder / file_name(token)
        self.size = 0
        self.shipped = 0
        """Offset up to which Redis has it."""
        self.archived = 0
        """Offset up to which the blob store has it."""
        self._descriptor = -1

    @classmethod
    def reopen(cls, folder: Path, token: Token) -> Spool:
        """What a dead agent wrote. A record that it did not finish is cut off."""
        spool = cls(folder, token)
        spool._descriptor = os.open(spool.path, os.O_RDWR | os.O_CLOEXEC)
        end = os.fstat(spool._descriptor).st_size
        spool.size = end
        start = max(0, end - LONGEST_RECORD)
        tail = os.pread(spool._descriptor, end - start, start)
        spool.size = start + tail.rfind(b"\n") + 1
        return spool

    @property
    def full(self) -> bool:
        return self.size - self.archived >= CAP

    def append(self, records: bytes) -> None:
        """Add whole records. Raises ``OSError`` when the disk is full."""
        if self._descriptor < 0:
            flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
            self._descriptor = os.open(self.path, flags, 0o600)
        view = memoryview(records)
        while view:
            written = os.pwrite(self._descriptor, view, self.size)
            self.size += written
            view = view[written:]

    def read(self, start: int, length: int) -> bytes:
        """Up to ``length`` bytes from ``start`` on, cut behind the last whole record."""
        data = os.pread(self._descriptor, min(length, self.size - start), start)
        return data[: data.rfind(b"\n") + 1]

    def close(self) -> None:
        """Let go of the file; it stays."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def remove(self) -> None:
        """Close and delete: the blob store has all of it."""
        if self._descriptor >= 0:
            self.close()
            self.path.unlink(missing_ok=True)


def file_name(token: Token) -> str:
    """The spool file's name; ``~`` is in no id."""
    return f"{token.run}~{token.task}~{token.attempt}~{token.nonce}"


def read_file_name(name: str) -> Token | None:
    """The opposite of ``file_name``; ``None`` for any other file."""
    parts = name.split("~")
    if len(parts) != 4 or not parts[2].isdigit():
        return None
    return Token(parts[0], parts[1], int(parts[2]), parts[3])


def archive_prefix(token: Token) -> str:
    """Where the chunks of an attempt's log are in the blob store; ends with ``/``.

    It holds a part of the nonce: an agent that is late writes beside the others' logs, never over.
    """
    return f"logs/{token.run}/{token.task}/{token.attempt}-{token.nonce[:8]}/"


def chunk_key(prefix: str, start: int, end: int) -> str:
    """The key of the chunk with the bytes ``start`` to ``end`` of the document."""
    return f"{prefix}{start:016d}-{end:016d}"
