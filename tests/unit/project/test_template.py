from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from salt_core.errors import BadInput
from salt_core.project import read_project, read_settings
from salt_core.project.template import make_project


@pytest.mark.parametrize(
    ("template", "entrypoint"),
    [("function", "my_flow.flow:my_flow"), ("graph", "my_flow.graph:Summary")],
)
def test_a_new_project_is_whole_and_passes_its_own_test(
    tmp_path: Path, template: str, entrypoint: str
) -> None:
    made = make_project(tmp_path / "My flow", template)
    project = read_project(made.folder)
    settings = read_settings(made.folder / "salt.yaml")
    assert project.workflow == settings.workflow == made.workflow == "my-flow"
    assert settings.entrypoint == entrypoint
    assert (made.folder / ".gitignore").is_file()
    assert "{{" not in "".join(file.read_text() for file in made.files)
    subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=made.folder,
        check=True,
        stdout=subprocess.DEVNULL,
    )


def test_a_name_that_python_has_gets_another_package(tmp_path: Path) -> None:
    made = make_project(tmp_path / "queue")
    assert (made.folder / "src" / "queue_flow" / "flow.py").is_file()


def test_an_empty_folder_may_exist_and_a_full_one_may_not(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    make_project(tmp_path / "a")
    with pytest.raises(BadInput, match="not empty"):
        make_project(tmp_path / "a")


@pytest.mark.parametrize("name", ["1st", "--", "class"])
def test_names_that_cannot_be(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInput, match="cannot name a project"):
        make_project(tmp_path / name)


@pytest.mark.parametrize("template", ["x", "../function", ""])
def test_templates_that_are_not_there(tmp_path: Path, template: str) -> None:
    with pytest.raises(BadInput, match=r"no template .* There are: function, graph\."):
        make_project(tmp_path / "a", template)
    assert not (tmp_path / "a").exists()
