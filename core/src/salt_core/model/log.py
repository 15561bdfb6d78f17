"""A task's log: lines, in the bytes that the spool, the stream and the archive share.

A log document is a sequence of records, each ``<unix ms> <o|e> <text>\\n`` in UTF-8: ``o`` for
stdout, ``e`` for stderr. Offsets count the bytes of that document, so the same line has the same
offset in the agent's spool, in Redis and in the archive.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """One line of output; ``at`` is the agent's clock in Unix ms, for people only."""

    at: int
    stream: str
    text: str

    def encode(self) -> bytes:
        """The record's bytes, with its newline."""
        return f"{self.at} {self.stream} {self.text}\n".encode("utf-8", "surrogateescape")

    @classmethod
    def decode(cls, record: bytes) -> Line:
        """Read one record, without or with its newline."""
        at, stream, text = record.rstrip(b"\n").split(b" ", 2)
        return cls(int(at), stream.decode(), text.decode("utf-8", "replace"))


@dataclass(frozen=True, slots=True)
class Chunk:
    """A stretch ``start <= offset < end`` of a log document, cut between records."""

    start: int
    end: int
    data: bytes


@dataclass(frozen=True, slots=True)
class LogState:
    """How far one attempt's log has come.

    Attributes:
        archived: Offset up to which the blob store has it; what is below may have left Redis.
        closed: Whether ``size`` is final.
        archive: Prefix of its chunks in the blob store.
    """

    attempt: int
    size: int
    archived: int
    closed: bool
    archive: str
