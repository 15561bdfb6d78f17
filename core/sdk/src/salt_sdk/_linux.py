"""What Linux offers to keep a process and its descendants in hand; elsewhere most is a no-op."""

from __future__ import annotations

import os
import signal
import time
from typing import Any

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36

_BOOT_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def _load_prctl() -> Any:
    if not os.path.isdir("/proc/self/task"):
        return None
    import ctypes

    try:
        prctl = ctypes.CDLL(None).prctl
        prctl.argtypes = [ctypes.c_int] + [ctypes.c_ulong] * 4
    except (OSError, AttributeError):
        return None
    return prctl


# Loaded before any fork: a child must not pay for it.
_prctl = _load_prctl()


def boot_seconds() -> float:
    """Seconds since boot, suspend included."""
    return time.clock_gettime(_BOOT_CLOCK)


def adopt_orphans() -> None:
    """Descendants whose parent ends become children of this process."""
    if _prctl is not None:
        _prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def die_with(parent: int, number: int) -> bool:
    """Have signal ``number`` sent here when ``parent`` dies; ``False``: it is dead already."""
    if _prctl is not None:
        _prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0)
    return os.getppid() == parent


def descendants(root: int) -> list[int]:
    """Every process below ``root``, parents first."""
    found: list[int] = []
    waiting = [root]
    while waiting:
        below = children(waiting.pop())
        found += below
        waiting += below
    return found


def children(parent: int) -> list[int]:
    """The children of a process, zombies among them."""
    try:
        with open(f"/proc/{parent}/task/{parent}/children", encoding="ascii") as file:
            found = [int(pid) for pid in file.read().split()]
    except OSError:
        return [] if os.path.exists("/proc/self/task/self/children") else _by_parent(parent)
    for thread in _threads_of(parent):
        if thread != parent:  # a process may be the child of any thread
            try:
                with open(f"/proc/{parent}/task/{thread}/children", encoding="ascii") as file:
                    found += [int(pid) for pid in file.read().split()]
            except OSError:
                continue
    return found


def _threads_of(pid: int) -> list[int]:
    try:
        return [int(name) for name in os.listdir(f"/proc/{pid}/task")]
    except OSError:
        return []


def _by_parent(parent: int) -> list[int]:
    """For kernels without the list of children: read every process."""
    found = []
    try:
        names = os.listdir("/proc")
    except OSError:
        return []
    for name in names:
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as file:
                    if int(file.read().rpartition(")")[2].split()[1]) == parent:
                        found.append(int(name))
            except OSError:
                continue
    return found


def kill(pids: list[int]) -> int:
    """SIGKILL to each; how many could be sent."""
    sent = 0
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
            sent += 1
        except OSError:
            continue
    return sent


def threads() -> int:
    """Threads of this process, native ones included; 0 where it cannot be told."""
    return len(_threads_of(os.getpid()))


def open_files() -> dict[int, str]:
    """File descriptors of this process and what they are: ``socket:[123]``, a path …"""
    found: dict[int, str] = {}
    try:
        names = os.listdir("/proc/self/fd")
    except OSError:
        return found
    for name in names:
        try:
            found[int(name)] = os.readlink(f"/proc/self/fd/{name}")
        except OSError:
            continue
    return found
