"""Wait for a condition that nobody announces: a server of another process, a lock."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def until(check: Callable[[], T | None], wait_s: float) -> T | None:
    """What ``check`` answers once it is not ``None``; ``None`` after ``wait_s`` seconds of it."""
    deadline = time.monotonic() + wait_s
    while (answer := check()) is None and time.monotonic() < deadline:
        time.sleep(0.005)
    return answer
