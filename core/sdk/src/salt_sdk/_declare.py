"""``@task`` and ``@workflow``: plain functions that an engine can run elsewhere.

Without an engine they stay plain functions: called from a test, a debugger or another task, a
task just runs.
"""

from __future__ import annotations

import copy
import functools
import inspect
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Callable, Generic, TypeVar, cast, overload

from salt_sdk import _inline, _running
from salt_sdk._futures import Future, gather
from salt_sdk._policy import Policy
from salt_sdk._registered import remember, shown_path
from salt_sdk._rules import Options, RunOptions, TaskRules, WorkflowRules, changed
from salt_sdk._signature import Signature

if TYPE_CHECKING:
    from typing_extensions import Concatenate, ParamSpec, Self, Unpack

    from salt_sdk._checks import Check
    from salt_sdk._classic import Workflow as ClassicWorkflow
    from salt_sdk._classic_arrows import Method

    P = ParamSpec("P")
    Q = ParamSpec("Q")
    S = TypeVar("S")
else:
    P = TypeVar("P")

R = TypeVar("R")


class _Declared(Generic[P, R]):
    """What tasks and workflows have in common.

    Attributes:
        fn: The plain function.
        name: Its name in the artifact.
    """

    kind = ""
    _options: type = Options

    def __init__(
        self,
        fn: Callable[P, R],
        name: str | None,
        policy: Policy,
        scope: Mapping[str, Any] | None,
    ) -> None:
        functools.update_wrapper(cast("Any", self), fn)
        self.fn = fn
        self.name = name or fn.__name__
        self.policy = policy
        self.signature = Signature(fn, scope)

    def __repr__(self) -> str:
        return f"<{self.kind} {self.name}>"

    def prepare(self) -> None:
        """Do now what each forked child would do again; what is wrong shows when it is used."""
        self.signature.prepare()

    @property
    def doc(self) -> str:
        return inspect.getdoc(self.fn) or ""

    @property
    def file(self) -> str:
        """The source's path below the folder that it was imported from."""
        return shown_path(self.fn.__code__.co_filename)

    @property
    def line(self) -> int:
        return self.fn.__code__.co_firstlineno

    def submit(self, *args: Any, **kwargs: Any) -> Future[R]:
        """Start it and go on; arguments may be futures."""
        return self._ask(_running.engine(), [(args, kwargs)])[0]

    def map(self, *iterables: Any, **constant: Any) -> list[R]:
        """Run it for each element, side by side; the values, in the order of the elements.

        Several iterables are walked in step and must be of one length; keyword arguments are the
        same for each call, but for ``concurrency``: how many run at once (``options`` gives it to
        a function that has a parameter of that name). Raises ``TaskFailed`` as soon as one fails.
        """
        return gather(self.map_submit(*iterables, **constant))

    def map_submit(self, *iterables: Any, **constant: Any) -> list[Future[R]]:
        """As ``map``, and does not wait: the futures."""
        if "concurrency" in constant and "concurrency" not in self.signature.parameters:
            bound = self._with({"concurrency": constant.pop("concurrency")})
            return bound.map_submit(*iterables, **constant)
        if not iterables:
            raise TypeError(f"{self.name}.map() needs something to go through")
        columns = [_elements(self.name, column) for column in iterables]
        if len({len(column) for column in columns}) > 1:
            lengths = ", ".join(str(len(column)) for column in columns)
            raise ValueError(f"{self.name}.map() got iterables of lengths {lengths}")
        return self._ask(_running.engine(), [(row, constant) for row in zip(*columns)])

    def _ask(
        self, engine: _running.Engine | None, calls: Sequence[_running.Arguments]
    ) -> list[Future[R]]:
        for args, kwargs in calls:
            self.signature.bind(args, kwargs)
        return (engine or _inline.ENGINE).submit(cast("Any", self), calls)

    def _with(self, rules: Mapping[str, Any]) -> Self:
        """A copy with other rules; the function itself is the same."""
        other = copy.copy(self)
        other.policy = changed(self.policy, f"{self.name}.options()", rules, self._options)
        other._check_names(f"{self.name}.options()")
        return other

    def _check_names(self, who: str) -> None:
        for name in self.policy.names(who):
            if name not in self.signature.parameters:
                known = ", ".join(self.signature.parameters) or "none"
                raise ValueError(
                    f"{who}: a limit or fair= names {{{name}}}, which is no parameter; "
                    f"there are: {known}"
                )


