"""New projects from the templates beside this file."""

from __future__ import annotations

import keyword
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path, PurePosixPath

from salt_core.errors import BadInput, SaltError
from salt_core.ids import is_name

TEMPLATES = ("function", "graph")
_RENAMED = {"gitignore": ".gitignore"}


@dataclass(frozen=True, slots=True)
class Made:
    """A new project."""

    folder: Path
    workflow: str
    files: tuple[Path, ...]


def make_project(folder: Path, template: str = "function") -> Made:
    """Write a new project into ``folder``, which may exist and be empty.

    Raises:
        BadInput: The folder holds something, its name cannot name a project, or there is no such
            template.
    """
    if template not in TEMPLATES:
        raise BadInput(f"There is no template {template!r}.", f"There are: {', '.join(TEMPLATES)}.")
    source = files("salt_core.project") / "templates" / template
    folder = folder.absolute()
    name = re.sub(r"[^a-z0-9]+", "-", folder.name.lower()).strip("-")
    package = name.replace("-", "_")
    if package in {*sys.stdlib_module_names, "salt_sdk"}:
        package = f"{package}_flow"
    if not is_name(name) or not package.isidentifier() or keyword.iskeyword(package):
        raise BadInput(f"{folder.name!r} cannot name a project.", "Begin it with a letter.")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BadInput(f"{folder} exists and is not empty.", "Choose another folder.")
    written = []
    try:
        for place, text in _files(source, PurePosixPath()):
            path = folder / str(place).replace("src/package/", f"src/{package}/")
            path.parent.mkdir(parents=True, exist_ok=True)
            filled = text.replace("{{ name }}", name).replace("{{ package }}", package)
            path.write_text(filled, encoding="utf-8")
            written.append(path)
    except OSError as error:
        raise SaltError(f"{folder} cannot be written: {error.strerror}.") from error
    return Made(folder, name, tuple(sorted(written)))


def _files(folder: Traversable, place: PurePosixPath) -> Iterator[tuple[PurePosixPath, str]]:
    for entry in folder.iterdir():
        name = entry.name.removesuffix(".txt")
        if entry.is_dir():
            yield from _files(entry, place / name)
        elif entry.name.endswith(".txt"):
            yield place / _RENAMED.get(name, name), entry.read_text(encoding="utf-8")
