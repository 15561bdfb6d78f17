"""A project: a folder with pyproject.toml and salt.yaml."""

from salt_core.project.pyproject import Project, read_project
from salt_core.project.settings import Settings
from salt_core.project.settings_file import read_settings

__all__ = ["Project", "Settings", "read_project", "read_settings"]