class Task(_Declared[P, R]):
    """A function that agents run, each call in a process of its own.

    Attributes:
        checks: What looks at its values, in the order of declaration.
        declared: The policy of its decorator, whatever ``options`` say.
    """

    kind = "task"
    _options = Options

    def __init__(
        self,
        fn: Callable[P, R],
        name: str | None,
        policy: Policy,
        scope: Mapping[str, Any] | None,
    ) -> None:
        super().__init__(fn, name, policy, scope)
        self.checks: list[Check] = []
        self.declared = policy
        self._check_names(f"@task {fn.__name__}")

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run it and wait for its value; outside of a workflow function: just call it."""
        engine = _running.engine()
        if engine is None:
            return self.fn(*_inline.values(args), **_inline.values(kwargs))
        return self._ask(engine, [(args, kwargs)])[0].result()

    if TYPE_CHECKING:

        @overload
        def __get__(self, instance: None, owner: Any, /) -> Self: ...

        @overload
        def __get__(
            self: Task[Concatenate[Any, Q], S], instance: ClassicWorkflow, owner: Any, /
        ) -> Method[Q, S]: ...

        @overload
        def __get__(self, instance: object, owner: Any, /) -> Self: ...

    def __get__(self, instance: Any, owner: Any = None, /) -> Any:
        """In a class with ``graph()``, ``self.extract`` is the task of that instance."""
        bind = getattr(type(instance), "_salt_method", None)
        return self if bind is None else bind(instance, self)

    def prepare(self) -> None:
        super().prepare()
        try:
            self._of_code()
        except Exception:  # noqa: BLE001 - of the user's classes; it is raised where it is used
            return

    def options(self, **rules: Unpack[Options]) -> Self:
        """The same task with other rules for the calls made through what this gives.

        Takes what ``@task`` takes but the name, and ``concurrency``: how many calls of one
        ``map`` run at once. ``None`` is a rule's default.
        """
        return self._with(rules)

    @property
    def lax(self) -> Self:
        """The same task, that takes data which did not pass its checks."""
        return self._with({"strict": False})

    def wire_policy(
        self, args: tuple[Any, ...], kwargs: Mapping[str, Any], group: str = ""
    ) -> dict[str, Any]:
        """POLICY of WIRE.md for one call.

        Args:
            group: Name of the limit that the calls of one ``map`` share.

        Raises:
            BadInput: A limit's name needs an argument that is a future, or no plain value.
        """
        arguments: Mapping[str, Any] = {}
        if self.policy.of_arguments():
            bound = self.signature.bind(args, kwargs)
            bound.apply_defaults()
            arguments = bound.arguments
        return {**self.policy.wire_for(self.name, arguments, group), **self._of_code()}

    def given_rules(self) -> dict[str, Any]:
        """Rules of ``options`` that the task's own process must know; they go with its input."""
        return {
            key: list(getattr(self.policy, key) or ())
            for key in ("retry_on", "no_retry_on")
            if getattr(self.policy, key) != getattr(self.declared, key)
        }

    def ruled(self, rules: Mapping[str, Any]) -> Self:
        """The same task with the ``given_rules`` of a call."""
        return self._with({key: rules[key] or None for key in rules})

    def described_policy(self) -> dict[str, Any]:
        """POLICY of WIRE.md as ``describe`` tells it."""
        return {**self.policy.described(), **self._of_code()}

    def _of_code(self) -> dict[str, Any]:
        """What follows from its code and its checks."""
        found: dict[str, Any] = {}
        if self.policy.cache is not None:
            from salt_sdk._fingerprint import fingerprint

            found["cache"] = fingerprint(self.fn)
        history = max((check.history for check in self.checks), default=0)
        if history:
            found["history"] = history
        return found


