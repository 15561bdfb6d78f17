"""The engine with no service: the same values, retries and order as on agents, in this process.

Tasks run one after the other, each when it is asked for, so that a run is the same each time and
a debugger can follow it. Values go through the same JSON. What it does not do: time limits,
processes of their own, and a journal that outlives it.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Callable

from salt_sdk import _checks, _children, _running, _surroundings
from salt_sdk._calls import Calls, the_loop
from salt_sdk._children import Window
from salt_sdk._declare import WorkflowFunction
from salt_sdk._decode import loads
from salt_sdk._encode import dumps
from salt_sdk._errors import InvalidData, NoService, TaskFailed
from salt_sdk._execute import Outcome, execute, result_text
from salt_sdk._futures import Asked, Future
from salt_sdk._input import Input, call_input, fill_in
from salt_sdk._registered import imported
from salt_sdk._report import one_line, retryable
from salt_sdk._running import LoopStart
from salt_sdk._source import begins_at
from salt_sdk._surroundings import Entry, Surroundings
from salt_sdk._timeline import Branch, Timeline

if TYPE_CHECKING:
    from salt_sdk._declare import Task
    from salt_sdk._running import Arguments, Declared


def run(workflow: WorkflowFunction[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Run a workflow and give its value, as its annotations read it from JSON."""
    params = dumps(workflow.signature.by_name(args, kwargs), data=[])
    return workflow.signature.result(loads(run_text(workflow, params)))


def run_text(workflow: WorkflowFunction[..., Any], params: str) -> str:
    """Run a workflow on the JSON text of its parameters; the JSON text of its value.

    Raises:
        BadInput: The parameters do not fit.
    """
    around = _surroundings.around[-1]
    timeline = Timeline(around)
    try:
        return Local("local", around, timeline).run_text(workflow, params)
    finally:
        timeline.close()


def finished(engine: Calls, name: str, value: Any, data: list[str] | None = None) -> str:
    """The end of a workflow function: all that it started has ended, and its value is text.

    Args:
        data: Takes the sha256 of each data file that was made for it; ``None``: none is.

    Raises:
        TaskFailed: A task failed, and the function never asked how it ended.
    """
    text = result_text(name, value, fill_in, data)
    engine.finish()
    return text


