"""Futures: values that are on their way, and ways to wait for several.

The order in which they are seen to finish is the order of the run's journal, on the first run and
on every replay.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Callable, Generic, NamedTuple, TypeVar

from salt_sdk._errors import BadInput

if TYPE_CHECKING:
    from salt_sdk._declare import WorkflowFunction
    from salt_sdk._running import Engine

R = TypeVar("R")

ALL_COMPLETED = "ALL_COMPLETED"
FIRST_COMPLETED = "FIRST_COMPLETED"
FIRST_FAILED = "FIRST_FAILED"

_UNREAD: Any = object()


class Asked:
    """What a call asks for.

    Attributes:
        kind: ``task``, ``sleep``, ``event``, ``approve``, ``run`` or ``loop`` (WIRE.md section 4.1).
        name: Of the task, the event, the step or the workflow.
        read: The call's value from JSON text.
        wire: What CALL says of it besides; a task's arguments are not in it.
        function: The workflow function of this artifact that it runs.
    """

    __slots__ = ("function", "kind", "name", "read", "wire")

    def __init__(
        self,
        kind: str,
        name: str,
        read: Callable[[str], Any],
        wire: dict[str, Any] | None = None,
        function: WorkflowFunction[..., Any] | None = None,
    ) -> None:
        self.kind = kind
        self.name = name
        self.read = read
        self.wire = wire or {}
        self.function = function


def shown(kind: str, name: str) -> str:
    """``of add``, ``of kind sleep``: what a call asks for, in words that follow its number."""
    if kind == "task":
        return f"of {name}"
    return f"of kind {kind}" if kind in ("sleep", "loop") else f"of kind {kind}, {name}"


class Future(Generic[R]):
    """The value of a call that may not have ended yet.

    Pass it to a task as an argument, also inside a list, a dict or a dataclass: that task starts
    when the value is there. ``result()`` waits for it.
    """

    _salt_future = True
    __slots__ = (
        "_asked",
        "_engine",
        "_failure",
        "_listeners",
        "_order",
        "_seen",
        "_text",
        "_value",
        "seq",
    )

    def __init__(self, engine: Engine, asked: Asked, seq: int) -> None:
        self.seq = seq
        """The number of the call in its run, from 1; 0 while it must wait for others to end."""
        self._engine = engine
        self._asked = asked
        self._order = 0
        self._text = ""
        self._value: Any = _UNREAD
        self._failure: BaseException | None = None
        self._seen = False
        self._listeners: list[deque[Future[Any]]] | None = None

    def __repr__(self) -> str:
        state = "pending" if not self._order else "failed" if self._failure else "done"
        return f"<Future {self._asked.name}, call {self.seq}, {state}>"

    def result(self) -> R:
        """The value; waits for it.

        Raises:
            TaskFailed: The call failed for good.
            InvalidData: The task's data did not pass its checks.
        """
        failure = self.exception()
        if failure is not None:
            raise failure.with_traceback(None)
        if self._value is _UNREAD:
            try:
                self._value = self._asked.read(self._text)
            except BadInput as error:
                raise error.at(f"result of {self._asked.name}") from None
        value: R = self._value
        return value

    def exception(self) -> BaseException | None:
        """Why the call failed, or ``None`` when it succeeded; waits for its end."""
        while not self._order:
            self._engine.advance()
        self._engine.check_use(self)
        self._seen = True
        return self._failure

    def _text_of(self) -> str:
        """JSON text of the value, not decoded; waits for it."""
        failure = self.exception()
        if failure is not None:
            raise failure.with_traceback(None)
        return self._text

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
        if self._listeners:
            for listener in self._listeners:
                listener.append(self)


class Waited(NamedTuple):
    """What ``wait`` gives: futures that have ended, in journal order, and the others."""

    done: list[Future[Any]]
    pending: list[Future[Any]]


def _order(future: Future[Any]) -> int:
    return future._order


@contextmanager
def _heard(pending: Sequence[Future[Any]]) -> Iterator[deque[Future[Any]]]:
    """Where those that end from now on are put, in that order."""
    heard: deque[Future[Any]] = deque()
    for future in pending:
        if future._listeners is None:
            future._listeners = []
        future._listeners.append(heard)
    try:
        yield heard
    finally:
        for future in pending:
            if future._listeners is not None:
                future._listeners = [one for one in future._listeners if one is not heard] or None


def wait(futures: Iterable[Future[Any]], return_when: str = ALL_COMPLETED) -> Waited:
    """Wait until all have ended, the first has (``FIRST_COMPLETED``), or the first has failed or
    all have ended (``FIRST_FAILED``). Raises nothing for a call that failed."""
    wanted = list(futures)
    if return_when not in (ALL_COMPLETED, FIRST_COMPLETED, FIRST_FAILED):
        raise ValueError(f"return_when={return_when!r} is none of the three that there are")
    done = [future for future in wanted if future._order]
    pending = [future for future in wanted if not future._order]
    broken = any(future._failure for future in done)
    enough = (return_when == FIRST_COMPLETED and bool(done)) or (
        return_when == FIRST_FAILED and broken
    )
    if pending and not enough:
        with _heard(pending) as heard:
            left = len(pending)
            while left and not enough:
                pending[0]._engine.advance()
                while heard:
                    left -= 1
                    one = heard.popleft()
                    enough = (
                        enough
                        or return_when == FIRST_COMPLETED
                        or (return_when == FIRST_FAILED and one._failure is not None)
                    )
    done = sorted((future for future in wanted if future._order), key=_order)
    return Waited(done, [future for future in wanted if not future._order])


def as_completed(futures: Iterable[Future[R]]) -> Iterator[Future[R]]:
    """Each of the futures as it ends, in journal order."""
    wanted = list(futures)
    done = sorted((future for future in wanted if future._order), key=_order)
    pending = [future for future in wanted if not future._order]
    with _heard(pending) as heard:
        yield from done
        for _ in range(len(pending)):
            while not heard:
                pending[0]._engine.advance()
            yield heard.popleft()


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
