"""Where a fork is not safe: single-use processes, started and imported ahead of need."""

from __future__ import annotations

import asyncio
import os
import signal
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path

from salt_agent.deadlines import Deadlines
from salt_agent.process import Child, Exit
from salt_agent.started import Meeting, Started, Tail, meet, spawn
from salt_core.cancelling import cancel_all
from salt_core.clock import boot_seconds


class Singles:
    """Processes of one version that wait for a task. Each runs one, and ends."""

    def __init__(
        self, command: Sequence[str], env: Mapping[str, str], sockets: Path, deadlines: Deadlines
    ) -> None:
        self._command = [*command, "--single"]
        self._env = dict(env)
        self._sockets = sockets
        self._deadlines = deadlines
        self._coming: deque[asyncio.Task[Child]] = deque()
        self._ends: set[asyncio.Task[None]] = set()
        self.alive = True

    @property
    def busy(self) -> bool:
        return len(self._ends) > len(self._coming)

    async def take(self) -> Child:
        """A process that has imported its code, or is about to.

        Raises:
            StartFailed: It does not import.
        """
        while True:
            coming = self._coming.popleft() if self._coming else self._begin()
            child = await coming
            if not child.exit.done():
                return child
            child.close()

    def keep_ahead(self, count: int) -> None:
        while self.alive and len(self._coming) < count:
            self._coming.append(self._begin())

    async def close(self) -> None:
        """End those that wait. Those that work are left to end."""
        self.alive = False
        while self._coming:
            coming = self._coming.popleft()
            await cancel_all([coming])
            if not coming.cancelled() and coming.exception() is None:
                coming.result().close()
                coming.result().terminate()
        if self._ends:
            await asyncio.wait(self._ends, timeout=10)

    def _begin(self) -> asyncio.Task[Child]:
        return asyncio.get_running_loop().create_task(self._start())

    async def _start(self) -> Child:
        cell = self._deadlines.take()
        if cell is None:
            raise OSError("there are too many processes")
        meeting = Meeting(self._sockets)
        stdout, out = os.pipe()
        stderr, err = os.pipe()
        env = {
            **self._env,
            "SALT_DEADLINES": str(self._deadlines.path),
            "SALT_SLOT": str(cell),
        }
        started: Started | None = None
        try:
            started = spawn(self._command, env, meeting, out, err)
            channel, _ = await meet(meeting, started, Tail())
        except BaseException:
            if started is not None:
                started.signal(signal.SIGTERM)
                await asyncio.shield(started.exit)
            meeting.close()
            self._deadlines.free(cell)
            os.close(stdout)
            os.close(stderr)
            raise
        child = Child("spawn", cell, channel, stdout, stderr, pid=started.pid)
        end = asyncio.get_running_loop().create_task(self._watch(child, started, cell))
        self._ends.add(end)
        end.add_done_callback(self._ends.discard)
        return child

    async def _watch(self, child: Child, started: Started, cell: int) -> None:
        how = await started.exit
        passed = 0 < self._deadlines.get(cell) <= boot_seconds()
        self._deadlines.free(cell)
        child.ended(
            Exit(
                code=how if how >= 0 else None,
                signal=-how if how < 0 else None,
                deadline=passed and how != 0,
            )
        )
