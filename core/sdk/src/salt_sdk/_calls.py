"""The calls of one run, as every engine keeps them: what is open, what failed unseen, and loops."""

from __future__ import annotations

from typing import Any

from salt_sdk._children import Window
from salt_sdk._endings import failure_of
from salt_sdk._futures import Asked, Future
from salt_sdk._loop_turns import LOOP, Turns


class Calls:
    """What engines have in common.

    It holds the futures of calls that have not ended, and of those that failed unseen; all others
    are the function's own to keep, so that memory does not grow with the calls that were made.

    Attributes:
        run: The run's id.
    """

    def __init__(self, run: str) -> None:
        self.run = run
        self._last = 0
        self._open: dict[int, Future[Any]] = {}
        self._broken: dict[int, Future[Any]] = {}
        self._windows: dict[int, Window] = {}
        self._turns = Turns(run)

    def random(self) -> float:
        return self._turns.chance.random()

    def advance(self) -> None:
        raise NotImplementedError

    def check_use(self, future: Future[Any]) -> None:
        self._turns.check_use(future)

    def begin_turn(self, loop: int, turn: int) -> None:
        self._turns.begin_turn(loop, turn)

    def _number(self, future: Future[Any]) -> None:
        """Give a call its number, the next in program order."""
        self._last = future.seq = self._last + 1
        if future._asked.kind != LOOP:
            self._open[future.seq] = future

    def _end(
        self,
        future: Future[Any],
        order: int,
        entry: dict[str, Any],
        failure: BaseException | None = None,
    ) -> None:
        """A call has ended as a ``done`` entry says; ``order`` grows from one to the next."""
        if self._open.pop(future.seq, None) is None:
            return  # nobody waits for it any more
        self._turns.settled(future.seq)
        if entry["status"] == "succeeded":
            future._settle(order, entry["value"])
        else:
            text = entry.get("value") or ""
            future._settle(order, text, failure or failure_of(future, entry))
            if not future._seen:
                self._broken[future.seq] = future
        window = self._windows.pop(future.seq, None)
        if window is not None:
            window.next()

    def begin_held(self) -> None:
        """Wait until every call that a bound holds back has begun.

        Before a rolling loop: else one would get a number inside a turn, and be forgotten with it.
        """
        while any(window.holds() for window in self._windows.values()):
            self.advance()

    def finish(self, after: int = 0) -> None:
        """Wait until every task and run behind number ``after`` has ended.

        What still waits for a moment, an event or an answer is given up: it lost a race.

        Raises:
            TaskFailed: One failed, and the function never asked how it ended.
        """
        for calls in (self._open, self._broken):
            for seq in [seq for seq, one in calls.items() if seq > after and _waits(one)]:
                del calls[seq]
        while True:
            # Those that a bound held back begin meanwhile: hence again.
            found = sorted(seq for seq in {**self._open, **self._broken} if seq > after)
            if not found:
                return
            for seq in found:
                future = self._open.get(seq) or self._broken.get(seq)
                if future is None:
                    continue
                while not future._order:
                    self.advance()
                self._broken.pop(seq, None)
                if future._failure is not None and not future._seen:
                    raise future._failure


def _waits(future: Future[Any]) -> bool:
    return future._asked.kind in ("sleep", "event", "approve")


def the_loop() -> Asked:
    """What the call asks for with which a rolling loop begins."""
    return Asked(LOOP, LOOP, str)
