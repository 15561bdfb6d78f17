"""One child of an artifact: its channel, its pipes, its supervisor, its end."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from salt_agent.channel import Channel
from salt_core.wire.messages import FromArtifact


@dataclass(frozen=True, slots=True)
class Exit:
    """How a child ended, and all its descendants with it.

    Attributes:
        code, signal: As the supervisor saw it; both ``None`` when nobody saw it.
        deadline: The supervisor killed it because its lease's deadline had passed.
        parent: Its warm parent died first: not the task's doing.
    """

    code: int | None = None
    signal: int | None = None
    deadline: bool = False
    parent: bool = False

    def sentence(self) -> str:
        """For people: what happened to a process that gave no result."""
        if self.signal is not None:
            name = signal.Signals(self.signal).name if self.signal in _SIGNALS else "unknown"
            hint = ", maybe out of memory" if self.signal == signal.SIGKILL else ""
            return f"The process was killed by signal {self.signal} ({name}){hint}."
        if self.code is not None:
            return f"The process ended with exit code {self.code} before it gave a result."
        if self.parent:
            return "The process died with the process that it was forked from."
        return "The process is gone, and nobody saw how it ended."


_SIGNALS = {one.value for one in signal.Signals}


class Child:
    """A fresh, single-use process that waits for its one task, then runs it.

    Attributes:
        start: ``fork`` or ``spawn``.
        cell: Its deadline's place in the shared file, from ``fork`` to ``exit``.
        exit: Done when it and all its descendants are gone.
    """

    def __init__(
        self,
        start: str,
        cell: int,
        channel: Channel,
        stdout: int,
        stderr: int,
        *,
        pid: int | None = None,
    ) -> None:
        self.start = start
        self.cell = cell
        self.exit: asyncio.Future[Exit] = asyncio.get_running_loop().create_future()
        self._channel = channel
        self._pipes: tuple[int, int] | None = (stdout, stderr)
        self._pid = pid
        self._terminate = False

    def listen(
        self, on_message: Callable[[FromArtifact], None], on_end: Callable[[str], None]
    ) -> None:
        """Who wants to hear of it; see ``Channel.listen``."""
        self._channel.listen(on_message, on_end)

    def send(self, frame: bytes) -> None:
        self._channel.send(frame)

    async def written(self) -> None:
        """Until it has taken all that was sent to it."""
        await self._channel.written()

    def pipes(self) -> tuple[int, int]:
        """Its stdout and stderr; whoever takes them closes them."""
        assert self._pipes is not None
        pipes, self._pipes = self._pipes, None
        return pipes

    def drain(self) -> None:
        """Take what it said before it ended."""
        self._channel.drain()

    def forked(self, pid: int) -> None:
        """Its supervisor exists."""
        self._pid = pid
        if self._terminate:
            self.terminate()

    def terminate(self) -> None:
        """Ask its supervisor to end it: SIGTERM to its group, after a grace SIGKILL to all.

        A supervisor that finds its deadline passed kills all at once.
        """
        if self.exit.done():
            return
        if self._pid is None:
            self._terminate = True
        else:
            with suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGTERM)

    def destroy(self) -> None:
        """A supervisor that did not do its work: the kernel kills the child with it."""
        if not self.exit.done() and self._pid is not None:
            with suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)

    def ended(self, exit: Exit) -> None:
        """It is gone."""
        self._pid = None
        if not self.exit.done():
            self.exit.set_result(exit)

    def hang_up(self) -> None:
        """Say nothing more to it, and hear nothing: a workflow function ends by this."""
        self._channel.close()

    def close(self) -> None:
        """Let go of what is left of it; a spare child ends by this."""
        self._channel.close()
        if self._pipes is not None:
            for descriptor in self.pipes():
                os.close(descriptor)
