"""``>>`` and ``<<`` between the tasks of one instance, while its ``graph()`` runs."""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Callable, Generic, TypeVar, cast

from salt_sdk._classic_graph import Condition, Line, Node, shown
from salt_sdk._errors import BadProject
from salt_sdk._futures import Future

if TYPE_CHECKING:
    from typing_extensions import ParamSpec

    from salt_sdk._classic import Workflow
    from salt_sdk._declare import Task

    P = ParamSpec("P")
else:
    P = TypeVar("P")

R = TypeVar("R")
T = TypeVar("T")

_HERE = os.path.dirname(os.path.abspath(__file__)) + os.sep


class _Arrows:
    """What ``>>`` and ``<<`` mean: an edge from each on the one side to each on the other."""

    def __rshift__(self, other: T) -> T:
        return _draw(self, other, other)

    def __lshift__(self, other: T) -> T:
        return _draw(other, self, other)

    def __rrshift__(self: Any, other: Any) -> Any:
        return _draw(other, self, self)

    def __rlshift__(self: Any, other: Any) -> Any:
        return _draw(self, other, self)


class Method(_Arrows, Generic[P, R]):
    """A task of one instance: ``self.extract``. While ``graph()`` runs it is a node."""

    def __init__(self, instance: Workflow, name: str, task: Task[..., R]) -> None:
        self.instance = instance
        self.name = name
        self.task = task
        graph = instance.__dict__.get("_salt_graph")
        self.node: Node | None = None
        if graph is not None:
            self.node = graph.node(name, task, _user_line())

    def __repr__(self) -> str:
        return f"<task {self.task.name} of {self.instance!r}>"

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run it, as ``task`` does."""
        return self.task(*self._with_self(args), **kwargs)

    def submit(self, *args: Any, **kwargs: Any) -> Future[R]:
        """Start it and go on, as ``task.submit`` does."""
        return self.task.submit(*self._with_self(args), **kwargs)

    def when(self, condition: Callable[[R], Any]) -> Port:
        """The beginning of an edge that is taken when ``condition`` of the value is true.

        The condition is called in the workflow's process, again on each replay: it must decide by
        the value and the parameters alone.
        """
        if not callable(condition):
            raise BadProject(
                f"{self.name}.when() takes a function of its value, not {condition!r}; "
                "write for example .when(lambda value: value > 3)."
            )
        return Port(self, condition, otherwise=False)

    def otherwise(self) -> Port:
        """The beginning of an edge that is taken when none of the edges with ``when`` is."""
        return Port(self, None, otherwise=True)

    def _with_self(self, args: Any) -> tuple[Any, ...]:
        if self.node is not None:
            raise BadProject(
                f"graph() calls no task, it says which follows which: write {self.name} >> …, "
                "and give the value to the next task as its argument."
            )
        return (self.instance, *args)


class Port(_Arrows):
    """The beginning of an edge that is not always taken."""

    def __init__(self, method: Method[..., Any], condition: Condition, otherwise: bool) -> None:
        self.method = method
        self.condition = condition
        self.otherwise = otherwise


class _Several(list[Any], _Arrows):
    """The list that ``a >> [b, c]`` gives, so that ``>> d`` can follow it."""

    __rshift__ = _Arrows.__rshift__
    __lshift__ = _Arrows.__lshift__


def _draw(sources: Any, targets: Any, give: T) -> T:
    if isinstance(sources, (list, tuple)) and isinstance(targets, (list, tuple)):
        raise BadProject(TWO_LISTS)
    at = _user_line()
    for source in _ports(sources):
        for target in _ports(targets):
            _connect(source, target.method, at)
    return cast(T, _Several(give)) if isinstance(give, (list, tuple)) else give


TWO_LISTS = (
    "A list cannot lead to a list with >> or <<: write which of them leads to which, one line for "
    "each on the left."
)


def _ports(given: Any) -> Iterator[Port]:
    if isinstance(given, (list, tuple)):
        for part in given:
            yield from _ports(part)
    elif isinstance(given, Port):
        yield given
    elif isinstance(given, Method):
        yield Port(given, None, otherwise=False)
    else:
        name = getattr(given, "__name__", None) or repr(given)
        mend = "put @task above it" if inspect.ismethod(given) else "write it as self.NAME"
        raise BadProject(f"{name} is not a task, and has no place in graph(); {mend}.")


def _connect(source: Port, target: Method[..., Any], at: Line) -> None:
    begin, end = source.method, target
    if begin.instance is not end.instance:
        raise BadProject(f"{begin.name} >> {end.name}: they are not of one workflow ({shown(at)}).")
    graph = begin.instance.__dict__.get("_salt_graph")
    if graph is None or begin.node is None or end.node is None:
        raise BadProject(f"{begin.name} >> {end.name}: edges are drawn in graph() ({shown(at)}).")
    graph.connect(begin.node, end.node, source.condition, source.otherwise, at)


def _user_line() -> Line:
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_HERE):
        frame = frame.f_back
    return frame.f_code.co_filename, frame.f_lineno
