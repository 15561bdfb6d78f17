"""What pyproject.toml says of a project, and where its sources are."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from salt_core.errors import BadInput
from salt_core.ids import is_name

FILE = "pyproject.toml"
SETTINGS_FILE = "salt.yaml"

_NOT_SOURCES = frozenset(
    [
        "benchmarks",
        "build",
        "dist",
        "doc",
        "docs",
        "env",
        "examples",
        "node_modules",
        "scripts",
        "site",
        "test",
        "tests",
        "venv",
    ]
)
_NOT_MODULES = frozenset({"setup.py", "conftest.py", "noxfile.py", "fabfile.py"})


@dataclass(frozen=True, slots=True)
class Project:
    """A folder that can be built.

    Attributes:
        folder: Absolute.
        name: As in pyproject.toml.
        workflow: The name that its workflow has when salt.yaml gives none.
        dependencies: As written; ``dynamic`` when they come from somewhere else.
        requires_python: A specifier, or ``""``.
        source_root: The folder that is put on the import path.
        sources: The entries of ``source_root`` that belong to the project.
        raw: The bytes of pyproject.toml.
    """

    folder: Path
    name: str
    workflow: str
    dependencies: tuple[str, ...]
    dynamic: bool
    requires_python: str
    source_root: Path
    sources: tuple[str, ...]
    raw: bytes

    @property
    def file(self) -> Path:
        return self.folder / FILE

    def line_of(self, requirement: str) -> int | None:
        """The line of pyproject.toml that names this distribution, from 1."""
        parts = re.split(r"[-_.]+", requirement)
        pattern = re.compile(
            r"""["'\s]""" + r"[-_.]+".join(map(re.escape, parts)) + r"(?![-_.]*[A-Za-z0-9])",
            re.IGNORECASE,
        )
        lines = self.raw.decode(errors="replace").splitlines()
        hits = [n for n, line in enumerate(lines, 1) if pattern.search(line)]
        named = [n for n in hits if not re.match(r"\s*name\s*=", lines[n - 1])]
        return named[0] if named else None

    def line_with(self, text: str) -> int | None:
        """The first line of pyproject.toml that holds ``text``, from 1."""
        lines = self.raw.decode(errors="replace").splitlines()
        return next((n for n, line in enumerate(lines, 1) if text in line), None)

    def line_of_key(self, key: str) -> int | None:
        """The line of pyproject.toml that sets ``key``, from 1."""
        return _line_of_key(self.raw, key)


def read_project(folder: Path) -> Project:
    """The project in ``folder``.

    Raises:
        BadInput: There is no pyproject.toml, it is broken, or no sources are found.
    """
    folder = folder.resolve()
    file = folder / FILE
    if not folder.is_dir():
        raise BadInput(f"There is no folder {folder}.", f"Make one with: salt init {folder}")
    try:
        raw = file.read_bytes()
    except FileNotFoundError:
        raise BadInput(
            f"The folder {folder} has no {FILE}.", f"Make a project with: salt init {folder}"
        ) from None
    except OSError as error:
        raise BadInput(f"This cannot be read: {error.strerror}.", file=str(file)) from error
    project = _parse(raw, file).get("project")
    if not isinstance(project, dict):
        raise BadInput(
            "There is no table [project].", "Add one with name and version.", file=str(file)
        )
    name = _text(project, "name", file)
    if not name:
        raise BadInput("[project] has no name.", 'Add name = "…".', file=str(file), key="name")
    dependencies = project.get("dependencies", [])
    if not isinstance(dependencies, list) or not all(isinstance(one, str) for one in dependencies):
        raise _bad("dependencies is a list of texts", "dependencies", raw, file)
    workflow = re.sub(r"[-_.]+", "-", name).lower()
    if not is_name(workflow):
        raise _bad(f"{name!r} is not the name of a project", "name", raw, file)
    dynamic = project.get("dynamic", [])
    root, sources = _sources(folder)
    return Project(
        folder=folder,
        name=name,
        workflow=workflow,
        dependencies=tuple(dependencies),
        dynamic=isinstance(dynamic, list) and "dependencies" in dynamic,
        requires_python=_text(project, "requires-python", file),
        source_root=root,
        sources=sources,
        raw=raw,
    )


def _parse(raw: bytes, file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise BadInput("This is not UTF-8 text.", file=str(file), line=line) from error
    except tomllib.TOMLDecodeError as error:
        why, _, place = str(error).partition(" (at ")
        found = re.match(r"line (\d+), column (\d+)", place)
        end = raw.count(b"\n") + 1
        line, column = (int(found[1]), int(found[2])) if found else (end, None)
        raise BadInput(f"This is not TOML: {why}.", file=str(file), line=line, column=column) from (
            error
        )


def _text(table: dict[str, Any], key: str, file: Path) -> str:
    value = table.get(key, "")
    if not isinstance(value, str):
        raise BadInput(f"{key} is text.", file=str(file), key=key)
    return value


def _bad(message: str, key: str, raw: bytes, file: Path) -> BadInput:
    return BadInput(f"{message}.", file=str(file), line=_line_of_key(raw, key), key=key)


def _line_of_key(raw: bytes, key: str) -> int | None:
    lines = raw.decode(errors="replace").splitlines()
    return next((n for n, text in enumerate(lines, 1) if re.match(rf"\s*{key}\s*=", text)), None)


def _sources(folder: Path) -> tuple[Path, tuple[str, ...]]:
    """``src/`` whole, or the packages and modules that lie beside pyproject.toml."""
    src = folder / "src"
    if src.is_dir():
        root, names = src, tuple(sorted(entry.name for entry in src.iterdir()))
    else:
        root, names = folder, tuple(sorted(_importable(folder)))
    if not names:
        raise BadInput(
            f"The project {folder} holds no Python sources.",
            "Put a package into src/, or a package or module beside pyproject.toml.",
            file=str(folder / FILE),
        )
    return root, names


def _importable(folder: Path) -> Iterator[str]:
    for entry in folder.iterdir():
        name = entry.name
        if entry.is_dir():
            known = name not in _NOT_SOURCES and name.isidentifier()
            if known and (entry / "__init__.py").is_file():
                yield name
        elif name.endswith(".py") and name not in _NOT_MODULES and name[:-3].isidentifier():
            yield name
