"""The scheduler host: one process that fires schedules, rescues lost tasks, prunes and watches.

It runs beside the console, never on its event loop, and needs no terminal: a lost SSH connection
(SIGHUP) leaves it. SIGTERM and SIGINT stop it cleanly, and another host leads at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from salt_core import ids
from salt_core.config import Config
from salt_core.scheduler.changes import Changes
from salt_core.scheduler.leader import TTL_S, Leader
from salt_core.scheduler.pruner import KEEP_S, Pruner
from salt_core.scheduler.rescuer import Rescuer
from salt_core.scheduler.service import Service
from salt_core.scheduler.ticker import Ticker
from salt_core.store import Store
from salt_core.store.redis import open_store
from salt_tui.host_revival import Revival
from salt_tui.watching import Tell, Watcher

log = logging.getLogger("salt.host")


class Host:
    """All services of one host, wired; they start and stop together."""

    def __init__(
        self,
        config: Config,
        store: Store,
        paths: Sequence[Path] = (),
        *,
        tell: Tell | None = None,
        keep_s: float = KEEP_S,
        ttl_s: float = TTL_S,
    ) -> None:
        """
        Args:
            paths: Folders to watch; none: it only schedules.
            tell: Is told of every build.
            keep_s: How long finished runs are kept.
            ttl_s: Length of the leader's lease.
        """
        self.leader = Leader(store, ids.new_agent_id(), ttl_s=ttl_s)
        leads = self.leader.leads
        self.ticker = Ticker(store, leads)
        self.rescuer = Rescuer(store, config.lease_s, leads, lambda: self.leader.outage)
        self.pruner = Pruner(store, leads, keep_s=keep_s)
        for loop in (self.ticker, self.rescuer, self.pruner):
            self.leader.on_gain(loop.wake)
        self._services: list[Service] = [
            Changes(store, self._heard),
            self.ticker,
            self.rescuer,
            self.pruner,
        ]
        if config.embedded:
            self._services.append(Revival(config, self.leader))
        if paths:
            self._services.append(Watcher(config, store, paths, tell))

    def start(self) -> None:
        self.leader.start()
        for service in self._services:
            service.start()

    async def stop(self) -> None:
        """Stop everything; the leader's lease is given back last, when nothing acts on it."""
        await asyncio.gather(*(service.stop() for service in self._services))
        await self.leader.stop()

    def _heard(self, change: Mapping[str, str]) -> None:
        kind, status = change.get("kind"), change.get("status")
        if kind == "run":
            self.ticker.run_ended()
        elif kind == "task":
            self.rescuer.work_began()
        elif kind == "leader":
            if status == "resigned":
                self.leader.wake()
        elif kind != "schedule" or status == "replaced":  # what this host fired is no news to it
            self.ticker.wake()
            if not change:  # something was missed
                self.rescuer.work_began()


async def serve(
    config: Config,
    paths: Sequence[Path] = (),
    *,
    tell: Tell | None = None,
    keep_s: float = KEEP_S,
) -> None:
    """Be a host until SIGTERM or SIGINT.

    Raises:
        Unreachable: The store does not answer, or cannot keep Salt's promises.
    """
    store = await open_store(config, role="host")
    try:
        for warning in store.fitness.warnings if store.fitness else ():
            log.warning("%s %s", warning.message, warning.remedy)
        host = Host(config, store, paths, tell=tell, keep_s=keep_s)
        with stop_signals() as asked:
            host.start()
            log.info("host: %s is up", host.leader.host)
            try:
                await asked.wait()
            finally:
                await host.stop()
                log.info("host: %s has stopped", host.leader.host)
    finally:
        await store.close()


@contextlib.contextmanager
def stop_signals() -> Iterator[asyncio.Event]:
    """An event that SIGTERM and SIGINT set; SIGHUP is ignored meanwhile."""
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked.set)
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        yield asked
    finally:
        signal.signal(signal.SIGHUP, before)
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)


def log_to_stderr() -> None:
    """A host logs to stderr, one line per event, with the time in UTC."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_UtcFormatter("%(asctime)s %(levelname)s %(message)s"))
    root = logging.getLogger("salt")
    root.setLevel(logging.INFO)
    root.handlers = [handler]
    root.propagate = False


class _UtcFormatter(logging.Formatter):
    """ISO 8601 in UTC, as everywhere in Salt."""

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:
        moment = datetime.fromtimestamp(record.created, UTC)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
