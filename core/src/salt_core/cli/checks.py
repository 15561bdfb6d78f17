"""What ``salt doctor`` looks at; each check is one line and never raises."""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path

from salt_core.cli.words import size
from salt_core.config import Config
from salt_core.errors import SaltError, Unreachable
from salt_core.store.redis.fitness import Fitness

SKEW_WARN_MS = 2000
DISK_WARN_BYTES = 1 << 30
DISK_BAD_BYTES = 64 << 20
MEMORY_WARN = 0.8


class Level(StrEnum):
    """How a check came out."""

    OK = "ok"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the doctor's; ``unreachable`` when it failed for want of a backend."""

    name: str
    level: Level
    message: str
    remedy: str = ""
    unreachable: bool = False

    def record(self) -> dict[str, str]:
        """As ``--json`` prints it."""
        return {
            "check": self.name,
            "level": str(self.level),
            "message": self.message,
            "remedy": self.remedy,
        }


async def examine(config: Config) -> list[Check]:
    """All checks, in the order to mend what they find. Starts the embedded server on need."""
    found = await _redis(config)
    found.append(await asyncio.to_thread(_blobs, config))
    found += await asyncio.to_thread(lambda: list(_machine(config)))
    return found


async def _redis(config: Config) -> list[Check]:
    from salt_core.store.redis.connection import connect, hide_password, translate
    from salt_core.store.redis.fitness import read

    try:
        url = config.redis_url
        if url is None:
            from salt_core.embedded import ensure

            url = await asyncio.to_thread(ensure, config)
        client = connect(url)
        try:
            with translate(url):
                await client.ping()
                sent = time.time()
                seconds, micros = await client.time()
                answered = time.time()
                fitness = await read(client)
        finally:
            await client.aclose()
    except SaltError as error:
        return [_failed("redis", error)]
    took_ms = (answered - sent) * 1000
    skew_ms = (int(seconds) + int(micros) / 1e6 - (sent + answered) / 2) * 1000
    return [
        Check("redis", Level.OK, f"{hide_password(url)} answers in {took_ms:.1f} ms."),
        _version(fitness),
        *_remarks(fitness),
        _memory(fitness),
        _clock(skew_ms, took_ms),
        await _workers(config, url),
    ]


def _version(fitness: Fitness) -> Check:
    for fault in fitness.faults:
        if "too old" in fault.message or "replica" in fault.message:
            return Check("version", Level.BAD, fault.message, fault.remedy)
    return Check("version", Level.OK, f"{fitness.name}.")


def _remarks(fitness: Fitness) -> Iterator[Check]:
    """Eviction, persistence and fsync: the server's faults and warnings, each under its name."""
    good = {
        "eviction": "It never evicts (noeviction).",
        "persistence": "It keeps an append-only file.",
        "fsync": f"Writes reach the disk: {fitness.appendfsync or 'it does not say when'}.",
    }
    if not fitness.appendonly:
        del good["fsync"]
    said = {
        _topic(remark.message): Check(_topic(remark.message), level, remark.message, remark.remedy)
        for level, remarks in ((Level.WARN, fitness.warnings), (Level.BAD, fitness.faults))
        for remark in remarks
    }
    for name, message in good.items():
        yield said.get(name) or Check(name, Level.OK, message)


def _topic(message: str) -> str:
    if "evict" in message:
        return "eviction"
    if "appendfsync" in message:
        return "fsync"
    return "persistence" if "append-only" in message else "version"


def _memory(fitness: Fitness) -> Check:
    used, most = fitness.used_memory, fitness.maxmemory
    if used is None:
        return Check("memory", Level.WARN, "How much it uses cannot be seen.", "Allow INFO.")
    if not most:
        return Check("memory", Level.OK, f"{size(used)}, without a bound.")
    full = used > MEMORY_WARN * most
    return Check(
        "memory",
        Level.WARN if full else Level.OK,
        f"{size(used)} of {size(most)}.",
        "Raise maxmemory: a full Redis takes no new work." if full else "",
    )


def _clock(skew_ms: float, took_ms: float) -> Check:
    if abs(skew_ms) <= SKEW_WARN_MS + took_ms:
        return Check("clock", Level.OK, f"This machine and Redis differ by {abs(skew_ms):.0f} ms.")
    return Check(
        "clock",
        Level.WARN,
        f"This machine's clock is {abs(skew_ms) / 1000:.1f} s "
        f"{'behind' if skew_ms > 0 else 'ahead of'} that of Redis, which decides.",
        "Run an NTP client on both.",
    )


async def _workers(config: Config, url: str) -> Check:
    from salt_core.store.redis import RedisStore

    store = RedisStore(url, config.namespace)
    try:
        agents, depths = await store.agents(), await store.queue_depths()
    except SaltError as error:
        return _failed("agents", error)
    finally:
        await store.close()
    served = {queue for agent in agents for queue in agent.queues}
    left = sorted(queue for queue, depth in depths.items() if depth and queue not in served)
    if left:
        names = ", ".join(left)
        return Check(
            "agents",
            Level.WARN,
            f"Tasks wait in {names}, and no agent takes them.",
            f"Start one: salt agent --queue {left[0]}",
        )
    return Check("agents", Level.OK, f"{len(agents)} up.")


def _blobs(config: Config) -> Check:
    from salt_core.blobs import open_blobs

    try:
        return Check("blobs", Level.OK, f"{open_blobs(config).check()} keeps what it is given.")
    except SaltError as error:
        return _failed("blobs", error)


def _machine(config: Config) -> Iterator[Check]:
    for name, folder in (("disk, data", config.home), ("disk, cache", config.cache)):
        yield _disk(name, folder)
    yield _runtime(config)
    yield _pythons()
    yield _tools()


def _disk(name: str, folder: Path) -> Check:
    there = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(there).free
    if not os.access(there, os.W_OK):
        return Check(name, Level.BAD, f"{folder} cannot be written.", "Correct its owner.")
    level = Level.OK if free >= DISK_WARN_BYTES else Level.WARN
    if free < DISK_BAD_BYTES:
        level = Level.BAD
    remedy = "" if level is Level.OK else "Free some space, or set SALT_HOME."
    return Check(name, level, f"{size(free)} free for {folder}.", remedy)


def _runtime(config: Config) -> Check:
    from salt_core.embedded.place import make_private

    try:
        make_private(config.runtime, "runtime folder", "XDG_RUNTIME_DIR")
    except SaltError as error:
        return Check("runtime", Level.BAD, error.message, error.remedy)
    return Check("runtime", Level.OK, f"{config.runtime} is yours alone.")


def _pythons() -> Check:
    from salt_core.artifacts import find_python

    found = []
    for minor in range(9, 15):
        try:
            find_python(f"==3.{minor}.*")
        except SaltError:
            continue
        found.append(f"3.{minor}")
    return Check("python", Level.OK, f"Interpreters for artifacts: {', '.join(found)}.")


def _tools() -> Check:
    missing = [name for name in ("uv", "pex", "textual") if find_spec(name) is None]
    if "uv" in missing and shutil.which("uv"):
        missing.remove("uv")
    if missing:
        return Check(
            "build tools",
            Level.WARN,
            f"This is an agent's installation, without {', '.join(missing)}.",
            "To build here: pip install 'salt-py[ui]'",
        )
    return Check("build tools", Level.OK, "uv and pex are here.")


def _failed(name: str, error: SaltError) -> Check:
    return Check(
        name, Level.BAD, error.message, error.remedy, unreachable=isinstance(error, Unreachable)
    )
