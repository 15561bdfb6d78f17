"""The ``salt`` command as a person runs it: processes, a real server, real builds."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.servers.processes import wait_until
from tests.servers.redis import RedisServer

PROJECT = Path(__file__).parent / "project"


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]


class Salt:
    """Runs ``salt`` in a folder. Nothing is shared with whoever runs the tests."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, *words: str, code: int = 0, stdin: str = "", wait_s: float = 120) -> Done:
        """Run a command, which must end with ``code``."""
        done = subprocess.run(
            [sys.executable, "-m", "salt_core.cli", *words],
            cwd=self.folder,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=wait_s,
            check=False,
        )
        assert done.returncode == code, f"salt {' '.join(words)}: {done.stdout}{done.stderr}"
        assert "Traceback (most recent call last)" not in done.stderr or "--wait" in words
        return Done(done.returncode, done.stdout, done.stderr)

    def fails(self, *words: str, code: int) -> str:
        """The one sentence that a command fails with."""
        said = self(*words, code=code).err.splitlines()
        assert said, "it said nothing"
        assert said[-1].startswith("salt: ")
        return said[-1].removeprefix("salt: ")

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Start a command and leave it running."""
        return subprocess.Popen(
            [sys.executable, "-m", "salt_core.cli", *words],
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


@pytest.fixture
def salt(salt_home: Path, tmp_path: Path, cache: Path) -> Salt:
    """The command, in an empty folder, with a cache of builds that tests share."""
    (salt_home / "config.toml").write_text(f'cache = "{cache}"\n')
    return Salt(tmp_path)


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project without dependencies: workflow ``lines`` with tasks that print, fail and sleep."""
    return Path(shutil.copytree(PROJECT, tmp_path / "lines"))


@pytest.fixture(scope="module")
def backend(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """One server for the tests of a module; each has a namespace of its own."""
    server = RedisServer("valkey")
    try:
        yield server.start()
    finally:
        server.close()


@pytest.fixture
def redis(
    backend: RedisServer, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> str:
    """A real server with nothing in this test's namespace."""
    monkeypatch.setenv("SALT_REDIS_URL", backend.url)
    monkeypatch.setenv("SALT_NAMESPACE", f"t{abs(hash(request.node.nodeid))}")
    return backend.url


@pytest.fixture
def agent(salt: Salt, redis: str) -> Iterator[subprocess.Popen[str]]:
    """An agent that is up."""
    process = salt.start("agent", "--slots", "2", "--json")
    try:
        assert process.stderr is not None
        assert "up" in process.stderr.readline()
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)


@pytest.fixture
def registered(salt: Salt, redis: str, project: Path) -> str:
    """The version of the project, registered."""
    return str(salt("register", str(project), "--json").json["version"])


Until = Callable[[Callable[[], object], str], None]


@pytest.fixture
def until() -> Until:
    """Wait for a condition, with a limit."""
    return lambda holds, what: wait_until(holds, 30, what)
