"""Reading a child's output: one pipe, on the loop, as fast as it comes and no faster than wanted."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable

_READ = 64 * 1024


class Pipe:
    """The reading end of a pipe. ``take`` gets the bytes, ``ended`` is called once at the end."""

    def __init__(
        self, descriptor: int, take: Callable[[bytes], None], ended: Callable[[], None]
    ) -> None:
        self._descriptor = descriptor
        self._take = take
        self._ended = ended
        self._loop = asyncio.get_running_loop()
        self._reading = False
        self._open = True
        os.set_blocking(descriptor, False)
        self.resume()

    @property
    def open(self) -> bool:
        return self._open

    def pause(self) -> None:
        """Stop reading: the writer will block when the pipe is full."""
        if self._reading:
            self._loop.remove_reader(self._descriptor)
            self._reading = False

    def resume(self) -> None:
        if self._open and not self._reading:
            self._loop.add_reader(self._descriptor, self._readable)
            self._reading = True

    def drain(self) -> None:
        """Take what is there now, without waiting for more."""
        while self._open and self._readable():
            pass

    def close(self) -> None:
        """Read no more; a writer that is left gets SIGPIPE."""
        if self._open:
            self.pause()
            self._open = False
            os.close(self._descriptor)
            self._ended()

    def _readable(self) -> bool:
        try:
            data = os.read(self._descriptor, _READ)
        except BlockingIOError:
            return False
        except OSError:
            data = b""
        if data:
            self._take(data)
        else:
            self.close()
        return bool(data)
