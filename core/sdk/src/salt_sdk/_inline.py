"""Tasks outside of a workflow function: plain calls, in pytest, a debugger or another task."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import datetime
from operator import is_ as _is
from typing import TYPE_CHECKING, Any

from salt_sdk import _running
from salt_sdk._errors import NoService
from salt_sdk._futures import Asked, Future
from salt_sdk._running import LoopStart

if TYPE_CHECKING:
    from salt_sdk._running import Arguments, Declared


class _Inline:
    """Runs each call at once, as it is; nothing is written as JSON, nothing tried again."""

    def __init__(self) -> None:
        self.calls = 0

    def now(self) -> datetime:
        return _running.now()

    def random(self) -> float:
        return _running.random()

    def submit(self, declared: Declared, calls: Sequence[Arguments]) -> list[Future[Any]]:
        asked = Asked(declared.kind, declared.name, str)
        futures = []
        for args, kwargs in calls:
            self.calls += 1
            future: Future[Any] = Future(self, asked, self.calls)
            try:
                # A task is a plain function here; a workflow function runs as one that is called.
                function: Any = declared.fn if declared.kind == "task" else declared
                future._settle(self.calls, value=function(*values(args), **values(kwargs)))
            except Exception as error:  # noqa: BLE001 - user code
                future._settle(self.calls, failure=error)
            futures.append(future)
        return futures

    def ask(self, asked: Asked) -> Future[Any]:
        if asked.kind != "sleep":
            what = {"event": "wait_event", "run": "call"}.get(asked.kind, asked.kind)
            raise NoService(f"{what}({asked.name!r}) belongs into a workflow function.")
        from salt_sdk import _surroundings

        around = _surroundings.around[-1]
        around.wait_until(_surroundings.moment_of(asked, around.now()))
        self.calls += 1
        future: Future[Any] = Future(self, asked, self.calls)
        future._settle(self.calls, value=None)
        return future

    def advance(self) -> None:
        raise RuntimeError("a call outside of a workflow has ended when it returns")

    def check_use(self, future: Future[Any]) -> None: ...

    def begin_loop(self) -> LoopStart:
        return LoopStart(0)

    def begin_turn(self, loop: int, turn: int) -> None: ...

    def end_turn(self, loop: int, turn: int, state: str, data: list[str]) -> None: ...


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
