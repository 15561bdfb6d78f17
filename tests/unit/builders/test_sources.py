from __future__ import annotations

from pathlib import Path

import pytest

from salt_core.builders.entrypoint import find_entrypoint
from salt_core.builders.settings import settings_of
from salt_core.builders.sources import read_sources
from salt_core.errors import BadInput, BuildFailed
from salt_core.project import Project, read_project

WORKFLOW = "from salt_sdk import workflow\n@workflow\ndef {}(): ...\n"


def project(folder: Path, files: dict[str, str]) -> Project:
    (folder / "pyproject.toml").write_text('[project]\nname = "flow"\nversion = "1"\n')
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return read_project(folder)


def names(folder: Path) -> list[str]:
    return [name for name, _, _ in read_sources(read_project(folder), "flow.main:main", "flow")]


def test_all_files_go_in_sorted_and_the_module_that_names_the_entrypoint(tmp_path: Path) -> None:
    project(tmp_path, {"src/flow/main.py": "1", "src/flow/data/x.csv": "2", "src/flow/B.py": ""})
    (tmp_path / "src/flow/main.py").chmod(0o755)
    found = read_sources(read_project(tmp_path), "flow.main:main", "flow")
    assert found == [
        ("_salt_artifact.py", b"ENTRYPOINT = 'flow.main:main'\nWORKFLOW = 'flow'\n", 0o644),
        ("flow/B.py", b"", 0o644),
        ("flow/data/x.csv", b"2", 0o644),
        ("flow/main.py", b"1", 0o755),
    ]


def test_what_editors_and_tools_leave_stays_out(tmp_path: Path) -> None:
    junk = [".git/x", "flow/__pycache__/m.pyc", "flow/.m.py.swp", "flow/m.py~", "a.egg-info/x"]
    project(tmp_path, {f"src/{name}": "" for name in ["flow/m.py", *junk]})
    assert names(tmp_path) == ["_salt_artifact.py", "flow/m.py"]


def test_links_count_as_what_they_lead_to_and_loops_end(tmp_path: Path) -> None:
    project(tmp_path, {"src/flow/m.py": "", "shared/helper.py": ""})
    (tmp_path / "src/shared").symlink_to(tmp_path / "shared")
    (tmp_path / "src/flow/up").symlink_to(tmp_path / "src")
    (tmp_path / "src/flow/gone.py").symlink_to(tmp_path / "nowhere")
    assert names(tmp_path) == ["_salt_artifact.py", "flow/m.py", "shared/helper.py"]


@pytest.mark.parametrize("name", ["queue.py", "json/__init__.py", "__main__.py", "PEX-INFO"])
def test_names_that_would_hide_or_be_hidden_are_refused(tmp_path: Path, name: str) -> None:
    project(tmp_path, {"src/flow.py": "", f"src/{name}": ""})
    with pytest.raises(BuildFailed, match=name.partition("/")[0]):
        names(tmp_path)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    made = project(tmp_path, {"src/flow.py": ""})
    (tmp_path / "src/flow.py").unlink()
    (tmp_path / "src/flow.py").symlink_to("/proc/self/mem")
    with pytest.raises(BuildFailed, match=r"flow\.py cannot be read"):
        read_sources(made, "flow:main", "flow")


def test_the_only_workflow_is_the_entrypoint(tmp_path: Path) -> None:
    made = project(
        tmp_path,
        {
            "src/flow/__init__.py": "",
            "src/flow/main.py": WORKFLOW.format("nightly"),
            "src/flow/other.py": "workflow = 1\ndef f(): ...\n",
        },
    )
    assert find_entrypoint(made) == "flow.main:nightly"


@pytest.mark.parametrize("decorator", ["salt_sdk.workflow", "workflow(retries=1)", "s.workflow()"])
def test_decorators_in_all_their_forms(tmp_path: Path, decorator: str) -> None:
    made = project(tmp_path, {"src/flow.py": f"@{decorator}\ndef main(): ...\n"})
    assert find_entrypoint(made) == "flow:main"


@pytest.mark.parametrize("base", ["Workflow", "salt_sdk.Workflow"])
def test_a_class_with_a_graph_is_a_workflow_and_its_base_without_one_is_not(
    tmp_path: Path, base: str
) -> None:
    body = "    def graph(self): ..."
    text = f"class Shared({base}): ...\nclass Report({base}, name='r'):\n{body}\n"
    made = project(tmp_path, {"src/flow.py": text + f"class Other(dict):\n{body}\n"})
    assert find_entrypoint(made) == "flow:Report"


def test_none_and_many_workflows_ask_for_a_choice(tmp_path: Path) -> None:
    made = project(tmp_path, {"src/flow.py": ""})
    with pytest.raises(BadInput, match="@workflow"):
        find_entrypoint(made)
    made = project(tmp_path, {"src/a.py": WORKFLOW.format("x"), "src/b.py": WORKFLOW.format("y")})
    with pytest.raises(BadInput, match="2 workflows: a:x, b:y"):
        find_entrypoint(made)


def test_a_file_that_is_not_python_is_named_with_its_line(tmp_path: Path) -> None:
    made = project(tmp_path, {"src/flow.py": "x = 1\n@workflow\ndef main(:\n"})
    with pytest.raises(BuildFailed, match=r"flow\.py:3: SyntaxError"):
        find_entrypoint(made)


def test_an_entrypoint_without_a_module_names_its_line(tmp_path: Path) -> None:
    made = project(tmp_path, {"src/flow.py": "", "salt.yaml": "queue: a\nentrypoint: flo:main\n"})
    with pytest.raises(BadInput, match="no module 'flo'") as caught:
        settings_of(made, tmp_path / "cache")
    assert (caught.value.file, caught.value.line) == (str(tmp_path / "salt.yaml"), 2)


def test_settings_are_read_again_only_when_they_changed(tmp_path: Path) -> None:
    text = "queue: fast\nentrypoint: flow:main\n"
    made = project(tmp_path, {"src/flow.py": "", "salt.yaml": text})
    first = settings_of(made, tmp_path / "cache")
    assert (first["workflow"], first["queue"]) == ("flow", "fast")
    assert settings_of(made, tmp_path / "cache") == first
    (tmp_path / "salt.yaml").write_text("queue: slow\nentrypoint: flow:main\n")
    assert settings_of(made, tmp_path / "cache")["queue"] == "slow"
    (tmp_path / "salt.yaml").write_text("queu: slow\n")
    with pytest.raises(BadInput, match="queue"):
        settings_of(made, tmp_path / "cache")
