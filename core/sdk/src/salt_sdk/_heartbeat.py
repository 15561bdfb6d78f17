"""A task says that it gets on, so that its agent need not take it for stuck."""

from __future__ import annotations

import time
from typing import Callable

EVERY_S = 0.1

_say: list[Callable[[], None]] = []
_last: list[float] = [0.0]


def serve_with(say: Callable[[], None]) -> None:
    """An agent runs this process; ``say`` tells it."""
    _say[:] = [say]
    _last[:] = [0.0]


def heartbeat() -> None:
    """Say that this task gets on; one with ``heartbeat=`` must, more often than that.

    Call it as often as you like: the agent hears it at most ten times a second. It does nothing
    where no agent runs the task.
    """
    if not _say:
        return
    now = time.monotonic()
    if now - _last[0] >= EVERY_S:
        _last[0] = now
        _say[0]()
