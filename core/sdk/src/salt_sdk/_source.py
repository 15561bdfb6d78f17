"""Where in the user's code something was asked for."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import CodeType, FrameType, FunctionType
from typing import Any, Callable, NamedTuple, TypeVar, cast

from salt_sdk._registered import shown_path

HERE = os.path.dirname(os.path.abspath(__file__)) + os.sep

F = TypeVar("F", bound=Callable[..., Any])

_shown: dict[str, str] = {}
_begins: set[CodeType] = set()
_told: list[Place] = []


class Place(NamedTuple):
    """A line of the user's source; ``file`` is below the folder that it was imported from."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


def begins_at(function: F) -> F:
    """Mark what calls a workflow function: what called that in turn asks for nothing."""
    _begins.add(cast(FunctionType, function).__code__)
    return function


def place() -> Place | None:
    """The line of user code that now asks for something: the innermost that is not the SDK's."""
    if _told:
        return _told[-1]
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename.startswith(HERE):
        if frame.f_code in _begins:
            return None
        frame = frame.f_back
    return None if frame is None else Place(_shown_file(frame.f_code.co_filename), frame.f_lineno)


@contextmanager
def asked_at(file: str, line: int) -> Iterator[None]:
    """What follows is asked for by this line, whoever calls it: an edge of a graph, say."""
    _told.append(Place(_shown_file(file), line))
    try:
        yield
    finally:
        _told.pop()


def _shown_file(file: str) -> str:
    found = _shown.get(file)
    if found is None:
        found = _shown[file] = shown_path(file)
    return found
