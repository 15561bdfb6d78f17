"""``@task`` and ``@workflow``: plain functions that an engine can run elsewhere.

Without an engine they stay plain functions: called from a test, a debugger or another task, a
task just runs.
"""

from __future__ import annotations

import functools
import inspect
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Callable, Generic, TypeVar, cast, overload

from salt_sdk import _inline, _running
from salt_sdk._errors import BadProject
from salt_sdk._futures import Future, gather
from salt_sdk._policy import Duration, Policy, policy
from salt_sdk._signature import Signature

if TYPE_CHECKING:
    from typing_extensions import ParamSpec

    P = ParamSpec("P")
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


class Task(_Declared[P, R]):
    """A function that agents run, each call in a process of its own."""

    kind = "task"

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run it and wait for its value; outside of a workflow function: just call it."""
        engine = _running.engine()
        if engine is None:
            return self.fn(*_inline.values(args), **_inline.values(kwargs))
        return self._ask(engine, [(args, kwargs)])[0].result()

    def submit(self, *args: Any, **kwargs: Any) -> Future[R]:
        """Start it and go on; arguments may be futures."""
        return self._ask(_running.engine(), [(args, kwargs)])[0]

    def map(self, *iterables: Any, **constant: Any) -> list[R]:
        """Run it for each element, side by side; the values, in the order of the elements.

        Several iterables are walked in step and must be of one length; keyword arguments are the
        same for each call. Raises ``TaskFailed`` as soon as one fails.
        """
        return gather(self.map_submit(*iterables, **constant))

    def map_submit(self, *iterables: Any, **constant: Any) -> list[Future[R]]:
        """As ``map``, and does not wait: the futures."""
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
        return (engine or _inline.ENGINE).submit(self, calls)


class WorkflowFunction(_Declared[P, R]):
    """A function whose calls of tasks are journaled: it can be stopped and go on elsewhere."""

    kind = "workflow"

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


_declared: dict[str, dict[str, list[_Declared[..., Any]]]] = {"task": {}, "workflow": {}}


def _remember(made: _Declared[..., Any]) -> None:
    """A module that is imported again takes the place of its first import.

    Functions inside a function do not: a factory that is called twice makes two.
    """
    same_name = _declared[made.kind].setdefault(made.name, [])
    if "<locals>" not in made.fn.__qualname__:
        same_name[:] = [other for other in same_name if _origin(other) != _origin(made)]
    same_name.append(made)


def _origin(made: _Declared[..., Any]) -> tuple[str, str]:
    return made.fn.__code__.co_filename, made.fn.__qualname__


def declared(kind: str) -> dict[str, Any]:
    """Every task or workflow that was imported, by name.

    Raises:
        BadProject: Two have one name.
    """
    found = {}
    for name, same_name in _declared[kind].items():
        if len(same_name) > 1:
            places = " and ".join(f"{other.file}:{other.line}" for other in same_name)
            raise BadProject(f"Two {kind}s are called {name!r}: {places}. Give one another name=.")
        found[name] = same_name[0]
    return found


def shown_path(path: str) -> str:
    """``path`` below the folder of ``sys.path`` that it was imported from."""
    path = os.path.abspath(path)
    folders = [os.path.abspath(folder) + os.sep for folder in sys.path]
    inside = [folder for folder in folders if path.startswith(folder)]
    return path[len(max(inside, key=len)) :] if inside else path


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
    *,
    name: str | None = ...,
    retries: int | None = ...,
    timeout: Duration | None = ...,
    backoff: Duration | None = ...,
    backoff_max: Duration | None = ...,
    jitter: float | None = ...,
    queue: str | None = ...,
    priority: int | None = ...,
) -> Callable[[Callable[P, R]], Task[P, R]]: ...


def task(
    fn: Any = None,
    /,
    *,
    name: str | None = None,
    retries: int | None = None,
    timeout: Duration | None = None,
    backoff: Duration | None = None,
    backoff_max: Duration | None = None,
    jitter: float | None = None,
    queue: str | None = None,
    priority: int | None = None,
) -> Any:
    """Make a function a task.

    Args:
        name: In the artifact; default: the function's name.
        retries: Tries after the first that fails (default 0).
        timeout: Longest that one try may run: seconds or ``"10m"`` (default: no limit).
        backoff: Before the first retry (default 1 s); doubled each time.
        backoff_max: Ceiling of that delay (default 300 s).
        jitter: Share of the delay that chance may add or take, 0 to 1 (default 0.1).
        queue: Which agents may take it (default: the run's queue).
        priority: Higher is taken first, -512 to 511 (default: the run's).
    """

    def make(fn: Any) -> Any:
        _checked("task", fn, name)
        rules = policy(
            f"@task {fn.__name__}",
            retries=retries,
            timeout=timeout,
            backoff=backoff,
            backoff_max=backoff_max,
            jitter=jitter,
            queue=queue,
            priority=priority,
        )
        made: Task[..., Any] = Task(fn, name, rules, _scope(fn, depth))
        _remember(made)
        return made

    depth = 3 if fn is not None else 2
    return make if fn is None else make(fn)


@overload
def workflow(fn: Callable[P, R], /) -> WorkflowFunction[P, R]: ...


@overload
def workflow(
    *,
    name: str | None = ...,
    retries: int | None = ...,
    timeout: Duration | None = ...,
    backoff: Duration | None = ...,
    backoff_max: Duration | None = ...,
    jitter: float | None = ...,
    queue: str | None = ...,
    priority: int | None = ...,
) -> Callable[[Callable[P, R]], WorkflowFunction[P, R]]: ...


def workflow(
    fn: Any = None,
    /,
    *,
    name: str | None = None,
    retries: int | None = None,
    timeout: Duration | None = None,
    backoff: Duration | None = None,
    backoff_max: Duration | None = None,
    jitter: float | None = None,
    queue: str | None = None,
    priority: int | None = None,
) -> Any:
    """Make a function a workflow; the arguments are those of ``task``, for the function itself."""

    def make(fn: Any) -> Any:
        _checked("workflow", fn, name)
        for parameter in inspect.signature(fn).parameters.values():
            if parameter.kind in (parameter.POSITIONAL_ONLY, parameter.VAR_POSITIONAL):
                raise TypeError(
                    f"@workflow {fn.__name__}: its parameters are given by name, "
                    f"{parameter.name!r} cannot be"
                )
        rules = policy(
            f"@workflow {fn.__name__}",
            retries=retries,
            timeout=timeout,
            backoff=backoff,
            backoff_max=backoff_max,
            jitter=jitter,
            queue=queue,
            priority=priority,
        )
        made: WorkflowFunction[..., Any] = WorkflowFunction(fn, name, rules, _scope(fn, depth))
        _remember(made)
        return made

    depth = 3 if fn is not None else 2
    return make if fn is None else make(fn)
