"""The small process between a parent and one child: the child's keeper (WIRE.md section 3).

It blocks its signals and waits for them one by one, so nothing happens in between:

    SIGCHLD   a descendant ended; when it is the child, all others are killed and it ends too
    SIGTERM   stop: SIGTERM to the child's group, after the grace SIGKILL to all descendants
    SIGUSR1   its parent died: kill all
    SIGUSR2   from the child: the task has come, the deadline counts from now on
    SIGALRM   look at the clock
"""

from __future__ import annotations

import mmap
import os
import signal
import struct
import time
import traceback
from collections.abc import Collection, Sequence
from typing import Callable, NamedTuple

from salt_sdk import _linux

TASK_CAME = signal.SIGUSR2

WATCHED = frozenset(
    {signal.SIGCHLD, signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2, signal.SIGALRM}
)
_LONGEST_SLEEP_S = 2.0  # timers stand still while a machine is suspended; deadlines do not


class Deadline(NamedTuple):
    """Where a child's deadline is written: entry ``slot`` of the agent's file."""

    file: mmap.mmap
    slot: int

    def read(self) -> float:
        """Seconds of CLOCK_BOOTTIME; 0: none."""
        try:
            value: float = struct.unpack_from("d", self.file, self.slot * 8)[0]
        except struct.error:
            return 0.0
        return value


def task_came(supervisor: int, deadline: Deadline | None) -> Callable[[], None]:
    def tell() -> None:
        if deadline is not None:
            os.kill(supervisor, TASK_CAME)

    return tell


def nothing(number: int, frame: object) -> None:
    """A signal that is only waited for; without a handler some would never come."""


def open_deadlines() -> mmap.mmap | None:
    """The file that ``SALT_DEADLINES`` names, mapped for reading; ``None`` when there is none.

    User code does not get to see the variable.
    """
    path = os.environ.pop("SALT_DEADLINES", None)
    if not path:
        return None
    with open(path, "rb") as file:
        return mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)


def grace_s() -> float:
    """Seconds between SIGTERM and SIGKILL."""
    try:
        return float(os.environ.get("SALT_GRACE", "5"))
    except ValueError:
        return 5.0


class End(NamedTuple):
    """How a child ended: ``status`` as ``waitpid`` gives it."""

    status: int
    overdue: bool


def supervise(
    parent: int,
    child: Callable[[], None],
    deadline: Deadline | None,
    grace: float,
    files: Sequence[int] = (),
    mask: Collection[int] | None = None,
) -> End:
    """Become the supervisor: fork the child, return when it and all its descendants are gone.

    SIGCHLD must have a handler. ``files`` are the child's; here they are closed, so that their
    other ends see it end. ``mask`` is the child's signal mask, when ``WATCHED`` is blocked already.
    """
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, WATCHED)
    before = blocked if mask is None else mask
    _linux.adopt_orphans()
    if not _linux.die_with(parent, signal.SIGUSR1):
        return End(signal.SIGKILL, overdue=False)
    me = os.getpid()
    leader = os.fork()
    if leader == 0:
        try:
            os.setpgid(0, 0)
            if _linux.die_with(me, signal.SIGKILL):
                signal.pthread_sigmask(signal.SIG_SETMASK, before)
                child()
        except BaseException:  # noqa: BLE001 - what is left of a process must not go on
            traceback.print_exc()
        finally:
            os._exit(1)
    for file in files:
        os.close(file)
    try:
        os.setpgid(leader, leader)
    except OSError:  # the child was faster
        pass
    end = _watch(parent, leader, deadline, grace)
    _end_all(me)
    return end


def _watch(parent: int, leader: int, deadline: Deadline | None, grace: float) -> End:
    me = os.getpid()
    counting = overdue = False
    kill_at: float | None = None
    while True:
        sleep: float | None = None
        if counting and deadline is not None:
            due = deadline.read()
            left = due - _linux.boot_seconds() if due else _LONGEST_SLEEP_S
            if left <= 0:
                overdue, counting = True, False
                _linux.kill(_linux.descendants(me) or [leader])
            else:
                sleep = min(left, _LONGEST_SLEEP_S)
        if kill_at is not None:
            left = kill_at - time.monotonic()
            if left <= 0:
                kill_at = None
                _linux.kill(_linux.descendants(me) or [leader])
            else:
                sleep = min(left, sleep or left)
        if sleep is not None:
            signal.setitimer(signal.ITIMER_REAL, max(sleep, 0.0005))
        number = signal.sigwait(WATCHED)
        if number == signal.SIGCHLD:
            status = _reap(leader)
            if status is not None:
                return End(status, overdue)
        elif number == signal.SIGTERM:
            if kill_at is None:
                kill_at = time.monotonic() + grace
                _signal_group(leader, signal.SIGTERM)
        elif number == signal.SIGUSR1:
            if os.getppid() != parent:
                _linux.kill(_linux.descendants(me) or [leader])
        elif number == TASK_CAME:
            counting = True


def _reap(leader: int) -> int | None:
    """Take the ended; the child's status when it is one of them."""
    found = None
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return found
        if pid == 0:
            return found
        if pid == leader:
            found = status


def _signal_group(leader: int, number: int) -> None:
    try:
        os.killpg(leader, number)
    except OSError:
        pass


def _end_all(me: int) -> None:
    """Kill what is left, daemons included, until nothing is."""
    try:
        os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        return  # the usual case, and a cheap one
    while True:
        left = _linux.descendants(me)
        if not _linux.kill(left):
            return  # only other users' processes; or a system that does not tell
        try:
            os.waitpid(-1, 0)
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
