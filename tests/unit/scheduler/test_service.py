"""Services start and stop in any order; loops outlive errors."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

import pytest

from salt_core.clock import boot_seconds
from salt_core.errors import Unreachable
from salt_core.scheduler.service import Complaints, Loop, Service


class Counting(Loop[int]):
    name = "counting"

    def __init__(self, pause: float | None = 0.0, gate: Callable[[], bool] | None = None) -> None:
        super().__init__(gate)
        self.passes = 0
        self.errors: list[Exception] = []
        self.pause = pause
        self.reached = asyncio.Condition()

    async def pass_once(self) -> int:
        self.passes += 1
        async with self.reached:
            self.reached.notify_all()
        if self.errors:
            raise self.errors.pop(0)
        return self.passes

    def pause_after(self, did: int) -> float | None:
        return self.pause

    async def until(self, passes: int) -> None:
        async with asyncio.timeout(5), self.reached:
            await self.reached.wait_for(lambda: self.passes >= passes)


async def test_it_passes_until_it_is_stopped() -> None:
    loop = Counting()
    loop.start()
    loop.start()
    await loop.until(3)
    await loop.stop()
    count = loop.passes
    await loop.stop()
    await asyncio.sleep(0)
    assert loop.passes == count


async def test_stopped_before_it_started_it_never_starts() -> None:
    loop = Counting()
    await loop.stop()
    loop.start()
    await asyncio.sleep(0)
    assert loop.passes == 0


async def test_stopping_wakes_it() -> None:
    loop = Counting(pause=None)
    loop.start()
    await loop.until(1)
    async with asyncio.timeout(1):
        await loop.stop()


async def test_a_pass_that_hangs_is_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    class Hanging(Counting):
        async def pass_once(self) -> int:
            await super().pass_once()
            await asyncio.Event().wait()
            return 0

        def _grace_s(self) -> float:
            return 0.01

    loop = Hanging()
    loop.start()
    await loop.until(1)
    async with asyncio.timeout(1):
        await loop.stop()


async def test_a_wake_ends_the_wait_also_when_it_comes_during_the_pass() -> None:
    class Woken(Counting):
        async def pass_once(self) -> int:
            if self.passes == 1:
                self.wake()
            return await super().pass_once()

    loop = Woken(pause=None)
    loop.start()
    await loop.until(1)
    loop.wake()
    await loop.until(3)
    await loop.stop()


async def test_a_closed_gate_lets_no_pass_through() -> None:
    is_open = False
    loop = Counting(gate=lambda: is_open)
    loop.start()
    for _ in range(5):
        await asyncio.sleep(0)
        loop.wake()
    assert loop.passes == 0
    is_open = True
    loop.wake()
    await loop.until(1)
    await loop.stop()


async def test_it_outlives_errors_and_says_so_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "salt.host")
    loop = Counting()
    loop.errors = [Unreachable("Redis does not answer."), Unreachable("Redis does not answer.")]
    loop.start()
    await loop.until(4)
    await loop.stop()
    told = [record.getMessage() for record in caplog.records]
    assert told[0] == "counting: Redis does not answer."
    assert told[1].startswith("counting: works again after")
    assert len(told) == 2
    assert caplog.records[0].exc_info is None


async def test_a_service_that_ends_by_a_fault_says_so_and_stops(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Broken(Service):
        name = "broken"

        async def _run(self) -> None:
            raise KeyError("k")

    service = Broken()
    service.start()
    await service.stop()
    assert caplog.records[0].getMessage() == "broken: ended by a fault"


def test_what_nobody_foresaw_is_told_with_its_traceback(caplog: pytest.LogCaptureFixture) -> None:
    complaints = Complaints("x", every_s=0.0)
    try:
        raise KeyError("k")
    except KeyError as error:
        complaints.error(error)
    complaints.error(TimeoutError())
    assert caplog.records[0].exc_info is not None
    assert caplog.records[1].getMessage() == "x: TimeoutError (2 times)"


async def test_waits_after_errors_grow_and_have_a_ceiling() -> None:
    loop = Counting()
    loop.errors = [OSError("no")] * 3
    start = boot_seconds()
    loop.start()
    await loop.until(4)
    await loop.stop()
    # 0.1 + 0.2 + 0.4 s, each half more or less
    assert 0.3 < boot_seconds() - start < 3
