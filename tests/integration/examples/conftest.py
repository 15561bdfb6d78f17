"""The examples as a person uses them: the fixtures of the ``salt`` command, and copies of the folders."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.integration.cli.conftest import (  # noqa: F401
    Salt,
    agent,
    backend,
    cache,
    redis,
    salt,
    until,
)

EXAMPLES = Path(__file__).parents[3] / "examples"

Ready = Callable[[str], Path]


@pytest.fixture
def ready(salt: Salt, agent: Any, tmp_path: Path) -> Ready:  # noqa: F811
    """Copy an example, and build and register it; the copy's folder. An agent is up."""

    def make(name: str) -> Path:
        folder = tmp_path / name
        shutil.copytree(EXAMPLES / name, folder, ignore=shutil.ignore_patterns("dist", "__pyc*"))
        assert salt("register", str(folder), "--json").json["workflow"] == name
        return folder

    return make
