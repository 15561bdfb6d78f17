"""What runs now: the engine that answers a workflow function, and what a task may know of itself."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Callable, NamedTuple, Protocol, Union

if TYPE_CHECKING:
    from salt_sdk._declare import Task, WorkflowFunction
    from salt_sdk._futures import Asked, Future

    Declared = Union[Task[..., Any], WorkflowFunction[..., Any]]

Arguments = tuple[tuple[Any, ...], dict[str, Any]]


@dataclass(frozen=True)
class Context:
    """What code may know of the call that it runs in.

    Attributes:
        run: The run's id; ``local`` without a service.
        task: The task's id in the run: the number of its call; ``0`` is the workflow function.
        name: The task's or workflow's name.
        attempt: 1 for the first try.
        key: The same for every try of this task, and for no other task: give it to services
            that take an idempotency key.
    """

    run: str
    task: str
    name: str
    attempt: int
    key: str


class Engine(Protocol):
    """What answers a workflow function: the journal of an agent, or this process alone."""

    def now(self) -> datetime:
        """The present, as the journal has it."""
        ...

    def random(self) -> float:
        """From 0 to below 1, the same on every replay."""
        ...

    def submit(self, declared: Declared, calls: Sequence[Arguments]) -> list[Future[Any]]:
        """Ask for one task, or one run of a workflow function, per pair of arguments, in order."""
        ...

    def ask(self, asked: Asked) -> Future[Any]:
        """Ask for what is no task: a wait, or a run of another workflow."""
        ...

    def advance(self) -> None:
        """Take the next entry of the journal; waits for it."""
        ...

    def check_use(self, future: Future[Any]) -> None:
        """Raises ``Fatal`` when the turn of a loop in which a call was made has ended."""
        ...

    def begin_loop(self) -> LoopStart:
        """A rolling loop begins, or goes on where the journal says."""
        ...

    def begin_turn(self, loop: int, turn: int) -> None: ...

    def end_turn(self, loop: int, turn: int, state: str, data: list[str]) -> None:
        """Wait for every call of this turn, and forget them; ``state`` is JSON text.

        ``data``: the data files that were made for it.
        """
        ...


class LoopStart(NamedTuple):
    """The number of the call that begins a loop, turns that have ended, and the state they left."""

    seq: int
    turn: int = 0
    state: str | None = None


class _PerThread(threading.local):
    engine: Engine | None = None
    context: Context | None = None


_thread = _PerThread()
_process: list[Context] = []
_body_thread: list[int] = []


def engine() -> Engine | None:
    """The engine of the workflow function that this thread runs.

    Raises:
        RuntimeError: The process runs a workflow function, in another thread than this one.
    """
    if _thread.engine is None and _body_thread and _body_thread[0] != threading.get_ident():
        raise RuntimeError(
            "a workflow function calls its tasks from its own thread, else no replay could "
            "repeat their order; use .submit() or .map() to run tasks side by side"
        )
    return _thread.engine


def busy() -> bool:
    """Whether this thread runs a workflow function or a task."""
    return _thread.engine is not None or _thread.context is not None


@contextmanager
def inside(engine: Engine | None, context: Context) -> Iterator[None]:
    """Run what follows as a workflow function (with an engine) or as a task (with none)."""
    before = _thread.engine, _thread.context
    _thread.engine, _thread.context = engine, context
    try:
        yield
    finally:
        _thread.engine, _thread.context = before


def own_process(context: Context, engine: Engine | None) -> None:
    """This whole process runs one task, or one workflow function in this thread."""
    _process[:] = [context]
    _thread.engine, _thread.context = engine, context
    _body_thread[:] = [threading.get_ident()] if engine is not None else []


def context() -> Context:
    """What the running task or workflow function may know of itself.

    Outside of both: a context of run ``local``, task ``0``, attempt 1.
    """
    found = _thread.context
    if found is not None:
        return found
    return _process[0] if _process else Context("local", "0", "", 1, "local/0")


def now() -> datetime:
    """The moment, aware and in UTC.

    In a workflow function it moves with the journal: it is when the last call ended whose end the
    function has seen, or when the run was created; the same on every replay. In a task, and
    outside of both, it is the clock's time.
    """
    running = _thread.engine
    return running.now() if running is not None else clock[-1]()


def random() -> float:
    """A number from 0 to below 1. In a workflow function it is the same on every replay."""
    running = _thread.engine
    if running is not None:
        return running.random()
    import random as chance

    return chance.random()


def _utc_now() -> datetime:
    return datetime.now(timezone.utc)


clock: list[Callable[[], datetime]] = [_utc_now]
"""The last one is asked; a simulation puts its own behind the real one."""
