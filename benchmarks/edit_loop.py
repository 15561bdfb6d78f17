"""The edit loop: one changed line to a built file, and to a version that runs under `salt watch`."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.stage import SALT
from salt_core.config import load
from salt_core.embedded import stop
from salt_core.store.redis import RedisStore, open_store

EXAMPLE = Path(__file__).parents[1] / "examples" / "seattle-weather"
ROUNDS = 7


def _edit(project: Path, number: int) -> None:
    source = next(project.glob("src/*/flow.py"))
    source.write_text(source.read_text() + f"\nEDITED = {number}\n")


def _timed(*command: str | Path, env: dict[str, str]) -> tuple[float, str]:
    began = time.perf_counter()
    done = subprocess.run(command, env=env, check=True, capture_output=True, text=True)
    return (time.perf_counter() - began) * 1000, done.stdout


def build(project: Path, env: dict[str, str]) -> dict[str, Any]:
    """`salt build` after one changed line, beside the bare start of the interpreter."""
    _timed(SALT, "build", project, env=env)
    bare, built, parts = [], [], {}
    for number in range(ROUNDS):
        _edit(project, number)
        bare.append(_timed(sys.executable, "-c", "pass", env=env)[0])
        taken, said = _timed(SALT, "build", project, "--json", env=env)
        built.append(taken)
        parts = json.loads(said).get("seconds", {})
    beyond = [whole - start for whole, start in zip(built, bare, strict=True)]
    return {
        "interpreter_ms": round(statistics.median(bare), 1),
        "salt_build_ms": round(statistics.median(built), 1),
        "beyond_the_interpreter_ms": round(statistics.median(beyond), 1),
        "parts_of_the_last_s": parts,
        "goal": "< 500 beyond the interpreter",
    }


async def _registered(store: RedisStore, known: str) -> str:
    while True:
        found = await store.workflow("seattle-weather")
        if found is not None and found.live not in ("", known):
            return found.live
        await asyncio.sleep(0.005)


async def watch(project: Path, env: dict[str, str]) -> dict[str, Any]:
    """From a save to a live version, by polling the registry every 5 ms."""
    store = await open_store(load(env), role="bench")
    watching = await asyncio.to_thread(_start_watch, project, env)
    try:
        live, taken = await _registered(store, ""), []
        await asyncio.sleep(2)
        for number in range(ROUNDS):
            await asyncio.sleep(0.5)
            _edit(project, 1000 + number)
            began = time.perf_counter()
            live = await asyncio.wait_for(_registered(store, live), 30)
            taken.append((time.perf_counter() - began) * 1000)
    finally:
        watching.send_signal(signal.SIGTERM)
        await asyncio.to_thread(watching.wait)
        await store.close()
    return {
        "save_to_live_ms": {
            "median": round(statistics.median(taken), 1),
            "max": round(max(taken), 1),
        },
        "goal": "< 1000",
    }


def _start_watch(project: Path, env: dict[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen([SALT, "watch", project], env=env, stdout=subprocess.DEVNULL)


async def measure() -> dict[str, Any]:
    home = Path(tempfile.mkdtemp(prefix="salt-bench-", dir="/tmp"))
    (home / "run").mkdir(mode=0o700)
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("SALT_")}
    env = {**inherited, "SALT_HOME": str(home), "XDG_RUNTIME_DIR": str(home / "run")}
    project = home / "project"
    skip = shutil.ignore_patterns("dist", ".venv", "__pycache__")
    await asyncio.to_thread(shutil.copytree, EXAMPLE, project, ignore=skip)
    try:
        return {
            "build": await asyncio.to_thread(build, project, env),
            "watch": await watch(project, env),
        }
    finally:
        await asyncio.to_thread(stop, load(env))
        shutil.rmtree(home, ignore_errors=True)
