"""The source layer's files: what of a project goes into its artifact."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from salt_core.errors import BuildFailed
from salt_core.project.pyproject import Project

SourceFile = tuple[str, bytes, int]
"""Name in the artifact, content, mode (0o644 or 0o755)."""

ENTRY_MODULE = "_salt_artifact.py"
MAX_BYTES = 1 << 30
"""Of all sources together: a zip without 64-bit offsets has to hold them and the wheels."""

_TAKEN = frozenset({"PEX-INFO", "__main__.py", "__pex__"})
"""Names at the top that the artifact needs for itself."""


def read_sources(project: Project, entrypoint: str, workflow: str) -> list[SourceFile]:
    """Every file of the project's sources, sorted, and the module that names the entrypoint.

    Hidden files, editors' backups and bytecode are left out; a link counts as what it leads to.

    Raises:
        BuildFailed: A file cannot be read, has a name that the artifact needs, or all together
            are too large.
    """
    found: list[SourceFile] = []
    total = 0
    for name, path in _walk(project.source_root, project.sources):
        top = name.partition("/")[0]
        if top.removesuffix(".py") in sys.stdlib_module_names:
            raise BuildFailed(
                f"{project.source_root / top}: Python has a module of this name, "
                "and would import that one.",
                "Give yours another name.",
            )
        if top in _TAKEN:
            raise BuildFailed(
                f"{path}: an artifact has a file {name} of its own.", "Give yours another name."
            )
        try:
            with open(path, "rb") as file:
                mode = 0o755 if os.fstat(file.fileno()).st_mode & 0o100 else 0o644
                data = file.read()
        except OSError as error:
            raise BuildFailed(f"{path} cannot be read: {error.strerror}.") from error
        total += len(data)
        if total > MAX_BYTES:
            raise BuildFailed(
                f"The sources in {project.source_root} are larger than {MAX_BYTES >> 20} MB.",
                "Keep data out of them: tasks read it from where it lives.",
            )
        found.append((name, data, mode))
    found.append((ENTRY_MODULE, entry_module(entrypoint, workflow), 0o644))
    return sorted(found)


def entry_module(entrypoint: str, workflow: str) -> bytes:
    """What the SDK reads inside the artifact (WIRE.md section 5)."""
    return f"ENTRYPOINT = {entrypoint!r}\nWORKFLOW = {workflow!r}\n".encode()


def _walk(root: Path, names: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    above: tuple[str, ...] = (str(root.resolve()),)
    pending = [(name, f"{root}/{name}", above) for name in names]
    while pending:
        name, path, above = pending.pop()
        base = name.rpartition("/")[2]
        if not _belongs(base) or name == ENTRY_MODULE:
            continue
        if os.path.isdir(path):
            real = os.path.realpath(path)
            if real not in above:  # else a link that leads back up
                with os.scandir(path) as entries:
                    pending += [(f"{name}/{e.name}", e.path, (*above, real)) for e in entries]
        elif os.path.isfile(path):
            yield name, path


def _belongs(name: str) -> bool:
    return not (
        name.startswith(".")
        or name == "__pycache__"
        or name.endswith(("~", ".pyc", ".pyo", ".egg-info"))
    )
