"""Starting an unpacked artifact, with a stand-in for the SDK in its place."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from salt_core.artifacts import Unpacked, clean_environment, command, describe, find_python
from salt_core.errors import BuildFailed

REPORT = """
import json, os, sys
def main():
    json.dump({"argv": sys.argv, "path": sys.path, "env": dict(os.environ),
               "exit": callable(exit), "site": [m for m in sys.modules if "pytest" in m]},
              sys.stdout)
"""
DESCRIBE = """
import json
def main():
    import flow
    print(json.dumps({"protocol": 1, "workflows": [{"name": "w"}], "tasks": []}))
"""


def artifact(folder: Path, main: str, files: dict[str, str] | None = None) -> Unpacked:
    everything = {"sources/flow.py": "", "sdk/salt_sdk/__init__.py": "", **(files or {})}
    for name, text in {**everything, "sdk/salt_sdk/_main.py": main}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    path = (str(folder / "sources"), str(folder / "sdk"))
    return Unpacked("0" * 64, path, find_python(">=3.11"))


def run(unpacked: Unpacked, *arguments: str, **variables: str) -> dict[str, Any]:
    answer = subprocess.run(
        command(unpacked, *arguments),
        env=clean_environment(variables),
        cwd=unpacked.path[0],
        capture_output=True,
        check=True,
    )
    return dict(json.loads(answer.stdout))


def test_the_path_is_the_standard_library_and_the_artifact(tmp_path: Path) -> None:
    unpacked = artifact(tmp_path, REPORT)
    told = run(unpacked, "serve", "--socket", "/x y")
    assert told["argv"] == ["main.pex", "serve", "--socket", "/x y"]
    assert tuple(told["path"][-2:]) == unpacked.path
    assert not [folder for folder in told["path"] if "-packages" in folder]
    assert told["exit"]


def test_the_environment_is_made_from_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("SALT_REDIS_URL", "redis://:secret@host")
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    monkeypatch.setenv("TZ", "Europe/Rome")
    monkeypatch.setenv("LC_TIME", "de_DE.UTF-8")
    env = run(artifact(tmp_path, REPORT), MINE="1")["env"]
    assert not {"AWS_SECRET_ACCESS_KEY", "SALT_REDIS_URL", "PYTHONPATH", "SALT_HOME"} & set(env)
    assert env["PATH"] == os.environ["PATH"]
    assert (env["TZ"], env["LC_TIME"], env["MINE"]) == ("Europe/Rome", "de_DE.UTF-8", "1")
    assert env["OPENBLAS_NUM_THREADS"] == "1"


def test_the_user_may_choose_the_threads_of_openblas() -> None:
    assert clean_environment({"OPENBLAS_NUM_THREADS": "4"})["OPENBLAS_NUM_THREADS"] == "4"


def test_pth_files_of_a_wheel_are_obeyed(tmp_path: Path) -> None:
    unpacked = artifact(tmp_path, REPORT, {"sdk/more.pth": "inner\n", "sdk/inner/x.py": ""})
    assert run(unpacked)["path"][-1] == f"{unpacked.path[1]}/inner"


def test_describe_gives_what_the_artifact_prints(tmp_path: Path) -> None:
    unpacked = artifact(tmp_path, DESCRIBE, {"sources/flow.py": "print('hello from an import')"})
    assert describe(unpacked)["workflows"] == [{"name": "w"}]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("import os\nimport nothing_here\n", "/my/src/flow.py:2: ModuleNotFoundError: No module"),
        ("def f(:\n", "/my/src/flow.py:1: SyntaxError: invalid syntax"),
        ("\n\n1 / 0\n", "/my/src/flow.py:3: ZeroDivisionError: division by zero"),
        ("import json\njson.loads('{')\n", "/my/src/flow.py:2: json.decoder.JSONDecodeError"),
        ("import os\nos._exit(7)\n", "ended with code 7"),
        ("import os\nos.kill(os.getpid(), 9)\n", "ended with code -9"),
    ],
)
def test_code_that_does_not_import_is_named(tmp_path: Path, code: str, expected: str) -> None:
    unpacked = artifact(tmp_path, DESCRIBE, {"sources/flow.py": code})
    with pytest.raises(BuildFailed) as caught:
        describe(unpacked, shown_as=Path("/my/src"))
    assert expected in str(caught.value)


def test_what_is_no_description_is_refused(tmp_path: Path) -> None:
    unpacked = artifact(tmp_path, "def main(): print('hello')")
    with pytest.raises(BuildFailed, match="printed 'hello'"):
        describe(unpacked)
