"""What happens when, in the runs of one process: a run and those that it called.

The run at the top works in the thread that began it; each run that it called has a thread of its
own, so that it can stop in the middle. Only one of them ever goes on: which one, and in what
order, follows from times and numbers alone, never from the machine.
"""

from __future__ import annotations

import threading
from collections import deque
from datetime import datetime
from heapq import heappop, heappush
from typing import Any, Callable, Protocol

from salt_sdk._futures import Future

Happen = Callable[[], None]


class Clock(Protocol):
    """The time of a timeline."""

    def now(self) -> datetime:
        """Aware, in UTC."""
        ...

    def wait_until(self, moment: datetime) -> None:
        """Wait; at once when it has passed."""
        ...

    def stuck(self, waits: list[Future[Any]]) -> Exception:
        """Nothing can happen any more, and these are waited for."""
        ...


class _Abandoned(BaseException):
    """The run at the top has ended: this one, which it called, must not go on."""


class Branch:
    """A run that was called, in a thread of its own that goes on only when it is told to."""

    def __init__(self, timeline: Timeline, work: Happen) -> None:
        self._timeline = timeline
        self._work = work
        self._go = threading.Semaphore(0)
        self._back = threading.Semaphore(0)
        self._abandoned = False
        self._parked = False
        self.ended = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def resume(self) -> None:
        """Let it go on until it waits or ends."""
        if not self.ended:
            self._go.release()
            self._back.acquire()
        if self.ended:
            self._thread.join()

    def park(self) -> None:
        """From its own thread: wait until it is resumed."""
        self._parked = True
        self._back.release()
        self._go.acquire()
        self._parked = False
        if self._abandoned:
            raise _Abandoned

    def abandon(self) -> None:
        """End it where it waits; one that works (Ctrl-C) ends with the process."""
        self._abandoned = True
        if self._parked:
            self.resume()

    def _run(self) -> None:
        self._go.acquire()
        try:
            if not self._abandoned:
                self._work()
        except _Abandoned:
            pass
        finally:
            self.ended = True
            self._timeline.forget(self)
            self._back.release()


class Timeline:
    """Moments at which something happens."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._ahead: list[tuple[datetime, int, Happen]] = []
        self._count = 0
        self._woken: deque[Branch] = deque()
        self._branches: dict[Branch, None] = {}
        self._never: dict[Future[Any], None] = {}

    def at(self, moment: datetime, happen: Happen) -> None:
        """``happen`` at that moment; of one moment, what was said first comes first."""
        self._count += 1
        heappush(self._ahead, (moment, self._count, happen))

    def never(self, future: Future[Any]) -> None:
        """Nothing that is known will end this."""
        self._never[future] = None

    def branch(self, work: Callable[[Branch], None]) -> None:
        """Begin a run that was called, up to where it first waits."""
        made: list[Branch] = []
        branch = Branch(self, lambda: work(made[0]))
        made.append(branch)
        self._branches[branch] = None
        branch.resume()

    def wake(self, branch: Branch) -> None:
        """It may go on: what it waits for may have ended."""
        if branch not in self._woken:
            self._woken.append(branch)

    def forget(self, branch: Branch) -> None:
        self._branches.pop(branch, None)

    def step(self) -> None:
        """From the run at the top: let the next thing happen, and what follows from it at once.

        Raises:
            NoService: Nothing can happen any more.
        """
        if not self._woken:
            if not self._ahead:
                raise self.clock.stuck(list(self._never))
            moment, _, happen = heappop(self._ahead)
            self.clock.wait_until(moment)
            happen()
        while self._woken:
            self._woken.popleft().resume()

    def close(self) -> None:
        """The run at the top has ended: so do those that it called."""
        for branch in list(self._branches):
            branch.abandon()