class WorkflowFunction(_Declared[P, R]):
    """A function whose calls of tasks are journaled: it can be stopped and go on elsewhere."""

    kind = "workflow"
    _options = RunOptions

    def options(self, **rules: Unpack[RunOptions]) -> Self:
        """The same workflow with another queue or priority for the runs that it starts.

        ``concurrency``: how many runs of one ``map`` there are at once.
        """
        return self._with(rules)

    def wire_policy(
        self, args: tuple[Any, ...], kwargs: Mapping[str, Any], group: str = ""
    ) -> dict[str, Any]:
        """POLICY of WIRE.md for one child run."""
        policy = self.policy.wire()
        return {key: policy[key] for key in ("queue", "priority") if key in policy}

    def described_policy(self) -> dict[str, Any]:
        """POLICY of WIRE.md as ``describe`` tells it."""
        return self.policy.described()

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run it in this process, with no service; inside another one: as a part of that one."""
        if _running.busy():
            return self.fn(*args, **kwargs)
        from salt_sdk._local import run

        value: R = run(self, args, kwargs)
        return value

    def cli(self, argv: Sequence[str] | None = None) -> None:
        """Be a command: ``python graph.py day=2026-01-01``; prints the value, then exits."""
        from salt_sdk._command import run_workflow

        sys.exit(run_workflow(self, list(sys.argv[1:] if argv is None else argv)))


def _elements(name: str, column: Any) -> list[Any]:
    if isinstance(column, Future):
        column = column.result()
    if isinstance(column, (str, bytes)) or not isinstance(column, Iterable):
        raise TypeError(
            f"{name}.map() goes through lists and other iterables, not a {type(column).__name__}; "
            "what is the same for each call is a keyword argument"
        )
    return list(column)


def _checked(kind: str, fn: Any, name: str | None) -> None:
    if not inspect.isfunction(fn):
        raise TypeError(f"@{kind} goes on a function, not on a {type(fn).__name__}")
    if inspect.iscoroutinefunction(fn) or inspect.isgeneratorfunction(fn):
        raise TypeError(f"@{kind}: {fn.__name__} must be a plain function that returns its value")
    if inspect.isasyncgenfunction(fn):
        raise TypeError(f"@{kind}: {fn.__name__} must be a plain function that returns its value")
    if name is not None and not (isinstance(name, str) and name and name.isprintable()):
        raise ValueError(f"@{kind}: name={name!r} must be some printable text")


def _scope(fn: Any, depth: int) -> Mapping[str, Any] | None:
    """The names that a function inside a function can see in its annotations."""
    return sys._getframe(depth).f_locals if "<locals>" in fn.__qualname__ else None


@overload
def task(fn: Callable[P, R], /) -> Task[P, R]: ...


@overload
def task(
    *, name: str | None = ..., **rules: Unpack[TaskRules]
) -> Callable[[Callable[P, R]], Task[P, R]]: ...


def task(fn: Any = None, /, *, name: str | None = None, **rules: Any) -> Any:
    """Make a function a task.

    Durations are seconds, or text such as ``"250ms"``, ``"10m"``, ``"7d"``. ``{x}`` in ``limit``
    and ``fair`` is the argument ``x`` of the call, a plain value.

    Args:
        name: In the artifact; default: the function's name.
        retries: Tries after the first that fails (default 0).
        retry_on: Exceptions that are tried again, and no others; classes or their names.
        no_retry_on: Exceptions that are not tried again.
        backoff: Before the first retry (default 1 s); doubled each time.
        backoff_max: Ceiling of that delay (default 300 s).
        jitter: Share of the delay that chance may add or take, 0 to 1 (default 0.1).
        timeout: Longest that one try may run (default: no limit).
        start_timeout: Longest that it may be ready before it starts.
        heartbeat: Longest that it may run without a call of ``heartbeat()``.
        queue: Which agents may take it (default: the run's queue).
        priority: Higher is taken first, -512 to 511 (default: the run's).
        limit: A name, of which one runs at a time; a ``Limit``; or a list of these.
        fair: Ready tasks take turns by this key (default: by run).
        cache: ``"by-inputs"``: a value that the same code computed from the same inputs is taken
            again. The code is the task's own and that of the project which it refers to; the
            versions of installed distributions are no part of it.
        cache_for: How long such a value is good (default ``"7d"``).
        strict: False: it takes data that did not pass its checks (default True).
    """

    def make(fn: Any) -> Any:
        _checked("task", fn, name)
        policy = changed(Policy(), f"@task {fn.__name__}", rules, TaskRules)
        made: Task[..., Any] = Task(fn, name, policy, _scope(fn, depth))
        remember(made)
        return made

    depth = 3 if fn is not None else 2
    return make if fn is None else make(fn)


@overload
def workflow(fn: Callable[P, R], /) -> WorkflowFunction[P, R]: ...


@overload
def workflow(
    *, name: str | None = ..., **rules: Unpack[WorkflowRules]
) -> Callable[[Callable[P, R]], WorkflowFunction[P, R]]: ...


def workflow(fn: Any = None, /, *, name: str | None = None, **rules: Any) -> Any:
    """Make a function a workflow.

    Args:
        name: In the artifact; default: the function's name.
        timeout: Longest that a whole run may take (default: no limit).
        retries, retry_on, no_retry_on, backoff, backoff_max, jitter, queue, priority: As of
            ``task``, for the function itself; queue and priority also for its tasks.
    """

    def make(fn: Any) -> Any:
        _checked("workflow", fn, name)
        for parameter in inspect.signature(fn).parameters.values():
            if parameter.kind in (parameter.POSITIONAL_ONLY, parameter.VAR_POSITIONAL):
                raise TypeError(
                    f"@workflow {fn.__name__}: its parameters are given by name, "
                    f"{parameter.name!r} cannot be"
                )
        policy = changed(Policy(), f"@workflow {fn.__name__}", rules, WorkflowRules)
        made: WorkflowFunction[..., Any] = WorkflowFunction(fn, name, policy, _scope(fn, depth))
        remember(made)
        return made

    depth = 3 if fn is not None else 2
    return make if fn is None else make(fn)
