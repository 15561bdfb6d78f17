"""A project: a folder with pyproject.toml and salt.yaml.

A build that finds salt.yaml unchanged needs neither its models nor a YAML parser: what this
package offers is imported when it is first asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from salt_core.project.pyproject import Project, read_project
    from salt_core.project.settings import Settings
    from salt_core.project.settings_file import read_settings

__all__ = ["Project", "Settings", "read_project", "read_settings"]

_HOMES = {
    "Project": "pyproject",
    "read_project": "pyproject",
    "Settings": "settings",
    "read_settings": "settings_file",
}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{home}"), name)
