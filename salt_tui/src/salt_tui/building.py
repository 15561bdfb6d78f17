"""Builds, from the host's side: a process of its own does them, one after another.

The process has the builder's modules imported already, and a connection to the store: what is left
of a save is the work itself. It is started when the host starts, and again after it died; builds
that import or run a user's code do so in further processes.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from salt_core.config import Config
from salt_core.errors import BuildFailed

_STOP_S = 2.0
_LONGEST_LINE = 16 << 20


@dataclass(frozen=True, slots=True)
class BuildResult:
    """How a build ended.

    Attributes:
        workflow: Its name; ``""`` when the project does not tell one.
        version: ``""`` when it failed.
        new: Whether the store did not have this version.
        baked: What of salt.yaml is in the artifact: another needs another build.
        error: Why it failed; ``""`` when it did not.
        transient: It failed for a reason outside the project; the same again may work.
        parts: Milliseconds by what they were spent on.
    """

    workflow: str
    version: str = ""
    new: bool = False
    baked: tuple[str, str] | None = None
    error: str = ""
    transient: bool = False
    parts: dict[str, float] = field(default_factory=dict[str, float])


class BuildProcess:
    """The process that builds. One build at a time; others wait."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._process: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()
        self._number = 0

    async def start(self) -> None:
        """Start the process ahead of need; one that runs already is fine."""
        async with self._turn:
            await self._started()

    async def build(
        self, folder: Path, report: Callable[[str], None] = lambda line: None
    ) -> BuildResult:
        """Build and register the project in ``folder``; ``report`` gets the builder's lines."""
        async with self._turn:
            try:
                return await self._once(folder, report)
            except (OSError, EOFError, ValueError):
                await self._end()  # it died, or does not speak: once more, with another
            try:
                return await self._once(folder, report)
            except (OSError, EOFError, ValueError) as error:
                await self._end()
                raise BuildFailed(
                    f"The build process died twice ({error}).", "Its last words are in the log."
                ) from error

    async def stop(self) -> None:
        """End the process, and with it a build that goes on."""
        await self._end()

    async def _once(self, folder: Path, report: Callable[[str], None]) -> BuildResult:
        process = await self._started()
        self._number += 1
        return await self._ask(process, {"id": self._number, "folder": str(folder)}, report)

    async def _started(self) -> asyncio.subprocess.Process:
        if self._process is None or self._process.returncode is not None:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "salt_tui.building_worker",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                start_new_session=True,
                limit=_LONGEST_LINE,
            )
            await _send(self._process, self._config.model_dump(mode="json"))
        return self._process

    async def _ask(
        self,
        process: asyncio.subprocess.Process,
        request: dict[str, Any],
        report: Callable[[str], None],
    ) -> BuildResult:
        await _send(process, request)
        assert process.stdout is not None
        while line := await process.stdout.readline():
            answer = json.loads(line)
            if answer.pop("id") != request["id"]:
                continue
            if "line" in answer:
                report(answer["line"])
                continue
            baked = answer.pop("baked", None)
            return BuildResult(**answer, baked=tuple(baked) if baked else None)
        raise EOFError(f"exit code {await process.wait()}")

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is None or process.returncode is not None:
            return
        assert process.stdin is not None
        process.stdin.close()
        # It leads a session: pip, uv and pex below it end with it.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_STOP_S):
                    await process.wait()
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


async def _send(process: asyncio.subprocess.Process, message: dict[str, Any]) -> None:
    assert process.stdin is not None
    process.stdin.write(json.dumps(message).encode() + b"\n")
    await process.stdin.drain()
