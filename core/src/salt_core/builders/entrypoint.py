"""Which function is the workflow, when salt.yaml does not say: the only one in the sources."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator
from pathlib import Path

from salt_core.errors import BadInput, BuildFailed
from salt_core.project.pyproject import SETTINGS_FILE, Project


def find_entrypoint(project: Project) -> str:
    """``package.module:function`` of the one function with ``@workflow`` in the sources.

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
            f"No function in {project.source_root} is marked with @workflow.",
            "Mark one, or name it with the key entrypoint.",
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
    if b"workflow" not in raw:
        return
    try:
        tree = ast.parse(raw, os.fspath(path))
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None) or 1
        why = getattr(error, "msg", None) or str(error)
        raise BuildFailed(f"{path}:{line}: {type(error).__name__}: {why}") from error
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and any(
            _is_workflow(decorator) for decorator in node.decorator_list
        ):
            yield node.name


def _is_workflow(decorator: ast.expr) -> bool:
    if isinstance(decorator, ast.Call):
        decorator = decorator.func
    name = decorator.attr if isinstance(decorator, ast.Attribute) else getattr(decorator, "id", "")
    return name == "workflow"
