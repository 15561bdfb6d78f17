"""What runs now: the engine that answers a workflow function, and what a task may know of itself."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from salt_sdk._declare import Task
    from salt_sdk._futures import Future

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

    created: datetime

    def submit(self, task: Task[..., Any], calls: Sequence[Arguments]) -> list[Future[Any]]:
        """Ask for one task per pair of arguments, in order."""
        ...

    def advance(self) -> None:
        """Take the next entry of the journal; waits for it."""
        ...


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
    """The moment, aware and in UTC. In a workflow function: when its run was created.

    A workflow function is run again from its journal, maybe on another day and machine; a clock
    that moved would lead it elsewhere. In a task, and outside of both, it is the clock's time.
    """
    running = _thread.engine
    return running.created if running is not None else datetime.now(timezone.utc)
