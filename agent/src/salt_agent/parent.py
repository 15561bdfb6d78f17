"""A warm parent: it has imported a version's code, and forks a fresh child whenever asked."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from salt_agent.channel import Channel
from salt_agent.deadlines import Deadlines
from salt_agent.pipes import Pipe
from salt_agent.process import Child, Exit
from salt_agent.started import Meeting, Started, Tail, meet, spawn
from salt_core.wire import messages
from salt_core.wire.messages import Exited, Forked, FromArtifact


class CannotFork(Exception):
    """The artifact says that a fork would not be safe; ``args[0]`` says why."""


class Parent:
    """One process, and the children that it has now. Use ``start_parent`` to make one."""

    def __init__(
        self, started: Started, channel: Channel, output: Pipe, deadlines: Deadlines
    ) -> None:
        self._started = started
        self._channel = channel
        self._output = output
        self._deadlines = deadlines
        self._children: dict[int, Child] = {}
        self._spare: deque[Child] = deque()
        self._next = 0
        self.alive = True
        channel.listen(self._heard, self._ended)

    @property
    def busy(self) -> bool:
        """Whether a child has work."""
        return len(self._children) > len(self._spare)

    def take(self) -> Child | None:
        """A child that waits for its task; ``None``: this parent makes no more."""
        while self._spare:
            child = self._spare.popleft()
            if not child.exit.done():
                return child
        return self._fork() if self.alive else None

    def keep_ahead(self, count: int) -> None:
        """See to it that ``count`` children wait for a task."""
        while self.alive and len(self._spare) < count:
            child = self._fork()
            if child is None:
                return
            self._spare.append(child)

    def close(self) -> None:
        """Hang up: it ends, and all its children with it."""
        self._channel.close()
        self._ended("")

    async def closed(self) -> None:
        """Until the process is gone; it is killed when that takes too long."""
        await asyncio.wait([self._started.exit], timeout=5)
        self._started.signal(signal.SIGKILL)
        await self._started.exit
        self._output.close()

    def _fork(self) -> Child | None:
        """Ask for a child. It can be given its task at once: the socket keeps it."""
        cell = self._deadlines.take()
        if cell is None:
            return None
        try:
            ours, theirs = socket.socketpair()
            stdout, out = os.pipe()
            stderr, err = os.pipe()
        except OSError:
            self._deadlines.free(cell)
            raise
        self._next += 1
        child = Child("fork", cell, Channel(ours), stdout, stderr)
        self._children[self._next] = child
        self._channel.send(messages.fork(self._next, cell), (theirs.detach(), out, err))
        return child

    def _heard(self, message: FromArtifact) -> None:
        match message:
            case Forked():
                child = self._children.get(message.id)
                if child is not None:
                    child.forked(message.pid)
            case Exited():
                self._gone(message.id, Exit(message.code, message.signal, message.deadline))
            case _:
                pass

    def _gone(self, number: int, how: Exit) -> None:
        child = self._children.pop(number, None)
        if child is None:
            return
        self._deadlines.free(child.cell)
        with suppress(ValueError):
            self._spare.remove(child)
            child.close()
        child.ended(how)

    def _ended(self, why: str) -> None:
        self.alive = False
        for number in list(self._children):
            self._gone(number, Exit(parent=True))


async def start_parent(
    command: Sequence[str], env: Mapping[str, str], sockets: Path, deadlines: Deadlines
) -> Parent:
    """Start ``command`` (``… serve``) and wait until it has imported the user's code.

    Raises:
        StartFailed: It cannot.
        CannotFork: It can, and must not be forked.
    """
    meeting = Meeting(sockets)
    ours, theirs = os.pipe()
    try:
        started = spawn(
            command, {**env, "SALT_DEADLINES": str(deadlines.path)}, meeting, theirs, theirs
        )
    except OSError:
        os.close(ours)
        meeting.close()
        raise
    tail = Tail()
    output = Pipe(ours, tail.take, lambda: None)
    try:
        channel, hello = await meet(meeting, started, tail)
    except BaseException:
        started.signal(signal.SIGKILL)
        await asyncio.shield(started.exit)
        output.close()
        raise
    parent = Parent(started, channel, output, deadlines)
    if not hello.fork:
        parent.close()
        await parent.closed()
        raise CannotFork(hello.reason or "it does not say why")
    return parent
