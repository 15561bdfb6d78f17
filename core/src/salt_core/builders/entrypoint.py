"""Which function or class is the workflow, when salt.yaml does not say: the only one there is."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator
from pathlib import Path

from salt_core.errors import BadInput, BuildFailed
from salt_core.project.pyproject import SETTINGS_FILE, Project


def find_entrypoint(project: Project) -> str:
    """``package.module:name`` of the one workflow in the sources.

    That is a function with ``@workflow``, or a class that is derived from ``Workflow`` and has a
    ``graph()``.

    Raises:
        BadInput: There is none, or more than one (lists them).
        BuildFailed: A source file is not Python; names file and line.
    """
    found = [f"{module}:{name}" for module, path in _modules(project) for name in _workflows(path)]
    if len(found) == 1:
        return found[0]
    settings = str(project.folder / SETTINGS_FILE)
    if not found:
        raise BadInput(
            f"No function in {project.source_root} is marked with @workflow, and no class has "
            "graph().",
            "Mark one, or name the workflow with the key entrypoint.",
            file=settings,
            key="entrypoint",
        )
    raise BadInput(
        f"The sources hold {len(found)} workflows: {', '.join(sorted(found))}.",
        "Choose one with the key entrypoint.",
        file=settings,
        key="entrypoint",
    )


def no_module(project: Project, entrypoint: str) -> BadInput:
    """The error to raise when the module of ``entrypoint`` is not in the sources."""
    file = project.folder / SETTINGS_FILE
    return BadInput(
        f"entrypoint: there is no module {entrypoint.partition(':')[0]!r} "
        f"in {project.source_root}.",
        file=str(file),
        line=_line_of(file, "entrypoint"),
        key="entrypoint",
    )


def _line_of(file: Path, key: str) -> int | None:
    lines = file.read_text(encoding="utf-8-sig").splitlines()
    return next((n for n, line in enumerate(lines, 1) if re.match(rf"\s*{key}\s*:", line)), None)


def _modules(project: Project) -> Iterator[tuple[str, Path]]:
    for name in project.sources:
        top = project.source_root / name
        files = [top] if top.is_file() else sorted(top.rglob("*.py"))
        for path in files:
            if path.suffix == ".py":
                inside = path.relative_to(project.source_root).with_suffix("")
                parts = inside.parts[:-1] if inside.name == "__init__" else inside.parts
                if all(part.isidentifier() for part in parts):
                    yield ".".join(parts), path


def _workflows(path: Path) -> Iterator[str]:
    raw = path.read_bytes()
    if b"workflow" not in raw and b"Workflow" not in raw:
        return
    try:
        tree = ast.parse(raw, os.fspath(path))
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None) or 1
        why = getattr(error, "msg", None) or str(error)
        raise BuildFailed(f"{path}:{line}: {type(error).__name__}: {why}") from error
    for node in tree.body:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                found = any(_name(decorator) == "workflow" for decorator in node.decorator_list)
            case ast.ClassDef():
                found = any(_name(base) == "Workflow" for base in node.bases) and any(
                    isinstance(part, ast.FunctionDef) and part.name == "graph" for part in node.body
                )
            case _:
                continue
        if found:
            yield node.name


def _name(expression: ast.expr) -> str:
    if isinstance(expression, ast.Call):
        expression = expression.func
    if isinstance(expression, ast.Attribute):
        return expression.attr
    return str(getattr(expression, "id", ""))
