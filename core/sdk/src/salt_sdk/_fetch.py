"""A task's process asks its agent for a data file that a value refers to."""

from __future__ import annotations

import os
import threading
from typing import Any

from salt_sdk._channel import Channel, Closed
from salt_sdk._errors import DataUnavailable


class Fetcher:
    """Asks over the channel of the process that it was made in; any thread may."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._owner = os.getpid()
        self._asking = threading.Lock()
        self._paths: dict[str, str] = {}

    def fetch(self, sha: str) -> str:
        """Where a data file is.

        Raises:
            DataUnavailable: The agent cannot get it, or this is another process.
        """
        if os.getpid() != self._owner:
            raise DataUnavailable(
                "a data file is fetched by the task's own process; read it, or take its path, "
                "before work is handed to another process",
                retryable=False,
            )
        with self._asking:
            if sha not in self._paths:
                self._paths[sha] = self._ask(sha)
            return self._paths[sha]

    def _ask(self, sha: str) -> str:
        try:
            self._channel.send({"type": "fetch", "data": sha})
            while True:
                message = self._channel.read()
                if message["type"] == "fetched" and message.get("data") == sha:
                    return path_of(message)
        except Closed:
            raise DataUnavailable("the agent is gone that has the value's data") from None


def path_of(message: dict[str, Any]) -> str:
    """The path that ``fetched`` tells.

    Raises:
        DataUnavailable: It tells an error.
    """
    error = message.get("error")
    if error is not None:
        raise DataUnavailable(str(error.get("message")), bool(error.get("retryable", True)))
    path: str = message["path"]
    return path
