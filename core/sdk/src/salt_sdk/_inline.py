"""Tasks outside of a workflow function: plain calls, in pytest, a debugger or another task."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import datetime, timezone
from operator import is_ as _is
from typing import TYPE_CHECKING, Any

from salt_sdk._futures import Future

if TYPE_CHECKING:
    from salt_sdk._declare import Task
    from salt_sdk._running import Arguments


class _Inline:
    """Runs each call at once, as it is; nothing is written as JSON, nothing tried again."""

    created = datetime.fromtimestamp(0, timezone.utc)

    def __init__(self) -> None:
        self.calls = 0

    def submit(self, task: Task[..., Any], calls: Sequence[Arguments]) -> list[Future[Any]]:
        futures = []
        for args, kwargs in calls:
            self.calls += 1
            future: Future[Any] = Future(self, task, self.calls)
            try:
                future._settle(self.calls, value=task.fn(*values(args), **values(kwargs)))
            except Exception as error:  # noqa: BLE001 - user code
                future._settle(self.calls, failure=error)
            futures.append(future)
        return futures

    def advance(self) -> None:
        raise RuntimeError("a call outside of a workflow has ended when it returns")


ENGINE = _Inline()


def values(given: Any) -> Any:
    """``given`` with the values of the futures in it, as an engine would pass them."""
    return _values(given) if ENGINE.calls else given


def _values(given: Any) -> Any:
    if isinstance(given, Future):
        return given.result()
    kind = type(given)
    if kind in (list, tuple):
        parts = [_values(part) for part in given]
        return given if all(map(_is, parts, given)) else kind(parts)
    if kind is dict:
        parts = [_values(part) for part in given.values()]
        return given if all(map(_is, parts, given.values())) else dict(zip(given, parts))
    if dataclasses.is_dataclass(given) and not isinstance(given, type):
        names = [field.name for field in dataclasses.fields(given) if field.init]
        parts = [getattr(given, name) for name in names]
        new = [_values(part) for part in parts]
        return (
            given
            if all(map(_is, new, parts))
            else dataclasses.replace(given, **dict(zip(names, new)))
        )
    return given
