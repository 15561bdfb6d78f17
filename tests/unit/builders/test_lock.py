"""What is chosen from a resolution, and uv's explanations as one sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from salt_core.builders.lock import _choose, _explained, _wanted
from salt_core.builders.target import Target
from salt_core.errors import BuildFailed
from salt_core.project import Project, read_project

TARGET = Target(
    "/usr/bin/python3.11",
    {"python_version": "3.11", "python_full_version": "3.11.7", "sys_platform": "linux"},
    ("cp311-cp311-manylinux_2_28_x86_64", "cp311-cp311-manylinux_2_17_x86_64", "py3-none-any"),
)
URL = "https://files.example.org/a%2Bb/"


def wheel(name: str, sha256: str = "ab") -> dict[str, Any]:
    return {"url": f"{URL}{name}", "hashes": {"sha256": sha256}}


def choose(**package: Any) -> tuple[str, str, str, str]:
    got = _choose({"name": "x", "version": "1", **package}, TARGET, Path("/nowhere/base"))
    return got.kind, got.source, got.seal, got.inside


def test_the_best_wheel_for_the_target_wins() -> None:
    wheels = [
        wheel("x-1-py3-none-any.whl", "any"),
        wheel("x-1-cp311-cp311-manylinux_2_17_x86_64.whl", "old"),
        wheel("x-1-cp311-cp311-manylinux_2_17_x86_64.manylinux_2_28_x86_64.whl", "best"),
        wheel("x-1-cp312-cp312-manylinux_2_28_x86_64.whl", "other"),
        wheel("x-1-cp311-cp311-win_amd64.whl", "windows"),
    ]
    assert choose(wheels=wheels, sdist=wheel("x-1.tar.gz"))[2] == "best"


def test_without_a_fitting_wheel_the_sources_are_taken() -> None:
    wheels = [wheel("x-1-cp311-cp311-win_amd64.whl")]
    assert choose(wheels=wheels, sdist=wheel("x-1.tar.gz", "s"))[:3] == (
        "sdist",
        f"{URL}x-1.tar.gz",
        "s",
    )


def test_local_and_direct_sources() -> None:
    assert choose(directory={"path": "../lib"})[:2] == ("directory", "/nowhere/lib")
    assert choose(archive=wheel("x-1-py3-none-any.whl"))[0] == "wheel"
    assert choose(archive={**wheel("x.zip"), "subdirectory": "py"})[::3] == ("sdist", "py")
    vcs = {"type": "git", "url": "https://example.org/x", "commit-id": "c0ffee"}
    assert choose(vcs=vcs)[:3] == ("git", "https://example.org/x", "c0ffee")


def test_nothing_for_the_target_is_a_sentence() -> None:
    with pytest.raises(BuildFailed, match=r"x 1 has no file for Python 3\.11"):
        choose(wheels=[wheel("x-1-cp311-cp311-win_amd64.whl")])


def test_a_file_without_a_hash_is_refused() -> None:
    with pytest.raises(BuildFailed, match="no sha256 for x"):
        choose(wheels=[{"url": f"{URL}x-1-py3-none-any.whl", "hashes": {"md5": "1"}}])


def test_markers_are_judged_for_the_target() -> None:
    assert _wanted({"name": "x"}, TARGET)
    assert _wanted({"name": "x", "marker": "sys_platform == 'linux'"}, TARGET)
    assert not _wanted({"name": "x", "marker": "python_full_version < '3.11'"}, TARGET)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "flow"\nversion = "1"\ndependencies = [\n'
        '    "six>2",\n    "no-such-thing>1",\n    "salt-sdk",\n]\n'
    )
    (tmp_path / "flow.py").write_text("")
    return read_project(tmp_path)


def because(text: str) -> str:
    return f"error: No solution found when resolving dependencies\n  cause: Because {text}\n"


@pytest.mark.parametrize(
    ("output", "line", "words"),
    [
        (
            because(
                "no-such-thing was not found in the package registry and your project depends on "
                "no-such-thing>1, we can conclude that your project's requirements are "
                "unsatisfiable."
            ),
            6,
            "no-such-thing>1 cannot be met: no-such-thing was not found in the package registry.",
        ),
        (
            because(
                "only six<=1.17 is available and your project depends on six>2, we can conclude "
                "that your project's requirements are unsatisfiable."
            ),
            5,
            "six>2 cannot be met: only six<=1.17 is available.",
        ),
        (
            because(
                "salt-sdk was not found in the package registry and your project depends on "
                "salt-sdk, we can conclude that your project's requirements are unsatisfiable."
            ),
            7,
            "take it out of the dependencies",
        ),
    ],
)
def test_uv_in_one_sentence(project: Project, output: str, line: int, words: str) -> None:
    said = str(_explained(project, output))
    assert said.startswith(f"{project.file}:{line}: ")
    assert words in said
    assert "\n" not in said


def test_an_explanation_without_a_requirement(project: Project) -> None:
    said = str(_explained(project, "error: Failed to fetch: `https://x`\n  cause: dns error\n"))
    assert said == f"{project.file}: the dependencies cannot be locked: dns error."
