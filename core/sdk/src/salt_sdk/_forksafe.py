"""Whether a process that has imported the user's code can be forked safely.

Measured: numpy's OpenBLAS stops its threads for a fork; polars used before it, scikit-learn's
OpenMP and a lock held by a user's thread hang the child for ever. So: fork with one thread, or
with no more than OpenBLAS has; never with what is known to hang, nor with open sockets, which all
children would share.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterable

from salt_sdk import _linux

_HANGS = ("polars", "torch", "sklearn", "tensorflow", "jax", "ray")
_SHARED = ("socket:", "anon_inode:[eventpoll]", "anon_inode:[io_uring]")


def why_not(mine: Iterable[int], start: str) -> str:
    """Why forking is not safe now; ``""`` when it is.

    Args:
        mine: The SDK's own file descriptors.
        start: ``SALT_START``: ``fork`` and ``spawn`` decide, all else leaves it to the rules.
    """
    if start == "spawn":
        return "SALT_START=spawn"
    if not hasattr(os, "fork"):
        return "this system has no fork"
    if start == "fork":
        return ""
    if sys.platform != "linux":
        return f"forking is not safe on {sys.platform}"
    for name in _HANGS:
        if name in sys.modules:
            return f"{name} is imported: its threads do not survive a fork"
    if threading.active_count() > 1:
        names = ", ".join(t.name for t in threading.enumerate() if t is not threading.main_thread())
        return f"importing the code started a thread ({names})"
    native = _linux.threads() - 1
    if native > _blas_threads():
        return f"importing the code started {native} native threads"
    known = set(mine)
    for number, what in _linux.open_files().items():
        if number > 2 and number not in known and what.startswith(_SHARED):
            return "importing the code opened a socket or an event loop"
    return ""


def _blas_threads() -> int:
    """How many threads the loaded OpenBLAS libraries may have; they end them for a fork."""
    try:
        with open("/proc/self/maps", encoding="utf-8", errors="replace") as file:
            libraries = {line.split()[-1] for line in file if "openblas" in line}
    except OSError:
        return 0
    told = os.environ.get("OPENBLAS_NUM_THREADS", "")
    threads = int(told) if told.isdigit() else os.cpu_count() or 1
    return len(libraries) * max(0, threads - 1)
