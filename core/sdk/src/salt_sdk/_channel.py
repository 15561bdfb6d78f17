"""JSON lines over a Unix stream socket, blocking: what WIRE.md section 2 calls frames."""

from __future__ import annotations

import json
import socket
import threading
from typing import Any

from salt_sdk._encode import write


class Closed(Exception):
    """The agent closed the connection."""


class Channel:
    """One connection to the agent."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._sending = threading.Lock()
        self._buffer = bytearray()
        self._searched = 0

    def fileno(self) -> int:
        return self._connection.fileno()

    def send(self, message: dict[str, Any]) -> None:
        """Say something; any thread may.

        Raises:
            Closed: The agent is gone.
        """
        line = write(message).encode() + b"\n"
        try:
            with self._sending:
                self._connection.sendall(line)
        except OSError as error:
            raise Closed(str(error)) from None

    def read(self) -> dict[str, Any]:
        """The next message; waits for it.

        Raises:
            Closed: The agent closed the connection, or said what is no frame.
        """
        while True:
            end = self._buffer.find(b"\n", self._searched)
            if end >= 0:
                line = bytes(self._buffer[:end])
                del self._buffer[: end + 1]
                self._searched = 0
                return frame(line)
            self._searched = len(self._buffer)
            try:
                received = self._connection.recv(1 << 16)
            except OSError as error:
                raise Closed(str(error)) from None
            if not received:
                raise Closed("end of the connection")
            self._buffer += received


def frame(line: bytes) -> dict[str, Any]:
    """One frame.

    Raises:
        Closed: It is not an object with a type: there is no going on.
    """
    try:
        message = json.loads(line)
    except ValueError as error:
        raise Closed(f"not a frame: {error}") from None
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        raise Closed("not a frame: no type")
    return message
