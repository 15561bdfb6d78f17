"""The log of one attempt: both pipes, one document, on disk, in Redis and in the archive."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from salt_agent.archiver import Archiver
from salt_agent.lines import Splitter
from salt_agent.patience import Patience
from salt_agent.pipes import Pipe
from salt_agent.shipper import Shipper
from salt_agent.spool import Spool
from salt_core.model.lease import Token
from salt_core.store import LogVerbs

GRACE_S = 0.25
"""How long a pipe is read on after the task's last process is gone."""
_DISK_AGAIN_S = 1.0


class Logs:
    """Makes the logs of an agent's attempts."""

    def __init__(
        self, store: LogVerbs, patience: Patience, archiver: Archiver, folder: Path
    ) -> None:
        self._store = store
        self._patience = patience
        self._archiver = archiver
        self._folder = folder

    def begin(self, token: Token) -> TaskLog:
        return TaskLog(self._store, self._patience, self._archiver, self._folder, token)


class TaskLog:
    """Reads what a child prints until the end, and sees to it that no line is lost."""

    def __init__(
        self,
        store: LogVerbs,
        patience: Patience,
        archiver: Archiver,
        folder: Path,
        token: Token,
    ) -> None:
        self._token = token
        self._archiver = archiver
        self._spool = Spool(folder, token)
        self._shipper = Shipper(store, patience, token, self._spool, self._grown)
        self._pipes: list[Pipe] = []
        self._splitters: list[Splitter] = []
        self._unsaved: list[bytes] = []
        self._loop = asyncio.get_running_loop()
        self._ended: asyncio.Future[None] = self._loop.create_future()

    def attach(self, stdout: int, stderr: int) -> None:
        """Read these descriptors from now on, and close them at their end."""
        for descriptor, stream in ((stdout, "o"), (stderr, "e")):
            splitter = Splitter(stream)
            self._splitters.append(splitter)
            self._pipes.append(
                Pipe(
                    descriptor,
                    lambda data, splitter=splitter: self._take(splitter, data),  # type: ignore[misc]
                    self._pipe_ended,
                )
            )

    @property
    def ended(self) -> bool:
        """Whether every writer of both pipes is gone."""
        return all(not pipe.open for pipe in self._pipes)

    def when_ended(self) -> asyncio.Future[None]:
        """Done when ``ended``."""
        return self._ended

    async def drain(self) -> None:
        """The task is gone: read to the end, but wait for no one who holds the pipe still."""
        for pipe in self._pipes:
            pipe.drain()
        if not self.ended:
            await asyncio.wait([self._ended], timeout=GRACE_S)
        for pipe in self._pipes:
            pipe.close()

    async def flush(self) -> None:
        """Until every line is in Redis. Costs nothing when there is none."""
        while self._unsaved:
            await asyncio.sleep(_DISK_AGAIN_S)
        if self._spool.shipped < self._spool.size:
            await self._shipper.flush()

    def close(self) -> None:
        """The attempt is over and told: archive what is left, in its own time."""
        for pipe in self._pipes:
            pipe.close()
        if self._spool.size:
            self._archiver.close(self._token, self._spool)

    async def abandon(self) -> None:
        """The agent ends now: send nothing more. The spool file stays for the next agent."""
        await self._shipper.stop()
        for pipe in self._pipes:
            pipe.close()
        self._spool.close()

    def _take(self, splitter: Splitter, data: bytes) -> None:
        self._save(splitter.feed(data, _now()))

    def _pipe_ended(self) -> None:
        if self.ended and not self._ended.done():
            for splitter in self._splitters:
                self._save(splitter.finish(_now()))
            self._ended.set_result(None)

    def _save(self, records: bytes) -> None:
        if not records:
            return
        self._unsaved.append(records)
        self._write()

    def _write(self) -> None:
        try:
            while self._unsaved:
                self._spool.append(self._unsaved[0])
                self._unsaved.pop(0)
        except OSError:
            # The disk is full: the task waits at its pipe until there is space again.
            for pipe in self._pipes:
                pipe.pause()
            self._loop.call_later(_DISK_AGAIN_S, self._again)
            return
        self._shipper.more()
        if self._spool.full:
            for pipe in self._pipes:
                pipe.pause()

    def _again(self) -> None:
        self._write()
        self._relieved()

    def _grown(self) -> None:
        self._archiver.grown(self._token, self._spool, self._relieved)

    def _relieved(self) -> None:
        if not self._unsaved and not self._spool.full:
            for pipe in self._pipes:
                pipe.resume()


def _now() -> int:
    return time.time_ns() // 1_000_000
