"""The classic form: a class whose ``graph()`` says which task follows which.

    class Report(Workflow):
        day: date = date(2026, 1, 1)          # annotated attributes are the parameters

        @task(retries=2)
        def extract(self) -> list[int]: ...

        @task
        def clean(self, rows: list[int]) -> list[int]: ...

        def graph(self) -> None:
            self.extract >> self.clean

A library on top of the durable function: ``_classic_walk.py`` is the function's body.
"""

from __future__ import annotations

import copy
import dataclasses
import inspect
import sys
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from functools import cached_property
from types import FunctionType
from typing import TYPE_CHECKING, Any, Callable, ClassVar, cast

from salt_sdk import _running
from salt_sdk._classes import field_hints
from salt_sdk._classic_arrows import TWO_LISTS, Method
from salt_sdk._classic_graph import Graph
from salt_sdk._classic_walk import Walk
from salt_sdk._declare import Task, WorkflowFunction, workflow
from salt_sdk._errors import BadProject
from salt_sdk._futures import Future
from salt_sdk._registered import forget, remember
from salt_sdk._signature import Signature

if TYPE_CHECKING:
    from typing_extensions import dataclass_transform
else:

    def dataclass_transform() -> Callable[[Any], Any]:
        return lambda cls: cls


MAX_ROUNDS = 10_000


class _NoSuchName(AttributeError):
    """An instance was asked for a task or parameter that it does not have."""


class OfClass(Signature):
    """The parameters of a class: its annotated attributes."""

    def __init__(self, body: Callable[..., Any], cls: type[Workflow]) -> None:
        super().__init__(body, None)
        self._cls = cls

    @cached_property
    def hints(self) -> dict[str, Any]:
        return field_hints(self._cls)

    def draw(self) -> None:
        """Draw the graph as it is by default, where each parameter has one.

        Raises:
            BadProject: It is no graph: better said when it is built than when it runs.
        """
        if all(p.default is not p.empty for p in self.parameters.values()):
            try:
                _graph_of(self._cls())
            except BadProject:
                raise
            except Exception:  # noqa: BLE001 - other parameters may do better
                return


class _OfMethod(Signature):
    """A method's parameters; ``self`` travels as what the workflow was started with."""

    def __init__(self, of: Signature, cls: type[Workflow]) -> None:
        super().__init__(of.function, of.scope)
        self._cls = cls

    @cached_property
    def hints(self) -> dict[str, Any]:
        this = next(iter(self.parameters))
        return {**super().hints, this: self._cls}


