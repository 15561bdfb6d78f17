"""A process of an artifact that the agent starts itself: spawned, met on a socket, watched."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import socket
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from salt_agent.channel import Channel
from salt_core.model.task import Failure
from salt_core.wire.messages import Failed, Hello

START_S = 300.0
"""Longest time that user code may take to import."""


class StartFailed(Exception):
    """An artifact's process did not come to the point where it takes work."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


class Meeting:
    """A Unix socket where one process is expected, once."""

    _count = 0

    def __init__(self, folder: Path) -> None:
        Meeting._count += 1
        self.path = folder / f"s{Meeting._count}"
        self.token = secrets.token_hex(16)
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.setblocking(False)
        self._listener.bind(str(self.path))
        self._listener.listen(4)

    async def meet(self) -> tuple[Channel, Hello | Failed]:
        """The first connection that brings the token; all others are hung up on."""
        while True:
            sock, _ = await asyncio.get_running_loop().sock_accept(self._listener)
            channel = Channel(sock)
            try:
                said = await channel.first()
            except asyncio.CancelledError:
                channel.close()
                raise
            if isinstance(said, Hello | Failed) and secrets.compare_digest(
                said.token or "", self.token
            ):
                return channel, said
            channel.close()

    def close(self) -> None:
        self._listener.close()
        self.path.unlink(missing_ok=True)


def spawn(
    command: Sequence[str],
    env: Mapping[str, str],
    meeting: Meeting,
    stdout: int,
    stderr: int,
) -> Started:
    """Start an artifact that will come to ``meeting``; both descriptors are closed here.

    Not in a thread: a process may ask the kernel to be killed with its parent, and for the kernel
    that is the thread that started it.
    """
    try:
        return Started(
            subprocess.Popen(
                [*command, "--socket", str(meeting.path)],
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                env={**env, "SALT_TOKEN": meeting.token},
                cwd="/",
                start_new_session=True,
            )
        )
    finally:
        for descriptor in {stdout, stderr}:
            os.close(descriptor)


class Started:
    """A process that the agent started, until it is reaped."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.pid = process.pid
        self._process = process
        self._loop = asyncio.get_running_loop()
        self.exit: asyncio.Future[int] = self._loop.create_future()
        """As in ``subprocess``: the exit code, or minus the signal's number."""
        if hasattr(os, "pidfd_open"):
            self._pidfd = os.pidfd_open(process.pid)
            self._loop.add_reader(self._pidfd, self._reap)
        else:
            self._waiting = self._loop.create_task(self._wait_in_a_thread())

    def signal(self, number: signal.Signals) -> None:
        if not self.exit.done():
            with suppress(ProcessLookupError):
                self._process.send_signal(number)

    def _reap(self) -> None:
        self._loop.remove_reader(self._pidfd)
        os.close(self._pidfd)
        self.exit.set_result(self._process.wait())

    async def _wait_in_a_thread(self) -> None:
        self.exit.set_result(await asyncio.to_thread(self._process.wait))


async def meet(meeting: Meeting, started: Started, tail: Tail) -> tuple[Channel, Hello]:
    """Wait for ``started`` to come to ``meeting`` and say hello.

    Raises:
        StartFailed: It does not import, it ended, or it took too long.
    """
    arrival = asyncio.ensure_future(meeting.meet())
    either: set[asyncio.Future[Any]] = {arrival, started.exit}
    try:
        await asyncio.wait(either, timeout=START_S, return_when=asyncio.FIRST_COMPLETED)
        if not arrival.done():
            # It may have said why just before it ended.
            await asyncio.wait([arrival], timeout=0.05)
        if arrival.done():
            channel, said = arrival.result()
            if isinstance(said, Hello):
                return channel, said
            channel.close()
            # The same code will not import the next time either.
            raise StartFailed(replace(said.error.failure(), retryable=False))
        if started.exit.done():
            how = started.exit.result()
            what = f"with exit code {how}" if how >= 0 else f"by signal {-how}"
            message = f"The artifact's process ended {what} before it took work."
            killed = how < 0
        else:
            message = f"The artifact took more than {START_S:.0f} s to import."
            killed = False
        raise StartFailed(Failure("StartFailed", message, tail.text(), retryable=killed))
    finally:
        if not arrival.done():
            arrival.cancel()
        meeting.close()


class Tail:
    """The end of what a process prints while it imports, for the case that it fails."""

    _KEPT = 8 * 1024

    def __init__(self) -> None:
        self._data = bytearray()

    def take(self, data: bytes) -> None:
        self._data += data
        del self._data[: -self._KEPT]

    def text(self) -> str:
        return self._data.decode("utf-8", "replace").strip()
