"""Run one function on JSON: the same for an agent, for the command line and without a service."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from salt_sdk._decode import loads
from salt_sdk._encode import dumps
from salt_sdk._errors import BadInput, NotSendable

if TYPE_CHECKING:
    from salt_sdk._declare import Task


def run_task(task: Task[..., Any], text: str, results: Mapping[int, str]) -> str:
    """Call a task with ``{"args": […], "kwargs": {…}}``; the JSON text of its value.

    Raises:
        BadInput: The input does not fit the task's annotations.
        NotSendable: The value has no form in JSON.
    """
    given = loads(text, results)
    if not isinstance(given, dict):
        raise BadInput(f'{task.name}: the input is not an object {{"args": […], "kwargs": {{…}}}}')
    args, kwargs = given.get("args", []), given.get("kwargs", {})
    if not isinstance(args, list) or not isinstance(kwargs, dict):
        raise BadInput(f'{task.name}: "args" must be a list and "kwargs" an object')
    bound = task.signature.arguments(args, kwargs)
    return result_text(task.name, task.fn(*bound.args, **bound.kwargs))


def result_text(name: str, value: Any, on_future: Any = None) -> str:
    """JSON text of what a function returned.

    Raises:
        NotSendable: It has no form in JSON; says where, and in what function.
    """
    try:
        return dumps(value, on_future)
    except NotSendable as error:
        raise error.at(f"result of {name}") from None