class Local(Calls):
    """Runs each task when it is asked for.

    Args:
        branch: The thread of a run that another one called.
    """

    def __init__(
        self,
        run: str,
        around: Surroundings,
        timeline: Timeline,
        branch: Branch | None = None,
    ) -> None:
        super().__init__(run)
        self._around = around
        self._timeline = timeline
        self._branch = branch
        self._now = around.now()
        self._ended = 0
        self._blocked: dict[Future[Any], list[Callable[[], None]]] = {}

    @begins_at
    def run_text(self, workflow: WorkflowFunction[..., Any], params: str) -> str:
        """The JSON text of a workflow's value."""
        bound = workflow.signature.named(loads(params))
        context = _running.Context(self.run, "0", workflow.name, 1, f"{self.run}/0")
        with _running.inside(self, context):
            return finished(self, workflow.name, workflow.fn(*bound.args, **bound.kwargs), [])

    def now(self) -> datetime:
        return self._now

    def advance(self) -> None:
        if self._branch is not None:
            self._branch.park()
        else:
            self._timeline.step()

    def submit(self, declared: Declared, calls: Sequence[Arguments]) -> list[Future[Any]]:
        if isinstance(declared, WorkflowFunction):
            runs = [_children.run(declared, arguments) for arguments in calls]
            futures: list[Future[Any]] = [Future(self, asked, 0) for asked in runs]
            at_once = declared.policy.concurrency or len(futures)
            Window(futures, at_once, self._begin)
            return futures
        asked = _children.task(declared)
        futures = []
        for args, kwargs in calls:
            given = call_input(declared.name, args, kwargs)
            declared.wire_policy(args, kwargs)  # says what is wrong with it, as on an agent
            future: Future[Any] = Future(self, asked, 0)
            futures.append(future)
            self._number(future)
            self._when(given.needs, partial(self._run, future, declared, given))
        return futures

    def ask(self, asked: Asked) -> Future[Any]:
        future: Future[Any] = Future(self, asked, 0)
        self._begin(future)
        return future

    def _begin(self, future: Future[Any], window: Window | None = None) -> None:
        asked = future._asked
        expected = None if asked.kind == "run" else self._around.expect(asked)
        self._number(future)
        if window is not None:
            self._windows[future.seq] = window
        if expected is None:
            self._call(future)
        elif expected.at is not None:
            self._timeline.at(expected.at, lambda: self._close(future, expected.how()))
        else:
            self._timeline.never(future)

    def _close(
        self, future: Future[Any], entry: Entry, failure: BaseException | None = None
    ) -> None:
        self._ended += 1
        self._now = self._around.now()
        self._end(future, self._ended, entry, failure)
        if self._branch is not None:
            self._timeline.wake(self._branch)
        for job in self._blocked.pop(future, ()):
            job()

    # ---- tasks --------------------------------------------------------------------------------

    def _when(self, needs: Sequence[Future[Any]], job: Callable[[], None]) -> None:
        """Do it when all that it needs has ended."""
        waits = next((need for need in needs if not need._order), None)
        if waits is None:
            job()
        else:
            again = partial(self._when, needs, job)
            self._blocked.setdefault(waits, []).append(again)

    def _run(self, future: Future[Any], task: Task[..., Any], given: Input) -> None:
        for need in given.needs:
            failure = need._failure
            usable = isinstance(failure, InvalidData) and task.policy.strict is False
            if failure is not None and not (usable and need._text):
                self._close(future, {"status": "failed"}, _upstream(future, need, failure))
                return
        results = {need.seq: need._text for need in given.needs}
        run = self._around.stand_in(task)
        attempt = 1
        while True:
            context = _running.Context(
                self.run, str(future.seq), task.name, attempt, f"{self.run}/{future.seq}"
            )
            try:
                with _running.inside(None, context):
                    history = self._around.history(task.name)
                    done = execute(run, given.text, results, history)
            except Exception as error:  # noqa: BLE001 - user code
                again = retryable(error, task.policy)
                if not again or attempt > (task.policy.retries or 0):
                    self._close(future, {"status": "failed"}, _failure(future, error))
                    return
                delay = task.policy.delay(attempt)
                print(
                    f"{task.name}: attempt {attempt} failed ({type(error).__name__}: "
                    f"{one_line(error)}); again in {delay:g} s",
                    file=sys.stderr,
                )
                self._around.pause(delay)
                attempt += 1
            else:
                self._judge(future, done)
                return

    def _judge(self, future: Future[Any], done: Outcome) -> None:
        name = future._asked.name
        broken = [one for one in done.checks if not one["passed"]]
        for one in broken:
            print(f"{name}: check {one['name']}: {one['message']}", file=sys.stderr)
        verdict = _checks.verdict(done.checks)
        if verdict == "quarantined" and self._around.accepts(name):
            verdict = "valid"
        if verdict == "valid":
            self._around.remember(name, self.run, done)
            self._close(future, {"status": "succeeded", "value": done.text})
            return
        why = "; ".join(
            f"{one['name']}: {one['message']}" for one in broken if one["severity"] != "warn"
        )
        error = {"type": "InvalidData", "message": why}
        self._close(future, {"status": "invalid", "value": done.text, "error": error})

    # ---- runs that it calls -------------------------------------------------------------------

    def _call(self, future: Future[Any]) -> None:
        asked = future._asked
        stand_in = self._around.run_stands_in(asked)
        if stand_in is not None:
            self._close(future, *_outcome(future, lambda: dumps(stand_in())))
            return
        function = asked.function or imported("workflow", asked.name)
        if function is None:
            raise NoService(
                f"call({asked.name!r}) needs a service: no workflow of that name is in this "
                "process. Start it with `salt run`, or import the other workflow, or test it with "
                "salt_sdk.testing.simulate(replace={…})."
            )
        chosen: WorkflowFunction[..., Any] = function

        def work(branch: Branch) -> None:
            engine = Local(f"{self.run}.{future.seq}", self._around, self._timeline, branch)
            outcome = _outcome(future, lambda: engine.run_text(chosen, asked.wire["params"]))
            self._close(future, *outcome)

        self._timeline.branch(work)

    # ---- rolling loops ------------------------------------------------------------------------

    def begin_loop(self) -> LoopStart:
        self.begin_held()
        future: Future[Any] = Future(self, the_loop(), 0)
        self._number(future)
        self._turns.begin(future.seq)
        return LoopStart(future.seq)

    def end_turn(self, loop: int, turn: int, state: str, data: list[str]) -> None:
        self.finish(loop)
        self._turns.rolled(loop, self._last)


def _outcome(future: Future[Any], text: Callable[[], str]) -> tuple[Entry, BaseException | None]:
    """How a run ended, that this one called."""
    try:
        return {"status": "succeeded", "value": text()}, None
    except Exception as error:  # noqa: BLE001 - user code
        return {"status": "failed"}, _failure(future, error)


def _failure(future: Future[Any], error: BaseException) -> TaskFailed:
    failure = TaskFailed(future._asked.name, future.seq, type(error).__name__, one_line(error))
    failure.__cause__ = error
    return failure


def _upstream(future: Future[Any], need: Future[Any], cause: BaseException) -> TaskFailed:
    name, seq = future._asked.name, future.seq
    told = f"call {need.seq} ({need._asked.name}), which it needs,"
    failure = (
        InvalidData(name, seq, "UpstreamInvalid", f"{told} is invalid")
        if isinstance(cause, InvalidData)
        else TaskFailed(name, seq, "UpstreamFailed", f"{told} failed")
    )
    failure.__cause__ = cause
    return failure
