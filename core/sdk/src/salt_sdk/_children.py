"""Runs of workflow functions that a workflow function starts, and a bound on how many go on."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Callable

from salt_sdk._decode import loads
from salt_sdk._futures import Asked, Future
from salt_sdk._input import run_input

if TYPE_CHECKING:
    from salt_sdk._declare import Task, WorkflowFunction
    from salt_sdk._running import Arguments


def task(declared: Task[..., Any]) -> Asked:
    """What a call of a task asks for; its arguments come with each call."""
    signature = declared.signature
    return Asked("task", declared.name, lambda text: signature.result(loads(text)))


def run(declared: WorkflowFunction[..., Any], arguments: Arguments) -> Asked:
    """What a call of a workflow function asks for: a run of its own. Waits for futures in it."""
    args, kwargs = arguments
    signature = declared.signature
    wire: dict[str, Any] = {
        "own": True,
        **run_input(declared.name, signature.by_name(args, kwargs)),
    }
    policy = declared.wire_policy(args, kwargs)
    if policy:
        wire["policy"] = policy
    return Asked("run", declared.name, lambda text: signature.result(loads(text)), wire, declared)


class Window:
    """Calls of which only so many go on at once: one more begins when one has ended.

    Ends are seen in the order of the journal, so that a replay begins each at the same point.
    """

    def __init__(
        self,
        futures: Iterable[Future[Any]],
        at_once: int,
        begin: Callable[[Future[Any], Window], None],
    ) -> None:
        self._waiting = deque(futures)
        self._begin = begin
        for _ in range(min(at_once, len(self._waiting))):
            self.next()

    def holds(self) -> bool:
        """Whether there are calls that have not begun."""
        return bool(self._waiting)

    def next(self) -> None:
        """Begin one more, if there is one."""
        if self._waiting:
            self._begin(self._waiting.popleft(), self)
