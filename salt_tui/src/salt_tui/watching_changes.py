"""Which projects there are below the watched folders, and what a burst of saves means for each."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator
from enum import IntEnum
from pathlib import Path

from watchfiles import Change, DefaultFilter

from salt_core.project.pyproject import SETTINGS_FILE

PROJECT = "pyproject.toml"
LOCK = "uv.lock"

IGNORED = frozenset(
    {
        *DefaultFilter.ignore_dirs,
        ".nox",
        ".ruff_cache",
        ".pyright",
        ".eggs",
        "__pypackages__",
        "build",
        "dist",
        "site-packages",
        "venv",
    }
)
"""Folders that hold no sources of a project."""


class Dirty(IntEnum):
    """What has to be done about a project; more includes less."""

    CLEAN = 0
    SETTINGS = 1
    """Only salt.yaml changed: read it, and tell the store."""
    LOCK = 2
    """uv.lock was written: by the build, which needs no other, or by a person."""
    SOURCE = 3
    """Build it, and register what comes of it."""


class Filter(DefaultFilter):
    """Lets pass what can be part of a project."""

    ignore_dirs = tuple(IGNORED)

    def __call__(self, change: Change, path: str) -> bool:
        return super().__call__(change, path) and not Path(path).name.endswith(".egg-info")


def find_projects(roots: Iterable[Path]) -> set[Path]:
    """The folders that hold a salt.yaml, below ``roots`` and the roots themselves.

    A root is a project without one, too, when it holds a pyproject.toml.
    """
    found: set[Path] = set()
    for root in roots:
        if (root / PROJECT).is_file():
            found.add(root)
        found.update(_below(root))
    return found


def _below(folder: Path) -> Iterator[Path]:
    for path, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name not in IGNORED and not _egg(name)]
        if SETTINGS_FILE in files:
            yield Path(path)


def _egg(name: str) -> bool:
    return name.endswith(".egg-info")


def _hidden(path: Path) -> bool:
    """Builders leave such files out; editors, uv and git make many."""
    return any(part.startswith(".") for part in path.parts)


def owner(projects: Collection[Path], path: Path) -> Path | None:
    """The innermost project that ``path`` is in."""
    return next((folder for folder in (path, *path.parents) if folder in projects), None)


def sort_burst(
    projects: Collection[Path], burst: Iterable[tuple[Change, str]]
) -> dict[Path, Dirty]:
    """What a burst of changes asks of each project that it touches."""
    asked: dict[Path, Dirty] = {}
    for change, name in burst:
        path = Path(name)
        folder = owner(projects, path)
        if folder is None or _hidden(path.relative_to(folder)):
            continue
        if path == folder / SETTINGS_FILE and change is not Change.deleted:
            dirty = Dirty.SETTINGS
        elif path == folder / LOCK and change is not Change.deleted:
            dirty = Dirty.LOCK
        elif path == folder or (change is Change.modified and path.is_dir()):
            continue  # a folder's own time stamp: what changed in it is told besides
        else:
            dirty = Dirty.SOURCE
        asked[folder] = max(asked.get(folder, Dirty.CLEAN), dirty)
    return asked
