"""Where in the user's code something was asked for."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NamedTuple

from salt_sdk._declare import shown_path

HERE = os.path.dirname(os.path.abspath(__file__)) + os.sep

_shown: dict[str, str] = {}
_told: list[Place] = []


class Place(NamedTuple):
    """A line of the user's source; ``file`` is below the folder that it was imported from."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


def place() -> Place | None:
    """The line of user code that now asks for something: the innermost that is not the SDK's."""
    if _told:
        return _told[-1]
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename.startswith(HERE):
        frame = frame.f_back
    if frame is None:
        return None
    file = frame.f_code.co_filename
    if file not in _shown:
        _shown[file] = shown_path(file)
    return Place(_shown[file], frame.f_lineno)


@contextmanager
def asked_at(file: str, line: int) -> Iterator[None]:
    """What follows is asked for by this line, whoever calls it: an edge of a graph, say."""
    _told.append(Place(shown_path(file), line))
    try:
        yield
    finally:
        _told.pop()
