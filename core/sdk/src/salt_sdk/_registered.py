"""What was declared, by name: all that an artifact has once the user's code is imported."""

from __future__ import annotations

import os
import sys
from typing import Any, Callable, Protocol

from salt_sdk._errors import BadProject


class Named(Protocol):
    """A task or a workflow."""

    kind: str
    name: str
    fn: Callable[..., Any]

    @property
    def file(self) -> str: ...

    @property
    def line(self) -> int: ...


_declared: dict[str, dict[str, list[Named]]] = {"task": {}, "workflow": {}}


def remember(made: Named) -> None:
    """A module that is imported again takes the place of its first import.

    Functions inside a function do not: a factory that is called twice makes two.
    """
    same_name = _declared[made.kind].setdefault(made.name, [])
    if "<locals>" not in made.fn.__qualname__:
        same_name[:] = [other for other in same_name if _origin(other) != _origin(made)]
    same_name.append(made)


def _origin(made: Named) -> tuple[str, str]:
    return made.fn.__code__.co_filename, made.fn.__qualname__


def forget(made: Named) -> None:
    """It goes by another name now."""
    _declared[made.kind][made.name].remove(made)


def imported(kind: str, name: str) -> Any:
    """The task or workflow of that name that was imported last; ``None``: there is none."""
    same_name = _declared[kind].get(name)
    return same_name[-1] if same_name else None


def declared(kind: str) -> dict[str, Any]:
    """Every task or workflow that was imported, by name.

    Raises:
        BadProject: Two have one name.
    """
    found = {}
    for name, same_name in _declared[kind].items():
        if not same_name:
            continue
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
