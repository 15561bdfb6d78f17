"""Futures: values that are on their way, and ways to wait for several.

The order in which they are seen to finish is the order of the run's journal, on the first run and
on every replay.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from salt_sdk._decode import loads
from salt_sdk._errors import BadInput

if TYPE_CHECKING:
    from salt_sdk._declare import Task
    from salt_sdk._running import Engine

R = TypeVar("R")

ALL_COMPLETED = "ALL_COMPLETED"
FIRST_COMPLETED = "FIRST_COMPLETED"
FIRST_FAILED = "FIRST_FAILED"

_UNREAD: Any = object()


class Future(Generic[R]):
    """The value of a call that may not have ended yet.

    Pass it to another task as an argument, also inside a list, a dict or a dataclass: that task
    starts when the value is there. ``result()`` waits for it.
    """

    _salt_future = True

    def __init__(self, engine: Engine, task: Task[..., R], seq: int) -> None:
        self.seq = seq
        """The number of the call in its run, from 1."""
        self._engine = engine
        self._task = task
        self._order = 0
        self._text = ""
        self._value: Any = _UNREAD
        self._failure: BaseException | None = None
        self._seen = False

    def __repr__(self) -> str:
        state = "pending" if not self._order else "failed" if self._failure else "done"
        return f"<Future {self._task.name}, call {self.seq}, {state}>"

    def result(self) -> R:
        """The value; waits for it.

        Raises:
            TaskFailed: The task failed for good.
        """
        failure = self.exception()
        if failure is not None:
            raise failure.with_traceback(None)
        if self._value is _UNREAD:
            try:
                self._value = self._task.signature.result(loads(self._text))
            except BadInput as error:
                raise error.at(f"result of {self._task.name}") from None
        value: R = self._value
        return value

    def exception(self) -> BaseException | None:
        """Why the task failed, or ``None`` when it succeeded; waits for its end."""
        while not self._order:
            self._engine.advance()
        self._seen = True
        return self._failure

    def _settle(
        self,
        order: int,
        text: str = "",
        failure: BaseException | None = None,
        value: Any = _UNREAD,
    ) -> None:
        """It has ended, as number ``order`` of those that have."""
        self._order = order
        self._text = text
        self._failure = failure
        self._value = value


class Waited(NamedTuple):
    """What ``wait`` gives: futures that have ended, in journal order, and the others."""

    done: list[Future[Any]]
    pending: list[Future[Any]]


def _by_order(futures: Iterable[Future[Any]]) -> list[Future[Any]]:
    return sorted(futures, key=lambda future: future._order)


def wait(futures: Iterable[Future[Any]], return_when: str = ALL_COMPLETED) -> Waited:
    """Wait until all have ended, the first has (``FIRST_COMPLETED``), or the first has failed or
    all have ended (``FIRST_FAILED``). Raises nothing for a task that failed."""
    wanted = list(futures)
    if return_when not in (ALL_COMPLETED, FIRST_COMPLETED, FIRST_FAILED):
        raise ValueError(f"return_when={return_when!r} is none of the three that there are")
    while True:
        done = [future for future in wanted if future._order]
        if (
            len(done) == len(wanted)
            or (return_when == FIRST_COMPLETED and done)
            or (return_when == FIRST_FAILED and any(future._failure for future in done))
        ):
            return Waited(_by_order(done), [future for future in wanted if not future._order])
        _advance(wanted)


def as_completed(futures: Iterable[Future[R]]) -> Iterator[Future[R]]:
    """Each of the futures as it ends, in journal order."""
    pending = list(futures)
    while pending:
        for future in _by_order(f for f in pending if f._order):
            pending.remove(future)
            yield future
        if pending:
            _advance(pending)


def gather(*futures: Any) -> list[Any]:
    """The values of futures, in the order given; also of one list of them.

    Raises:
        TaskFailed: One of them failed; the first to do so, without waiting for the others.
    """
    wanted: Sequence[Future[Any]] = futures
    if len(futures) == 1 and not isinstance(futures[0], Future):
        wanted = list(futures[0])
    for future in wanted:
        future._seen = True
    for future in as_completed(wanted):
        if future._failure is not None:
            future.result()
    return [future.result() for future in wanted]


def _advance(futures: Sequence[Future[Any]]) -> None:
    """One entry further, for the first that has not ended; all are of one engine."""
    next(future for future in futures if not future._order)._engine.advance()
