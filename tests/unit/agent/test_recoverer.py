"""When an agent recovers what others lost."""

from __future__ import annotations

import asyncio

from salt_agent.patience import Patience
from salt_agent.recoverer import Recoverer
from salt_agent.report import Report
from salt_core.config import Config
from salt_core.store import Recovery


class Passes:
    """A store that only counts the passes of recovery."""

    def __init__(self) -> None:
        self.first = asyncio.Event()

    async def recover(self, limit: int = 500) -> Recovery:
        self.first.set()
        return Recovery((), (), 0, None)


async def test_a_lease_that_a_leader_lets_lie_is_recovered_though_heartbeats_go_on(
    config: Config,
) -> None:
    """Heartbeats that come more often than the leader's grace must not put recovery off for ever."""
    passes = Passes()
    report = Report(json_lines=False)
    recoverer = Recoverer(passes, Patience(config, report), report, 2.0)  # type: ignore[arg-type]
    running = asyncio.create_task(recoverer.run())
    async with asyncio.timeout(5):
        while not passes.first.is_set():
            recoverer.heartbeat(0, leader=True, holding=True)
            await asyncio.sleep(0.1)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


class Timers:
    """A store with one timer after the other; remembers when it was asked."""

    def __init__(self, *waits_ms: int | None) -> None:
        self.waits = list(waits_ms)
        self.asked: list[float] = []

    async def recover(self, limit: int = 500) -> Recovery:
        self.asked.append(asyncio.get_running_loop().time())
        return Recovery((), (), 0, self.waits.pop(0) if self.waits else None)


async def test_a_timer_that_we_made_ends_punctually_and_those_behind_it_too(config: Config) -> None:
    timers = Timers(150, None)
    report = Report(json_lines=False)
    recoverer = Recoverer(timers, Patience(config, report), report, 30.0)  # type: ignore[arg-type]
    running = asyncio.create_task(recoverer.run())
    recoverer.heartbeat(None, leader=False, holding=False)
    began = asyncio.get_running_loop().time()
    recoverer.timer_made(60.0)
    recoverer.timer_made(0.2)
    async with asyncio.timeout(5):
        while len(timers.asked) < 2:
            await asyncio.sleep(0.01)
    first, second = (moment - began for moment in timers.asked)
    assert 0.2 <= first < 0.28
    assert 0.35 <= second < 0.43
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_where_a_host_leads_timers_are_its_own(config: Config) -> None:
    timers = Timers()
    report = Report(json_lines=False)
    recoverer = Recoverer(timers, Patience(config, report), report, 30.0)  # type: ignore[arg-type]
    running = asyncio.create_task(recoverer.run())
    recoverer.heartbeat(None, leader=True, holding=False)
    recoverer.timer_made(0.05)
    await asyncio.sleep(0.2)
    assert timers.asked == []
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
