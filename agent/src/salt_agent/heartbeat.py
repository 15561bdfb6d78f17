"""Renewals, on a thread of their own: nothing that the main loop does can delay them.

Every quarter of a lease one call renews all that the agent holds, and waits at most as long for
its answer. The main loop hears what was lost; deadlines move here (``leases``).
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Sequence

from salt_agent.leases import Leases
from salt_agent.report import Report
from salt_core.clock import boot_seconds
from salt_core.errors import SaltError
from salt_core.model.agent import AgentInfo
from salt_core.model.lease import Token
from salt_core.store import Renewal, Store

Heard = Callable[[Renewal, Sequence[Token]], None]
"""What the main loop does with an answer, and with the attempts that it says are lost."""


class Heartbeat:
    """Start it from the main loop; ``heard`` is called there."""

    def __init__(
        self,
        open_store: Callable[[], Awaitable[Store]],
        leases: Leases,
        describe: Callable[[], AgentInfo],
        lease_ms: int,
        heard: Heard,
        report: Report,
    ) -> None:
        self._open_store = open_store
        self._leases = leases
        self._describe = describe
        self._lease_ms = lease_ms
        self._period_s = lease_ms / 4000
        self._heard = heard
        self._report = report
        self._main = asyncio.get_running_loop()
        self._loop = asyncio.new_event_loop()
        self._wake = asyncio.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def now(self) -> None:
        """Renew without waiting for the turn."""
        self._loop.call_soon_threadsafe(self._wake.set)

    async def stop(self) -> None:
        """Until the thread is gone."""
        if self._thread.is_alive():
            self._stopping = True
            self.now()
            await asyncio.to_thread(self._thread.join)

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._beat())
        finally:
            self._loop.close()

    async def _beat(self) -> None:
        store: Store | None = None
        try:
            while not self._stopping:
                began = boot_seconds()
                try:
                    if store is None:
                        store = await self._open_store()
                    await self._renew(store)
                    wait_s = self._period_s - (boot_seconds() - began)
                except (SaltError, TimeoutError):
                    # The supervisors keep the deadlines. Try again well before the next turn.
                    wait_s = min(self._period_s / 4, 1.0)
                except Exception as error:  # noqa: BLE001 - without heartbeats all work is lost
                    self._report.say_seldom("bug", f"a heartbeat broke: {error!r}")
                    wait_s = min(self._period_s / 4, 1.0)
                await self._sleep(wait_s)
        finally:
            if store is not None:
                await store.close()

    async def _renew(self, store: Store) -> None:
        asked = self._leases.tokens()
        sent = boot_seconds()
        async with asyncio.timeout(self._period_s):
            renewal = await store.renew(self._describe(), asked, self._lease_ms)
        lost = self._leases.confirm(asked, renewal.lost, sent)
        self._main.call_soon_threadsafe(self._heard, renewal, lost)

    async def _sleep(self, seconds: float) -> None:
        self._wake.clear()
        if seconds > 0 and not self._stopping:
            try:
                async with asyncio.timeout(seconds):
                    await self._wake.wait()
            except TimeoutError:
                pass
