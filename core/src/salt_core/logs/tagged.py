"""Records of many logs in one stream: each begins with the number of the log that it came from.

A tagged record is ``<source, 6 hex digits> <unix ms, 13 digits> <o|e> <text>`` without a newline:
its head has a fixed length, so that millions can be ordered, cut and searched without a Python
object for each of their parts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from operator import itemgetter, le

from salt_core.model.log import Line

HEAD = 23
"""Bytes before the text."""

time_of = itemgetter(slice(7, 20))
"""The moment of a tagged record, as digits that compare as numbers do."""

_USUAL = re.compile(rb"\d{13} [oe] ")
_EARLIEST, _LATEST = 0, 10**13 - 1


def tag(source: int, records: Sequence[bytes], after: bytes) -> list[bytes]:
    """Tagged records of one log, in its order, none earlier than ``after`` (13 digits).

    A clock that was set back does not reorder a log: its lines take the moment before them.
    """
    head = b"%06x " % source
    if not all(map(_USUAL.match, records)):
        records = [_usual(record) for record in records if record]
    tagged = [head + record for record in records]
    times = [time_of(record) for record in tagged]
    if not times:
        return []
    if times[0] < after or not all(map(le, times, times[1:])):
        for number, record in enumerate(tagged):
            after = max(after, times[number])
            tagged[number] = record[:7] + after + record[20:]
    return tagged


def _usual(record: bytes) -> bytes:
    """A record whose moment is not of our days."""
    at, stream, text = record.split(b" ", 2)
    return b"%013d %s %s" % (max(_EARLIEST, min(int(at), _LATEST)), stream, text)


def untag(tagged: bytes) -> tuple[int, Line]:
    """The number of its log, and the line."""
    return int(tagged[:6], 16), Line.decode(tagged[7:])
