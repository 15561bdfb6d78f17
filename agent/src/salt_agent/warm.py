"""Processes kept warm: per version in use, one parent that forks, or singles started ahead."""

from __future__ import annotations

import asyncio
from pathlib import Path

from salt_agent.binaries import Binaries
from salt_agent.deadlines import Deadlines
from salt_agent.environments import Environment, Environments
from salt_agent.parent import CannotFork, Parent, start_parent
from salt_agent.process import Child
from salt_agent.report import Report
from salt_agent.single import Singles
from salt_agent.started import StartFailed
from salt_core.artifacts import Unpacked, clean_environment, command
from salt_core.cancelling import cancel_all

IDLE_S = 600.0
"""A version that nobody asked for in this time lets go of its processes."""
VERSIONS = 8
"""Versions kept warm at the same time; those that work are never ended for it."""
_CROWDED_S = 1.0
_FAILED_S = 10.0
"""A version that does not import is not tried again for this long: each of its tasks fails at once."""
_REFILL_S = 0.002
"""Pause before the next child is forked: the task that has just begun goes first."""


class _Line:
    """One version with one environment."""

    def __init__(self, warm: Warm, unpacked: Unpacked, env: Environment) -> None:
        self._warm = warm
        self._unpacked = unpacked
        self._env = clean_environment(dict(env))
        self._source: Parent | Singles | None = None
        self._starting: asyncio.Task[None] | None = None
        self._failed: tuple[float, StartFailed] | None = None
        self._refill: asyncio.TimerHandle | None = None
        self.used = asyncio.get_running_loop().time()
        self.waiting = 0
        """Attempts that are in ``take`` now."""

    @property
    def busy(self) -> bool:
        return self.waiting > 0 or (self._source is not None and self._source.busy)

    def take_now(self) -> Child | None:
        """A child without waiting for anything, if there is a parent."""
        if not isinstance(self._source, Parent):
            return None
        child = self._source.take()
        if child is not None:
            self._used()
        return child

    async def take(self) -> Child:
        """A child. Raises ``StartFailed``."""
        while True:
            child = self.take_now()
            if child is not None:
                return child
            if isinstance(self._source, Singles):
                child = await self._source.take()
                self._used()
                return child
            if self._source is not None and self._source.alive:
                raise OSError("this agent has as many processes as it can have")
            await self._start()

    async def close(self) -> None:
        if self._refill is not None:
            self._refill.cancel()
        if self._starting is not None:
            await cancel_all([self._starting])
        source, self._source = self._source, None
        if isinstance(source, Parent):
            source.close()
            await source.closed()
        elif source is not None:
            await source.close()

    async def _start(self) -> None:
        loop = asyncio.get_running_loop()
        if self._failed is not None and loop.time() - self._failed[0] < _FAILED_S:
            raise self._failed[1]
        if self._starting is None:
            self._starting = loop.create_task(self._start_source())
        await asyncio.shield(self._starting)

    async def _start_source(self) -> None:
        serve = command(self._unpacked, "serve")
        warm = self._warm
        try:
            if isinstance(self._source, Parent) and not self._source.alive:
                await self._source.closed()
            self._source = await start_parent(serve, self._env, warm.sockets, warm.deadlines)
            self._failed = None
        except CannotFork as reason:
            warm.report.say("spawn", f"{self._unpacked.digest[:12]} is not forked: {reason}")
            self._source = Singles(serve, self._env, warm.sockets, warm.deadlines)
        except StartFailed as failed:
            self._failed = (asyncio.get_running_loop().time(), failed)
            warm.report.say("start-failed", f"{self._unpacked.digest[:12]}: {failed}")
            raise
        finally:
            self._starting = None

    def _used(self) -> None:
        loop = asyncio.get_running_loop()
        self.used = loop.time()
        if self._refill is None:
            self._refill = loop.call_later(_REFILL_S, self._fill)

    def _fill(self) -> None:
        self._refill = None
        if self._source is not None:
            self._source.keep_ahead(self._warm.ahead)


class Warm:
    """All versions in use. ``take`` is the whole of its use."""

    def __init__(
        self,
        binaries: Binaries,
        environments: Environments,
        sockets: Path,
        deadlines: Deadlines,
        report: Report,
        *,
        ahead: int,
    ) -> None:
        """
        Args:
            ahead: Children of each version that wait for a task.
        """
        self.sockets = sockets
        self.deadlines = deadlines
        self.report = report
        self.ahead = max(1, ahead)
        self._binaries = binaries
        self._environments = environments
        self._lines: dict[tuple[str, Environment], _Line] = {}
        self._closing: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None

    async def take(self, workflow: str, version: str) -> Child:
        """A fresh process that waits for a task of this version.

        Raises:
            StartFailed: The artifact does not import.
            SaltError, OSError: The artifact cannot be had.
        """
        unpacked = await self._binaries.get(workflow, version)
        env = await self._environments.get(workflow)
        key = (unpacked.digest, env)
        line = self._lines.get(key)
        new = line is None
        if line is None:
            line = self._lines[key] = _Line(self, unpacked, env)
        line.waiting += 1
        try:
            if new:
                self._trim()
            return await line.take()
        finally:
            line.waiting -= 1

    async def close(self) -> None:
        """End every process."""
        if self._timer is not None:
            self._timer.cancel()
        for key in list(self._lines):
            self._drop(key)
        await asyncio.gather(*self._closing, return_exceptions=True)

    def _trim(self) -> None:
        """End what is idle for long, and the longest idle ones when there are too many."""
        loop = asyncio.get_running_loop()
        idle = sorted((line.used, key) for key, line in self._lines.items() if not line.busy)
        for used, key in idle:
            if len(self._lines) > VERSIONS or loop.time() - used >= IDLE_S:
                self._drop(key)
        if self._timer is not None:
            self._timer.cancel()
        # Too many, and all at work: one of them will be idle soon.
        wait_s = _CROWDED_S if len(self._lines) > VERSIONS else IDLE_S / 4
        self._timer = loop.call_later(wait_s, self._trim) if self._lines else None

    def _drop(self, key: tuple[str, Environment]) -> None:
        task = asyncio.get_running_loop().create_task(self._lines.pop(key).close())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)
