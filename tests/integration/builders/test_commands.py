"""``salt init`` and ``salt build`` as processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.integration


def salt(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from salt_core.cli.root import main; main()", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("template", "file", "tasks", "words"),
    [
        ("function", "flow.py", ["add", "count"], "'words': 24"),
        (
            "graph",
            "graph.py",
            ["Summary.collect", "Summary.join", "Summary.publish", "Summary.shorten"],
            '"summary":"Judge my vow. Waltz, bad nymph."',
        ),
    ],
)
def test_a_new_project_builds_and_runs_at_once(
    tmp_path: Path, template: str, file: str, tasks: list[str], words: str
) -> None:
    made = salt("init", tmp_path / "my-flow", "--template", template, "--json")
    assert made.returncode == 0
    assert json.loads(made.stdout)["workflow"] == "my-flow"
    built = salt("build", tmp_path / "my-flow", "--json")
    assert built.returncode == 0, built.stderr
    facts = json.loads(built.stdout)
    assert facts["workflow"] == "my-flow"
    assert facts["version"] == facts["digest"][:12]
    assert facts["tasks"] == tasks
    assert os.path.getsize(facts["artifact"]) == facts["size"]
    assert set(facts["seconds"]) >= {"read", "resolve", "dependencies", "link", "total"}
    ran = subprocess.run(
        [sys.executable, f"src/my_flow/{file}"],
        cwd=tmp_path / "my-flow",
        capture_output=True,
        text=True,
        check=True,
    )
    assert words in ran.stdout


def test_build_says_what_it_made_and_what_it_reused(tmp_path: Path) -> None:
    salt("init", tmp_path / "flow")
    out = tmp_path / "out.pex"
    first = salt("build", tmp_path / "flow", "-o", out)
    assert "reused    nothing" in first.stdout
    second = salt("build", tmp_path / "flow", "-o", out)
    assert "reused    dependencies, description, lock" in second.stdout
    lines = [line.split()[0] for line in second.stdout.splitlines()]
    assert lines == ["artifact", "workflow", "digest", "size", "python", "reused", "seconds"]
    assert second.stderr == ""


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["build", "FOLDER"], 2, "has no pyproject.toml. Make a project with: salt init"),
        (["build", "FOLDER/absent"], 2, "There is no folder"),
        (["build", "FOLDER", "--format", "exe"], 2, "not in this release"),
        (["build", "FOLDER", "--format", "tar"], 2, "no format 'tar'"),
        (["init", "FOLDER/x", "--template", "dag"], 2, "there are: function, graph"),
        (["build"], 2, "path"),
    ],
)
def test_bad_input_is_one_sentence(
    tmp_path: Path, arguments: list[str], code: int, words: str
) -> None:
    found = salt(*[text.replace("FOLDER", str(tmp_path)) for text in arguments])
    assert found.returncode == code
    assert words.lower() in found.stderr.lower()
    assert "Traceback" not in found.stderr


def test_a_broken_build_ends_with_1(tmp_path: Path) -> None:
    salt("init", tmp_path / "flow")
    source = tmp_path / "flow" / "src" / "flow" / "flow.py"
    source.write_text("import not_there\n" + source.read_text())
    found = salt("build", tmp_path / "flow")
    assert found.returncode == 1
    assert f"{source}:1: ModuleNotFoundError" in found.stderr
    assert "Traceback" not in found.stderr
