"""salt.yaml as the registry stores it; read anew only when its bytes have changed."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from salt_core.builders.entrypoint import find_entrypoint, no_module
from salt_core.builders.files import package_folder, write_whole
from salt_core.errors import BadInput
from salt_core.project.pyproject import SETTINGS_FILE, Project


def settings_of(project: Project, cache: Path) -> dict[str, Any]:
    """All settings with their defaults; workflow and entrypoint filled in.

    Raises:
        BadInput: salt.yaml cannot be used, or the entrypoint is not in the sources.
        BuildFailed: The entrypoint has to be looked for in a file that is not Python.
    """
    settings = _read(project.folder / SETTINGS_FILE, cache)
    if settings["workflow"] is None:
        settings["workflow"] = project.workflow
    if settings["entrypoint"] is None:
        settings["entrypoint"] = find_entrypoint(project)
    elif not _has_module(project, settings["entrypoint"]):
        raise no_module(project, settings["entrypoint"])
    return settings


def _read(file: Path, cache: Path) -> dict[str, Any]:
    try:
        raw = file.read_bytes() if file.exists() else b""
    except OSError as error:
        raise BadInput(
            f"{SETTINGS_FILE} cannot be read: {error.strerror}.", file=str(file)
        ) from error
    rules = (package_folder("salt_core.project") / "settings.py").stat()
    seal = hashlib.sha256(f"{rules.st_size} {rules.st_mtime_ns}\n".encode() + raw)
    known = cache / "settings" / f"{seal.hexdigest()}.json"
    try:
        return dict(json.loads(known.read_bytes()))
    except (OSError, ValueError):
        from salt_core.project import read_settings

        settings = read_settings(file).model_dump(mode="json")
        write_whole(known, json.dumps(settings).encode())
        return settings


def _has_module(project: Project, entrypoint: str) -> bool:
    stem = project.source_root / entrypoint.partition(":")[0].replace(".", "/")
    return stem.with_suffix(".py").is_file() or (stem / "__init__.py").is_file()
