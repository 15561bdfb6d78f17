"""Many logs as one: each line once, in time order, without holding more than it must."""

from __future__ import annotations

import random
from typing import ClassVar

import pytest

from salt_core.logs.backlog import SKEW_MS, Read, backlog
from salt_core.logs.tagged import HEAD, tag, time_of, untag
from salt_core.model.log import Line

T0 = 1_768_485_731_000


class FixedLog:
    """A log that gives its records in stretches, and notes when it was first asked."""

    asked: ClassVar[list[int]] = []

    def __init__(self, number: int, started: int, lines: list[Line], stretch: int = 7) -> None:
        self.number = number
        self.started = started
        self._left = [
            b"".join(line.encode() for line in lines[at : at + stretch])
            for at in range(0, len(lines), stretch)
        ]

    async def read_records(self) -> bytes:
        self.asked.append(self.number)
        return self._left.pop(0) if self._left else b""


async def _ask(read: Read) -> bytes:
    return await read()


async def _all(logs: list[FixedLog]) -> list[tuple[int, Line]]:
    return [untag(one) async for stretch in backlog(logs, _ask) for one in stretch]


@pytest.mark.parametrize("seed", range(8))
async def test_each_line_once_and_in_order_of_time(seed: int) -> None:
    chance = random.Random(seed)
    logs, written = [], []
    for number in range(40):
        started = T0 + chance.randrange(0, 60_000)
        times = sorted(started + chance.randrange(-2_000, 30_000) for _ in range(30))
        lines = [Line(at, chance.choice("oe"), f"{number}.{n} \r x") for n, at in enumerate(times)]
        del lines[chance.randrange(0, 31) :]
        logs.append(FixedLog(number, started, lines))
        written += [(number, line) for line in lines]
    told = await _all(logs)
    assert [line.at for _, line in told] == sorted(line.at for _, line in told)
    for number in range(40):
        mine = [line for source, line in told if source == number]
        assert mine == [line for source, line in written if source == number]


async def test_a_log_is_opened_when_its_time_has_come() -> None:
    FixedLog.asked = []
    far = 10 * SKEW_MS
    logs = [
        FixedLog(n, T0 + n * far, [Line(T0 + n * far + i, "o", str(i)) for i in range(20)])
        for n in range(50)
    ]
    stream = backlog(logs, _ask)
    first = await anext(stream)
    assert untag(first[0])[1].text == "0"
    assert set(FixedLog.asked) <= set(range(16))
    await stream.aclose()


async def test_a_clock_that_was_set_back_does_not_reorder_a_log() -> None:
    lines = [Line(T0 + 50, "o", "first"), Line(T0 + 10, "o", "second"), Line(0, "e", "third")]
    other = [Line(T0 + 20, "o", "other")]
    told = await _all([FixedLog(0, T0, lines, stretch=2), FixedLog(1, T0, other)])
    assert [line.text for _, line in told] == ["other", "first", "second", "third"]


def test_the_head_of_a_tagged_record_has_a_fixed_length() -> None:
    odd = [b"12 o early", b"99999999999999999 e late", b"1768485731000 o  blank"]
    for number in (0, 77, 0xFFFFFF):
        for record, line in zip(odd, ("early", "late", " blank"), strict=True):
            (tagged,) = tag(number, [record], b"0" * 13)
            assert tagged[HEAD:].decode() == line
            assert untag(tagged)[0] == number
            assert len(time_of(tagged)) == 13
