"""Fixtures for everyone. Servers start when the first test asks for them, once a session.

* ``salt_home`` (of every test): a fresh ``SALT_HOME`` in a scrubbed environment; an embedded
  server that the test started in it is stopped.
* ``config``: the settings of that environment.
* ``redis_url``: an empty database on a real server; each test runs on Valkey and on Redis.
* ``redis_server``: the same, with the server at hand. Do not kill it: others use it.
* ``own_redis``: makes servers that the test may kill.
* ``blobs``: an empty blob store; each test runs on a folder and on a real S3.
* ``s3``: that S3 server.

A missing server skips the test, or fails it under ``SALT_TEST_REQUIRE=1``.
"""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from salt_core.config import Config, load

if TYPE_CHECKING:
    from tests.servers.ceph import CephS3
    from tests.servers.redis import RedisServer

    from salt_core.blobs import Blobs


def pytest_configure() -> None:
    """Let Ctrl-C reach what tests start, also where a shell runs them in the background."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def salt_home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A fresh SALT_HOME, and an environment without settings of whoever runs the tests."""
    for name in os.environ:
        if name.startswith(("SALT_", "AWS_")) and not name.startswith("SALT_TEST_"):
            monkeypatch.delenv(name)
    # Short, for a socket's path may have 100 bytes; and no one's ~/.aws.
    home = Path(tempfile.mkdtemp(prefix="salt-test-", dir="/tmp"))
    (home / "run").mkdir(mode=0o700)
    monkeypatch.setenv("SALT_HOME", str(home))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(home / "run"))
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    yield home
    if (home / "data" / "redis" / "start.lock").exists():
        from salt_core.embedded import stop

        monkeypatch.setenv("SALT_HOME", str(home))
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(home / "run"))
        stop(load())
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def config(salt_home: Path) -> Config:
    """The settings of a fresh SALT_HOME: the embedded server, the folder."""
    return load()


@pytest.fixture(scope="session", params=["valkey", "redis"])
def _shared_redis(request: pytest.FixtureRequest) -> Iterator[RedisServer]:
    from tests.servers.redis import RedisServer

    server = RedisServer(request.param)
    try:
        yield server.start()
    finally:
        server.close()


@pytest.fixture
def redis_server(_shared_redis: RedisServer) -> RedisServer:
    """A real server with an empty database."""
    _shared_redis.flush()
    return _shared_redis


@pytest.fixture
def redis_url(redis_server: RedisServer) -> str:
    """The URL of a real server with an empty database."""
    return redis_server.url


@pytest.fixture
def own_redis() -> Iterator[Callable[..., RedisServer]]:
    """``own_redis(engine="valkey", **options)`` starts a server for this test alone."""
    from tests.servers.redis import RedisServer

    servers: list[RedisServer] = []

    def make(engine: str = "valkey", **options: str) -> RedisServer:
        servers.append(RedisServer(engine, **options))
        return servers[-1].start()

    yield make
    for server in servers:
        server.close()


@pytest.fixture(scope="session")
def s3() -> Iterator[CephS3]:
    """A real S3 server."""
    from tests.servers.ceph import CephS3

    server = CephS3()
    try:
        yield server.start()
    finally:
        server.close()


@pytest.fixture
def s3_url(s3: CephS3) -> str:
    """A URL of an empty prefix in a bucket on a real S3, with its keys."""
    user = f"{quote(s3.key, safe='')}:{quote(s3.secret, safe='')}"
    return f"http://{user}@{s3.host}/{s3.bucket}/{uuid.uuid4().hex}"


@pytest.fixture(params=["folder", "s3"])
def blobs(request: pytest.FixtureRequest, salt_home: Path) -> Blobs:
    """An empty blob store."""
    if request.param == "folder":
        from salt_core.blobs.folder import FolderBlobs

        return FolderBlobs(salt_home / "blobs")
    from salt_core.blobs.s3 import S3Blobs

    return S3Blobs.from_url(request.getfixturevalue("s3_url"), None)
