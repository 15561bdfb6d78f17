from __future__ import annotations

from pathlib import Path

import pytest

from salt_core.errors import BadInput
from salt_core.project import read_project

BASE = '[project]\nname = "My_Flow"\nversion = "1"\n'


def make(folder: Path, pyproject: str | None = BASE, *files: str) -> Path:
    if pyproject is not None:
        (folder / "pyproject.toml").write_text(pyproject)
    for name in files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("")
    return folder


@pytest.mark.parametrize(
    ("files", "root", "sources"),
    [
        (["src/flow/__init__.py", "src/more.py", "other.py"], "src", ("flow", "more.py")),
        (["flow/__init__.py", "flow/a.py", "tests/__init__.py", "docs/x.py"], "", ("flow",)),
        (["flow.py", "setup.py", "conftest.py", "README.md"], "", ("flow.py",)),
        (["flow.py", "helpers.py"], "", ("flow.py", "helpers.py")),
    ],
)
def test_layouts(tmp_path: Path, files: list[str], root: str, sources: tuple[str, ...]) -> None:
    project = read_project(make(tmp_path, BASE, *files))
    assert project.source_root == tmp_path / root
    assert project.sources == sources
    assert (project.name, project.workflow) == ("My_Flow", "my-flow")


def test_facts(tmp_path: Path) -> None:
    text = BASE + 'requires-python = ">=3.9"\ndependencies = [\n  "six>1",\n  "Zope.Event",\n]\n'
    project = read_project(make(tmp_path, text, "flow.py"))
    assert project.requires_python == ">=3.9"
    assert project.dependencies == ("six>1", "Zope.Event")
    assert project.line_of("six") == 6
    assert project.line_of("zope-event") == 7
    assert project.line_of("si") is None
    assert project.line_of_key("requires-python") == 4
    assert not project.dynamic


@pytest.mark.parametrize(
    ("pyproject", "line", "words"),
    [
        ("[project\n", 1, "not TOML"),
        ("[project]\nname = 'x'\nversion = \n", 3, "not TOML"),
        ("[tool]\n", None, r"no table \[project\]"),
        ("[project]\nversion = '1'\n", None, "no name"),
        ("[project]\nname = 3\n", None, "name is text"),
        ("[project]\nname = 'x'\ndependencies = 'six'\n", 3, "list of texts"),
        ("[project]\nname = '-- x'\n", 2, "not the name of a project"),
    ],
)
def test_mistakes(tmp_path: Path, pyproject: str, line: int | None, words: str) -> None:
    with pytest.raises(BadInput, match=words) as caught:
        read_project(make(tmp_path, pyproject, "flow.py"))
    assert caught.value.file == str(tmp_path / "pyproject.toml")
    assert caught.value.line == line


def test_no_pyproject_names_the_folder_and_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as caught:
        read_project(tmp_path)
    assert f"{tmp_path} has no pyproject.toml" in str(caught.value)
    assert f"salt init {tmp_path}" in str(caught.value)


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no folder"):
        read_project(tmp_path / "absent")


def test_no_sources(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no Python sources"):
        read_project(make(tmp_path))