@dataclass_transform()
class Workflow:
    """Base of classes whose annotated attributes are parameters, and whose tasks are methods.

    ``graph()`` draws the tasks' order with ``>>`` and ``<<``; lists may stand on one side. A task
    starts when each edge that leads to it is decided and one at least is taken; if none is, it is
    skipped, and so is what follows. It is called with the values of the tasks that led to it, in
    the order in which the edges are written, as many as it takes. An edge that leads back starts
    its task again, at once, with the value that came along it, and then what follows that task.
    A cycle is left for good when it has come to rest: what waits for an edge out of it that was
    not taken waits until then.

    The workflow's value is that of the last task; where several are last: a dict, by their names.

    Class keywords: ``name`` (default: the class's), ``max_rounds`` (how often one task may start;
    default 10,000), and those of ``@workflow``.
    """

    if TYPE_CHECKING:
        function: ClassVar[WorkflowFunction[..., Any]]
        """The durable function that walks the graph: what agents know of the class."""

    def __init_subclass__(
        cls, *, name: str | None = None, max_rounds: int = MAX_ROUNDS, **keywords: Any
    ) -> None:
        super().__init_subclass__()
        doc = cls.__doc__
        if "__init__" in vars(cls):
            raise TypeError(
                f"{cls.__name__}: parameters are annotated attributes, and there is no __init__; "
                "what else an instance needs is made in __post_init__"
            )
        if not isinstance(max_rounds, int) or max_rounds < 1:
            raise ValueError(f"{cls.__name__}: max_rounds={max_rounds!r} must be 1 or more")
        dataclasses.dataclass(eq=False)(cls)
        cls.__doc__ = doc
        _refuse_taken_names(cls)
        drawn = cls.graph is not Workflow.graph
        _own_tasks(cls, drawn)
        if drawn:
            cls.function = _function(cls, name, max_rounds, keywords, sys._getframe(1))

    def _salt_method(self, task: Task[..., Any]) -> Method[..., Any]:
        return Method(self, task.name.partition(".")[2], task)

    def graph(self) -> None:
        """Say which task follows which; each subclass has its own."""
        raise BadProject(f"{type(self).__name__} has no graph(); it says which task follows which.")

    def run(self) -> Any:
        """Run it in this process, with no service; inside another workflow: as a part of that."""
        if not _drawn(type(self)):
            self.graph()  # says what is missing
        given = {field.name: getattr(self, field.name) for field in _parameters(type(self))}
        value = self.function(**given)
        if isinstance(value, Future):
            return value.result()
        if _running.busy() and isinstance(value, dict):
            ended = {k: v.result() if isinstance(v, Future) else v for k, v in value.items()}
            return ended
        return value

    def __call__(self) -> Any:
        """As ``run``."""
        return self.run()

    @classmethod
    def cli(cls, argv: Sequence[str] | None = None) -> None:
        """Be a command: ``python graph.py day=2026-01-01``; prints the value, then exits."""
        cls.function.cli(argv)

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            known = [name for name in dir(type(self)) if not name.startswith("_")]
            near = get_close_matches(name, known, 1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise _NoSuchName(f"{type(self).__name__} has no {name!r}{hint}")


def _parameters(cls: Any) -> list[Any]:
    return [field for field in dataclasses.fields(cls) if field.init]


def _drawn(cls: type[Workflow]) -> bool:
    return "function" in vars(cls)


def _refuse_taken_names(cls: type[Workflow]) -> None:
    taken = {"graph", "run", "cli", "function"}
    tasks = {name for name, found in vars(cls).items() if isinstance(found, Task)}
    for name in (*tasks, *(field.name for field in dataclasses.fields(cast(Any, cls)))):
        if name in taken:
            raise TypeError(f"{cls.__name__}.{name}: every Workflow has a {name!r}; rename yours")


def _own_tasks(cls: type[Workflow], drawn: bool) -> None:
    """Give ``cls`` tasks of its own name: those of its body, and those that it inherits."""
    for name in dir(cls):
        found = inspect.getattr_static(cls, name)
        if not isinstance(found, Task):
            continue
        if name in vars(cls):
            forget(found)
        own: Task[..., Any] = copy.copy(found)
        short = found.name if name in vars(cls) else found.name.partition(".")[2]
        own.name = f"{cls.__name__}.{short}"
        own.signature = _OfMethod(found.signature, cls)
        own.checks = list(found.checks)
        for one in own.checks:
            if next(iter(inspect.signature(one.fn).parameters)) == "self":
                raise TypeError(
                    f"{cls.__name__}.{one.name}: a check takes the value, and no self; "
                    "put @staticmethod above @check, and leave self out"
                )
        setattr(cls, name, own)
        if drawn:
            remember(own)


def _function(
    cls: type[Workflow],
    name: str | None,
    max_rounds: int,
    keywords: Mapping[str, Any],
    frame: Any,
) -> WorkflowFunction[..., Any]:
    """The durable function of a class.

    To errors, tracebacks and the journal its one line is the class statement, which is what the
    user wrote.
    """
    go = lambda *args, **kwargs: _walk(cls, max_rounds, args, kwargs)
    code = go.__code__.replace(
        co_filename=frame.f_code.co_filename, co_firstlineno=frame.f_lineno, co_name=cls.__name__
    )
    body = FunctionType(code, globals(), cls.__name__, None, go.__closure__)
    body.__qualname__, body.__module__, body.__doc__ = cls.__qualname__, cls.__module__, cls.__doc__
    signature = inspect.signature(cls)
    body.__signature__ = signature.replace(  # type: ignore[attr-defined]
        return_annotation=inspect.Signature.empty
    )
    made: WorkflowFunction[..., Any] = workflow(name=name, **keywords)(body)
    made.signature = OfClass(body, cls)
    return made


def _walk(cls: type[Workflow], max_rounds: int, args: Any, kwargs: Any) -> Any:
    instance = cls(*args, **kwargs)
    return Walk(_graph_of(instance), instance, max_rounds).run()


def _graph_of(instance: Workflow) -> Graph:
    """What ``graph()`` draws.

    Raises:
        BadProject: It draws nothing, or something that is no graph.
    """
    graph = Graph(type(instance).__name__)
    instance.__dict__["_salt_graph"] = graph
    try:
        instance.graph()
    except _NoSuchName as error:
        raise BadProject(f"{type(instance).__name__}.graph(): {error}") from error
    except TypeError as error:
        if "'list' and 'list'" in str(error) or "'list' and 'tuple'" in str(error):
            raise BadProject(TWO_LISTS) from error
        raise
    finally:
        del instance.__dict__["_salt_graph"]
    graph.close()
    return graph
