"""An agent under test, on a real server, with real processes of a real SDK; no PEX is needed."""

from __future__ import annotations

import asyncio
import io
import json
import os
import signal
import subprocess
import sys
import time
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

import pytest
from redis import Redis
from tests.integration.agent.artifacts import DIGESTS, unpacked
from tests.servers.redis import RedisServer

from salt_agent.agent import Agent
from salt_agent.options import Options
from salt_agent.report import Report
from salt_core.artifacts import Unpacked, describe
from salt_core.blobs import open_blobs
from salt_core.config import Config, load
from salt_core.ids import new_run_id
from salt_core.logs import follow
from salt_core.model.log import Line
from salt_core.model.run import NewRun, Run
from salt_core.model.status import RunStatus
from salt_core.model.task import Policy, Task
from salt_core.model.workflow import Artifact, Version
from salt_core.store.redis import RedisStore, open_store

HERE = Path(__file__).parent


async def until(condition: Callable[[], Awaitable[Any]], what: str, within_s: float = 20) -> Any:
    """Wait for a condition."""
    end = time.monotonic() + within_s
    while not (found := await condition()):
        assert time.monotonic() < end, f"{what}: not within {within_s} s"
        await asyncio.sleep(0.02)
    return found


async def file_says(path: Path, text: str, within_s: float = 20) -> str:
    """Wait until a file holds ``text``; all that it holds."""

    async def look() -> str | None:
        with suppress(FileNotFoundError):
            content = path.read_text()
            if text in content:
                return content
        return None

    found: str = await until(look, f"{text!r} in {path.name}", within_s)
    return found


