"""Run one function on JSON: the same for an agent, for the command line and without a service."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from salt_sdk import _checks, _fits
from salt_sdk._decode import loads
from salt_sdk._encode import dumps
from salt_sdk._errors import BadInput, NotSendable

if TYPE_CHECKING:
    from salt_sdk._declare import Task


class Outcome(NamedTuple):
    """What a task computed.

    Attributes:
        text: JSON text of its value.
        data: sha256 of each data file that was made for it.
        checks: What its checks say, as WIRE.md has them.
    """

    text: str
    data: list[str]
    checks: list[dict[str, Any]]


def run_task(task: Task[..., Any], text: str, results: Mapping[int, str]) -> str:
    """Call a task with ``{"args": […], "kwargs": {…}}``; the JSON text of its value, unchecked.

    Raises:
        BadInput: The input, or the value, does not fit the task's annotations.
        NotSendable: The value has no form in JSON.
    """
    return _written(task, _value(task, text, results), None)


def execute(
    task: Task[..., Any],
    text: str,
    results: Mapping[int, str],
    history: Sequence[Mapping[str, Any]] = (),
) -> Outcome:
    """Call a task, write its value, and have its checks look at it.

    Args:
        history: Records of earlier values, oldest first, as WIRE.md has them.

    Raises:
        BadInput: The input, or the value, does not fit the task's annotations.
        NotSendable: The value has no form in JSON.
    """
    data: list[str] = []
    value = _value(task, text, results)
    written = _written(task, value, data)
    # A check that changed the value would change nothing: it is written.
    return Outcome(written, data, _checks.run(task, value, history))


def _value(task: Task[..., Any], text: str, results: Mapping[int, str]) -> Any:
    given = loads(text, results)
    if not isinstance(given, dict):
        raise BadInput(f'{task.name}: the input is not an object {{"args": […], "kwargs": {{…}}}}')
    args, kwargs = given.get("args", []), given.get("kwargs", {})
    if not isinstance(args, list) or not isinstance(kwargs, dict):
        raise BadInput(f'{task.name}: "args" must be a list and "kwargs" an object')
    bound = task.signature.arguments(args, kwargs)
    return task.fn(*bound.args, **bound.kwargs)


def _written(task: Task[..., Any], value: Any, data: list[str] | None) -> str:
    text = result_text(task.name, value, data=data)
    try:
        _fits.check(task.signature.hints.get("return", Any), value)
    except BadInput as error:
        raise error.at(f"result of {task.name}") from None
    return text


def result_text(name: str, value: Any, on_future: Any = None, data: list[str] | None = None) -> str:
    """JSON text of what a function returned.

    Args:
        data: Takes the sha256 of each data file that was made for it; ``None``: none is.

    Raises:
        NotSendable: It has no form in JSON; says where, and in what function.
    """
    try:
        return dumps(value, on_future, data)
    except NotSendable as error:
        raise error.at(f"result of {name}") from None
