"""The engine with no service: the same values, retries and order as on agents, in this process.

Tasks run one after the other, each when it is asked for, so that a run is the same each time and
a debugger can follow it. Values go through the same JSON. What it does not do: time limits,
processes of their own, and a journal that outlives it.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Callable

from salt_sdk import _running
from salt_sdk._decode import loads
from salt_sdk._encode import dumps
from salt_sdk._errors import TaskFailed
from salt_sdk._execute import result_text, run_task
from salt_sdk._futures import Future
from salt_sdk._input import call_input, fill_in
from salt_sdk._report import one_line, retryable

if TYPE_CHECKING:
    from salt_sdk._declare import Task, WorkflowFunction
    from salt_sdk._running import Arguments


def run(workflow: WorkflowFunction[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Run a workflow and give its value, as its annotations read it from JSON."""
    params = dumps(workflow.signature.by_name(args, kwargs))
    return workflow.signature.result(loads(run_text(workflow, params)))


def run_text(workflow: WorkflowFunction[..., Any], params: str) -> str:
    """Run a workflow on the JSON text of its parameters; the JSON text of its value.

    Raises:
        BadInput: The parameters do not fit.
    """
    bound = workflow.signature.named(loads(params))
    engine = Local()
    with _running.inside(engine, _running.Context("local", "0", workflow.name, 1, "local/0")):
        value = workflow.fn(*bound.args, **bound.kwargs)
        return finished(engine.futures, workflow.name, value)


def finished(futures: Sequence[Future[Any]], name: str, value: Any) -> str:
    """The end of a workflow function: all that it started has ended, and its value is text.

    Raises:
        TaskFailed: A task failed, and the function never asked how it ended.
    """
    text = result_text(name, value, fill_in)
    for future in futures:
        if not future._seen:
            future.result()
        elif not future._order:
            future.exception()
    return text


class Local:
    """Runs each task when it is asked for."""

    def __init__(self, sleep: Callable[[float], None] = time.sleep) -> None:
        self.created = datetime.now(timezone.utc)
        self.futures: list[Future[Any]] = []
        self._sleep = sleep

    def submit(self, task: Task[..., Any], calls: Sequence[Arguments]) -> list[Future[Any]]:
        return [self._run(task, args, kwargs) for args, kwargs in calls]

    def advance(self) -> None:
        raise RuntimeError("without a service a call has ended when it returns")

    def _run(self, task: Task[..., Any], args: Any, kwargs: Any) -> Future[Any]:
        given = call_input(task.name, args, kwargs)
        seq = len(self.futures) + 1
        future: Future[Any] = Future(self, task, seq)
        self.futures.append(future)
        needs = [self.futures[need - 1] for need in given.needs]
        failed = [need for need in needs if need._failure is not None]
        if failed:
            why = f"call {failed[0].seq} ({failed[0]._task.name}), which it needs, failed"
            failure = TaskFailed(task.name, seq, "UpstreamFailed", why)
            failure.__cause__ = failed[0]._failure
            future._settle(seq, failure=failure)
            return future
        results = {need.seq: need._text for need in needs}
        attempt = 1
        while True:
            context = _running.Context("local", str(seq), task.name, attempt, f"local/{seq}")
            try:
                with _running.inside(None, context):
                    future._settle(seq, run_task(task, given.text, results))
                return future
            except Exception as error:  # noqa: BLE001 - user code
                if not retryable(error) or attempt > (task.policy.retries or 0):
                    failure = TaskFailed(task.name, seq, type(error).__name__, one_line(error))
                    failure.__cause__ = error
                    future._settle(seq, failure=failure)
                    return future
                delay = task.policy.delay(attempt)
                print(
                    f"{task.name}: attempt {attempt} failed ({type(error).__name__}: "
                    f"{one_line(error)}); again in {delay:g} s",
                    file=sys.stderr,
                )
                self._sleep(delay)
                attempt += 1
