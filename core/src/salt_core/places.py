"""Which folders this user's Salt has, and the settings file as it was written.

Apart from ``config``, whose models take longer to load than a build takes that finds everything
as it was.
"""

from __future__ import annotations

import os
import tempfile
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import platformdirs

from salt_core.errors import BadInput


@dataclass(frozen=True, slots=True)
class Places:
    """Folders, made by those who use them.

    Attributes:
        file: The settings file, which need not exist.
        values: What it says; a folder named there is already in the others.
    """

    home: Path
    cache: Path
    runtime: Path
    file: Path
    values: dict[str, Any]


def find_places(environment: Mapping[str, str] | None = None) -> Places:
    """The folders of this process.

    Raises:
        BadInput: The settings file is not TOML, or names a folder by something else than text.
    """
    env = os.environ if environment is None else environment
    root = env.get("SALT_HOME")
    folder = Path(root) if root else Path(platformdirs.user_config_dir("salt"))
    file = folder / "config.toml"
    values = _read(file)
    home = Path(root) / "data" if root else Path(platformdirs.user_data_dir("salt"))
    cache = Path(root) / "cache" if root else Path(platformdirs.user_cache_dir("salt"))
    folders = {"home": home, "cache": cache, "runtime": _runtime_folder(env)}
    for key in folders.keys() & values.keys():
        if not isinstance(values[key], str):
            raise BadInput(f"{key}: a folder is text.", file=str(file), key=key)
        folders[key] = Path(values[key])
    return Places(**folders, file=file, values=values)


def _read(file: Path) -> dict[str, Any]:
    if not file.is_file():
        return {}
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"This is not TOML: {error}.", file=str(file)) from error


def _runtime_folder(environment: Mapping[str, str]) -> Path:
    base = environment.get("XDG_RUNTIME_DIR")
    if base and Path(base).is_dir():
        return Path(base) / "salt"
    return Path(tempfile.gettempdir()) / f"salt-{os.getuid()}"
