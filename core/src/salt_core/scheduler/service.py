"""What every part of a host is: a service that starts and stops, most often a loop.

A loop calls ``pass_once``, which does one pass and returns what it did; ``pause_after`` says from
that how long to wait, and ``tell`` what is worth a line. Anything may ``wake`` it earlier. An error
ends a pass and never the loop: it is told once per while, and the waits after it grow.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Generic, TypeVar

from salt_core.cancelling import cancel_all
from salt_core.clock import boot_seconds
from salt_core.errors import SaltError

log = logging.getLogger("salt.host")

Did = TypeVar("Did")

_TOLD_EVERY_S = 30.0
_FIRST_ERROR_WAIT_S = 0.1
_LONGEST_ERROR_WAIT_S = 2.0
_STOP_GRACE_S = 2.0


class Service(ABC):
    """Something that runs from ``start`` to ``stop``.

    Either may be called twice, and ``stop`` before ``start``: it is then never started.
    """

    name = "service"
    tidy_s = 0.1
    """Longest time that its own tidying up takes once it is cancelled."""

    def __init__(self) -> None:
        self._task: asyncio.Task[None] | None = None
        self._stopping = False

    def start(self) -> None:
        if self._task is None and not self._stopping:
            loop = asyncio.get_running_loop()
            self._task = loop.create_task(self._guarded(), name=self.name)

    async def stop(self) -> None:
        """End it, and return when it has ended: at once, or after a little grace."""
        self._stopping = True
        self._nudge()
        task = self._task
        if task is None or task is asyncio.current_task():
            return
        await asyncio.wait([task], timeout=self._grace_s())
        await cancel_all([task], self.tidy_s)

    async def _guarded(self) -> None:
        try:
            await self._run()
        except Exception:  # what it should have outlived must be seen when it happens
            log.exception("%s: ended by a fault", self.name)

    @property
    def stopping(self) -> bool:
        return self._stopping

    def _nudge(self) -> None:
        """Make it notice that it is to stop."""

    def _grace_s(self) -> float:
        """How long it may finish what it does before it is cancelled."""
        return 0.0

    @abstractmethod
    async def _run(self) -> None: ...


class Complaints:
    """An error is told when it begins and once per while as long as it lasts, and so is its end."""

    def __init__(self, name: str, every_s: float = _TOLD_EVERY_S) -> None:
        self._name = name
        self._every_s = every_s
        self._since: float | None = None
        self._told = 0.0
        self.count = 0

    def error(self, error: BaseException) -> None:
        now = boot_seconds()
        if self._since is None:
            self._since, self.count, self._told = now, 0, now - self._every_s
        self.count += 1
        if now - self._told >= self._every_s:
            self._told = now
            again = f" ({self.count} times)" if self.count > 1 else ""
            foreseen = isinstance(error, SaltError | OSError | TimeoutError)
            text = str(error) or type(error).__name__
            log.error("%s: %s%s", self._name, text, again, exc_info=None if foreseen else error)

    def fine(self) -> None:
        if self._since is not None:
            log.info("%s: works again after %.1f s", self._name, boot_seconds() - self._since)
        self._since, self.count = None, 0


class Loop(Service, Generic[Did]):
    """A service that makes one pass after another."""

    jitter = 0.1
    """Share of each wait that chance may add or take; 0 where the moment matters."""

    def __init__(self, gate: Callable[[], bool] | None = None) -> None:
        """``gate``: while it says no there are no passes; ``wake`` has it asked again."""
        super().__init__()
        self._gate = gate
        self._wakened = asyncio.Event()
        self._complaints = Complaints(self.name)

    @abstractmethod
    async def pass_once(self) -> Did:
        """One pass; returns what it did."""

    @abstractmethod
    def pause_after(self, did: Did) -> float | None:
        """Seconds until the next pass; ``None``: when something wakes it."""

    def tell(self, did: Did) -> str | None:
        """One line for the log, if there is something to say."""
        return None

    def failed(self, error: Exception) -> None:
        """A pass ended with ``error``; it is logged already."""

    def wake(self) -> None:
        """Make the next pass now."""
        self._wakened.set()

    def _nudge(self) -> None:
        self._wakened.set()

    def _grace_s(self) -> float:
        return _STOP_GRACE_S

    async def _run(self) -> None:
        while not self._stopping:
            self._wakened.clear()
            if self._gate is not None and not self._gate():
                await self._wait(None)
                continue
            try:
                did = await self.pass_once()
            except Exception as error:  # noqa: BLE001 - a loop outlives whatever its pass meets
                self._complaints.error(error)
                self.failed(error)
                wait = _FIRST_ERROR_WAIT_S * 2 ** min(self._complaints.count - 1, 10)
                await self._wait(min(wait, _LONGEST_ERROR_WAIT_S), 0.5)
                continue
            self._complaints.fine()
            if line := self.tell(did):
                log.info("%s: %s", self.name, line)
            await self._wait(self.pause_after(did), self.jitter)

    async def _wait(self, seconds: float | None, jitter: float = 0.0) -> None:
        if self._stopping:
            return
        if seconds is not None:
            seconds *= 1 + random.uniform(-jitter, jitter)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._wakened.wait()