async def gone(pid: int) -> bool:
    """Whether a process has ended."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return True
    return state == "Z"


def _begin(*arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, str(HERE / "agent_process.py"), *arguments],
        stdin=subprocess.DEVNULL,
        stderr=None if os.environ.get("AGENT_STDERR") else subprocess.DEVNULL,
    )


_described: dict[str, dict[str, Any]] = {}


def _version(workflow: str, described: dict[str, Any]) -> Version:
    digest = DIGESTS[workflow]
    artifact = Artifact("pex", digest, 1, ">=3.11", "any", ())
    return Version(workflow, digest[:12], artifact, described)


class RedisMaker(Protocol):
    """The fixture ``own_redis``."""

    def __call__(self, engine: str = "valkey", **options: str) -> RedisServer: ...


class Lab:
    """A store, and agents on it: some in this process, some that a test may kill."""

    def __init__(self, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self.url = url
        self._monkeypatch = monkeypatch
        self._agents: list[tuple[Agent, asyncio.Task[None]]] = []
        self._processes: list[subprocess.Popen[bytes]] = []
        self.store: RedisStore

    def config(self, lease: str = "30s") -> Config:
        self._monkeypatch.setenv("SALT_REDIS_URL", self.url)
        self._monkeypatch.setenv("SALT_LEASE", lease)
        return load()

    async def open(self) -> None:
        self.store = await open_store(self.config())

    async def agent(
        self,
        *,
        lease: str = "30s",
        slots: int = 4,
        bodies: int = 64,
        drain_s: float = 20,
        output: Any = None,
    ) -> Agent:
        """An agent in this process, up."""
        config = self.config(lease)

        async def prepare(workflow: str, version: str) -> Unpacked:
            return unpacked(workflow)

        agent = Agent(
            config,
            Options(slots=slots, bodies=bodies, drain_s=drain_s),
            Report(stream=output or io.StringIO()),
            lambda: open_store(config, role="agent"),
            lambda store, blobs: prepare,
        )
        task = asyncio.ensure_future(agent.run())
        self._agents.append((agent, task))
        await self.seen(agent.id)
        return agent

    async def stop(self, agent: Agent) -> None:
        """An orderly end; raises what broke in it."""
        (task,) = (task for one, task in self._agents if one is agent)
        agent.stop()
        await task
        self._agents.remove((agent, task))

    async def process(self, *arguments: str, lease: str = "30s") -> subprocess.Popen[bytes]:
        """An agent in a process of its own, up."""
        before = {agent.pid for agent in await self.store.agents()}
        self.config(lease)
        process = _begin(*arguments)
        self._processes.append(process)
        assert process.pid not in before

        async def seen() -> bool:
            assert process.poll() is None
            return any(agent.pid == process.pid for agent in await self.store.agents())

        await until(seen, "the agent's first heartbeat")
        return process

    async def seen(self, agent: str) -> None:
        async def look() -> bool:
            for one, task in self._agents:
                if one.id == agent and task.done():
                    task.result()
            return any(one.id == agent for one in await self.store.agents())

        await until(look, "the agent's first heartbeat")

    async def run(self, kind: str, workflow: str = "flow", **params: Any) -> str:
        run = new_run_id()
        version = DIGESTS[workflow][:12]
        new = NewRun(run, workflow, version, json.dumps({"kind": kind, **params}), Policy())
        assert await self.store.create_run(new)
        return run

    async def durable(self, kind: str, **params: Any) -> str:
        """A run of the workflow ``durable``, which is registered with ``other`` for it."""
        if await self.store.workflow("durable") is None:
            for name in ("durable", "other"):
                await self.register_described(name)
        return await self.run(kind, "durable", **params)

    async def register(self, **settings: Any) -> None:
        """Settings of the workflow, as its salt.yaml would give them."""
        await self.store.register(_version("flow", {}), {"workflow": "flow", **settings})

    async def register_described(self, name: str, **settings: Any) -> None:
        """A workflow with what its artifact says of itself."""
        if name not in _described:
            _described[name] = await asyncio.to_thread(describe, unpacked(name))
        version = _version(name, _described[name])
        await self.store.register(version, {"workflow": name, **settings})

    def client(self) -> Redis:
        """A blocking client, for what a test looks at itself."""
        client: Redis = Redis.from_url(self.url)
        return client

    async def ended(self, run: str, within_s: float = 30) -> Run:
        head = await self.store.wait_run(run, within_s)
        assert head.status.final, f"{head} {await self.store.tasks(run)}"
        return head

    async def value(self, run: str, within_s: float = 30) -> Any:
        head = await self.ended(run, within_s)
        assert head.status is RunStatus.SUCCEEDED, head.error
        text = await self.store.result(run)
        assert text is not None
        return json.loads(text)

    async def task(self, run: str, number: int) -> Task:
        (found,) = [task for task in await self.store.tasks(run) if task.id == str(number)]
        return found

    async def log(self, run: str, task: int, attempt: int = 1) -> list[Line]:
        """What Redis has of a log, whole; for logs that are short."""
        chunks = await self.store.read_log(run, str(task), attempt, 0)
        document = b"".join(chunk.data for chunk in chunks)
        return [Line.decode(record) for record in document.split(b"\n")[:-1]]

    def archived(self, run: str, task: int, attempt: int = 1) -> list[Line]:
        """What the blob store has of a log, from its beginning; chunks must join."""
        blobs = open_blobs(self.config())
        document = b""
        for key in blobs.list(f"logs/{run}/{task}/{attempt}-"):
            start, end = map(int, key.rpartition("/")[2].split("-"))
            assert start == len(document)
            document += zlib.decompress(blobs.get(key))
            assert end == len(document)
        return [Line.decode(record) for record in document.split(b"\n")[:-1]]

    async def followed(self, run: str, task: int, attempt: int = 1) -> list[Line]:
        """The whole log as a follower reads it."""
        lines = follow(self.store, open_blobs(self.config()), run, str(task), attempt, follow=True)
        return [line async for line in lines]

    async def close(self) -> None:
        for agent, _ in self._agents:
            agent.stop()
            agent.stop()
        for _, task in self._agents:
            await task
        for process in self._processes:
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGCONT)
                process.kill()
            process.wait()
        await self.store.close()


@pytest.fixture
async def lab(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Lab]:
    lab = Lab(redis_url, monkeypatch)
    await lab.open()
    yield lab
    await lab.close()
