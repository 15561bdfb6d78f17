"""What the logs of a run hold now, as one in time order, however many and long they are.

Only logs that overlap in time are open together, and of each only a stretch: a log is opened when
the order has come to its attempt's beginning, and what is told is what no open log can precede.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from salt_core.logs.tagged import tag, time_of

READERS = 16
"""How many logs are asked at once."""
SKEW_MS = 5_000
"""How much the clocks of agents may differ: a log may begin that long before its attempt."""
_TOGETHER = 20_000
"""Lines that are put in order at once; more would hold up whoever else runs on this loop."""
_LEAST = 50

Read = Callable[[], Awaitable[bytes]]
Ask = Callable[[Read], Awaitable[bytes]]


class Log(Protocol):
    """One log of many."""

    @property
    def number(self) -> int: ...

    @property
    def started(self) -> int: ...

    async def read_records(self) -> bytes: ...


@dataclass(slots=True)
class _Open:
    """A log that is being read: tagged records in ``lines``, others still raw in ``rest``."""

    log: Log
    lines: list[bytes] = field(default_factory=list[bytes])
    rest: bytes = b""
    last: bytes = b"0" * 13
    over: bool = False

    async def fill(self, ask: Ask, most: int) -> None:
        """Have at least a line, unless there is none."""
        if not self.rest:
            self.rest = await ask(self.log.read_records)
            self.over = not self.rest
        *records, self.rest = self.rest.split(b"\n", most)
        self.lines = tag(self.log.number, records, self.last)
        if self.lines:
            self.last = time_of(self.lines[-1])


async def backlog(logs: Sequence[Log], ask: Ask) -> AsyncGenerator[list[bytes], None]:
    """Tagged records by time, in stretches; each log's own in its order.

    Args:
        ask: Asks for a log's next records; may try again.
    """
    later = sorted(logs, key=lambda log: (log.started, log.number), reverse=True)
    opened: list[_Open] = []
    while opened or later:
        bound = min((one.last for one in opened), default=b"9" * 13)
        while later and (not opened or b"%013d" % max(0, later[-1].started - SKEW_MS) <= bound):
            opened.append(_Open(later.pop()))
            if len(opened) % READERS == 0:
                break  # their first lines may bound what is opened next
        empty = [one for one in opened if not one.lines]
        most = max(_LEAST, _TOGETHER // len(opened))
        for first in range(0, len(empty), READERS):
            some = empty[first : first + READERS]
            await asyncio.gather(*(one.fill(ask, most) for one in some))
        opened = [one for one in opened if not one.over]
        if opened:
            stretch = _take(opened, later)
            if stretch:
                yield stretch
                await asyncio.sleep(0)


def _take(opened: Sequence[_Open], later: Sequence[Log]) -> list[bytes]:
    """All lines up to the moment that every open log has come to."""
    bound = min(one.last for one in opened)
    if later:
        bound = min(bound, b"%013d" % max(0, later[-1].started - SKEW_MS))
    stretch: list[bytes] = []
    for one in sorted(opened, key=lambda each: each.log.number):
        count = bisect_right(one.lines, bound, key=time_of)
        stretch += one.lines[:count]
        del one.lines[:count]
    return stretch if len(opened) == 1 else sorted(stretch, key=time_of)
