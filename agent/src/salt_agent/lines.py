"""From the bytes of a pipe to records of a log document (``salt_core.model.log``).

Each line is stamped when its end was read. A line that is longer than 64 KiB becomes several
records, each but the last with a mark at its end: nothing is lost, and no record is large.
"""

from __future__ import annotations

LONGEST = 64 * 1024
"""Bytes of user output in one record."""
MARK = " …[line goes on]"
LONGEST_RECORD = 4 * LONGEST
"""Bytes that a record may have: a byte that is not UTF-8 becomes three."""


class Splitter:
    """One stream of one attempt; ``stream`` is ``o`` for stdout, ``e`` for stderr."""

    def __init__(self, stream: str) -> None:
        self._stream = stream
        self._rest = bytearray()

    def feed(self, data: bytes, at: int) -> bytes:
        """Records of the lines that ``data`` ends; ``at`` is Unix ms."""
        end = data.rfind(b"\n")
        if end < 0:
            self._rest += data
            return self._long(at) if len(self._rest) > LONGEST else b""
        block = bytes(self._rest) + data[:end] if self._rest else data[:end]
        self._rest = bytearray(data[end + 1 :])
        prefix = f"{at} {self._stream} "
        if len(block) <= LONGEST or max(map(len, block.split(b"\n"))) <= LONGEST:
            # The common case in one go: \n is never a part of another character in UTF-8.
            text = block.decode("utf-8", "replace")
            records = (prefix + text.replace("\n", "\n" + prefix) + "\n").encode()
        else:
            records = b"".join(self._record(line, prefix) for line in block.split(b"\n"))
        return records + self._long(at) if len(self._rest) > LONGEST else records

    def finish(self, at: int) -> bytes:
        """The record of a last line without a newline, if there is one."""
        if not self._rest:
            return b""
        record = self._record(bytes(self._rest), f"{at} {self._stream} ")
        self._rest.clear()
        return record

    def _long(self, at: int) -> bytes:
        """Records of the full pieces of a line that has not ended."""
        prefix = f"{at} {self._stream} "
        records = []
        while len(self._rest) > LONGEST:
            cut = _cut(self._rest)
            records.append(f"{prefix}{self._rest[:cut].decode('utf-8', 'replace')}{MARK}\n")
            del self._rest[:cut]
        return "".join(records).encode()

    def _record(self, line: bytes, prefix: str) -> bytes:
        pieces = []
        while len(line) > LONGEST:
            cut = _cut(line)
            pieces.append(f"{prefix}{line[:cut].decode('utf-8', 'replace')}{MARK}\n")
            line = line[cut:]
        pieces.append(f"{prefix}{line.decode('utf-8', 'replace')}\n")
        return "".join(pieces).encode()


def _cut(line: bytes | bytearray) -> int:
    """At most ``LONGEST``, not inside a character."""
    cut = LONGEST
    while cut > LONGEST - 3 and line[cut] & 0xC0 == 0x80:
        cut -= 1
    return cut if line[cut] & 0xC0 != 0x80 else LONGEST
