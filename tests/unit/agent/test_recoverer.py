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
