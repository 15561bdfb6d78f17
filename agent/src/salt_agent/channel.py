"""Frames over a connected Unix socket, on the loop: whole lines in, whole messages out."""

from __future__ import annotations

import asyncio
import os
import socket
from collections import deque
from collections.abc import Callable, Sequence

from salt_core.wire.messages import FromArtifact, read

LARGEST_FRAME = 512 << 20
_READ = 256 * 1024


class Channel:
    """One connection to an artifact's process.

    What is said before anyone listens is kept, and told to the first who does.
    """

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._on_message: Callable[[FromArtifact], None] | None = None
        self._on_end: Callable[[str], None] | None = None
        self._kept: list[FromArtifact] = []
        self._kept_end: str | None = None
        self._loop = asyncio.get_running_loop()
        self._incoming = bytearray()
        self._outgoing: deque[tuple[bytes | memoryview, Sequence[int]]] = deque()
        self._written = asyncio.Event()
        self._open = True
        sock.setblocking(False)
        self._loop.add_reader(sock.fileno(), self._readable)

    def listen(
        self, on_message: Callable[[FromArtifact], None], on_end: Callable[[str], None]
    ) -> None:
        """``on_message`` gets each message that is known here. ``on_end`` is called once: with
        ``""`` when the other side is gone, with a sentence when what it sent is no message.
        """
        self._on_message = on_message
        self._on_end = on_end
        while self._kept:
            on_message(self._kept.pop(0))
        if self._kept_end is not None:
            on_end(self._kept_end)

    async def first(self) -> FromArtifact | None:
        """The next message, or ``None`` at the end; nobody may be listening. Others are kept."""
        told: asyncio.Future[FromArtifact | None] = self._loop.create_future()

        def settle(message: FromArtifact | None) -> None:
            self._on_message = self._on_end = None
            if not told.done():
                told.set_result(message)
            elif message is not None:
                self._kept.append(message)

        self.listen(settle, lambda why: settle(None))
        return await told

    def send(self, frame: bytes, descriptors: Sequence[int] = ()) -> None:
        """Send in order, and without waiting. ``descriptors`` are closed here once they are sent."""
        if not self._open:
            _close_all(descriptors)
            return
        self._outgoing.append((frame, descriptors))
        if len(self._outgoing) == 1:
            self._writable()

    async def written(self) -> None:
        """Until the other side has taken all that was sent, or is gone."""
        while self._outgoing:
            self._written.clear()
            await self._written.wait()

    def drain(self) -> None:
        """Take every message that is there now, without waiting for more."""
        while self._open and self._readable():
            pass

    def close(self) -> None:
        """Hang up; ``on_end`` is not called for it."""
        if self._open:
            self._open = False
            self._loop.remove_reader(self._sock.fileno())
            self._loop.remove_writer(self._sock.fileno())
            self._sock.close()
            for _, descriptors in self._outgoing:
                _close_all(descriptors)
            self._outgoing.clear()
            self._written.set()

    def _end(self, why: str) -> None:
        if self._open:
            self.close()
            if self._on_end is not None:
                self._on_end(why)
            else:
                self._kept_end = why

    def _readable(self) -> bool:
        try:
            data = self._sock.recv(_READ)
        except BlockingIOError:
            return False
        except OSError:
            data = b""
        if not data:
            self._end("")
            return False
        begin = len(self._incoming)
        self._incoming += data
        if data.find(b"\n") < 0:
            if begin > LARGEST_FRAME:
                self._end(f"The artifact sent a message of more than {LARGEST_FRAME >> 20} MiB.")
            return self._open
        *lines, rest = bytes(self._incoming).split(b"\n")
        self._incoming = bytearray(rest)
        for line in lines:
            if not self._open:
                break
            try:
                message = read(line)
            except ValueError as error:
                self._end(str(error))
                break
            if message is None:
                continue
            if self._on_message is not None:
                self._on_message(message)
            else:
                self._kept.append(message)
        return self._open

    def _writable(self) -> None:
        while self._outgoing:
            data, descriptors = self._outgoing[0]
            try:
                if descriptors:
                    sent = socket.send_fds(self._sock, [data], list(descriptors))
                    _close_all(descriptors)
                else:
                    sent = self._sock.send(data)
            except BlockingIOError:
                self._loop.add_writer(self._sock.fileno(), self._writable)
                return
            except OSError:
                # The reader will find the end, after what the other side said last.
                for _, unsent in self._outgoing:
                    _close_all(unsent)
                self._outgoing.clear()
                break
            if sent < len(data):
                self._outgoing[0] = (memoryview(data)[sent:], ())
            else:
                self._outgoing.popleft()
        self._loop.remove_writer(self._sock.fileno())
        self._written.set()


def _close_all(descriptors: Sequence[int]) -> None:
    for descriptor in descriptors:
        os.close(descriptor)
