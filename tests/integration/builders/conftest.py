"""Projects to build. What is fetched is kept for the session; each test has projects of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from salt_core.config import Config

MakeProject = Callable[..., Path]

FLOW = """\
import {imports}
from salt_sdk import task, workflow

@task
def double(n: int) -> int:
    return n * 2

@workflow
def flow(n: int = 1) -> dict[str, object]:
    return {{"doubled": sum(double.map([n, n + 1])), "from": {imports}.__name__}}
"""


@pytest.fixture(scope="session")
def session_config(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """Settings with a cache that is filled as the session goes on."""
    root = tmp_path_factory.mktemp("builds")
    return Config(home=root / "data", cache=root / "cache", runtime=root / "run")


def make_project(
    folder: Path,
    *,
    dependencies: tuple[str, ...] = (),
    python: str = ">=3.11,<3.12",
    flow: str | None = None,
    imports: str = "json",
    more: str = "",
) -> Path:
    """A project called ``flow`` whose workflow needs ``imports``."""
    (folder / "src" / "flow").mkdir(parents=True)
    listed = "".join(f'    "{text}",\n' for text in dependencies)
    (folder / "pyproject.toml").write_text(
        f'[project]\nname = "flow"\nversion = "0.1.0"\nrequires-python = "{python}"\n'
        f"dependencies = [\n{listed}]\n{more}"
    )
    (folder / "salt.yaml").write_text("entrypoint: flow.main:flow\n")
    (folder / "src" / "flow" / "__init__.py").write_text("")
    (folder / "src" / "flow" / "main.py").write_text(flow or FLOW.format(imports=imports))
    return folder


@pytest.fixture
def project(tmp_path: Path) -> MakeProject:
    """``project(name="p", **facts)`` makes one."""

    def make(name: str = "p", **facts: object) -> Path:
        return make_project(tmp_path / name, **facts)  # type: ignore[arg-type]

    return make
