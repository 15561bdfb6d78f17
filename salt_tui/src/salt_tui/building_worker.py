"""``python -m salt_tui.building_worker``: builds and registers what it is asked to, one at a time.

JSON lines on stdin: first the settings, then requests ``{"id", "folder"}``. JSON lines on stdout:
``{"id", "line"}`` while it builds, then the fields of ``BuildResult`` with the ``id``. It ends when
stdin does. What builders print goes to stderr.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

from salt_core.blobs import Blobs, open_blobs
from salt_core.builders import Built, build
from salt_core.config import Config
from salt_core.errors import SaltError, Unreachable
from salt_core.release import release
from salt_core.store import Store
from salt_core.store.redis import open_store

Answer = dict[str, Any]


class Worker:
    """What stays between builds: the connection to the store, and all that was imported."""

    def __init__(self, config: Config, runner: asyncio.Runner) -> None:
        self._config = config
        self._runner = runner
        self._store: Store | None = None
        self._blobs: Blobs | None = None

    def warm(self) -> None:
        """Connect ahead of need; when the store is away, the first build says so."""
        with contextlib.suppress(SaltError):
            self._runner.run(self._connected())

    def build(self, folder: Path, report: Callable[[str], None]) -> Answer:
        """The fields of a ``BuildResult``."""
        workflow, begun = "", time.perf_counter()
        try:
            built = build(folder, self._config, self._output(folder), report)
            workflow = built.workflow
            made = time.perf_counter()
            version, new = self._runner.run(self._publish(built))
        except SaltError as error:
            transient = isinstance(error, Unreachable)
            return {"workflow": workflow, "error": str(error), "transient": transient}
        except Exception as error:  # noqa: BLE001 - one broken build must not end the next
            traceback.print_exc()
            return {"workflow": workflow, "error": f"The build broke: {error!r}."}
        done = time.perf_counter()
        return {
            "workflow": workflow,
            "version": version,
            "new": new,
            "baked": [workflow, str(built.settings["entrypoint"])],
            "parts": {
                **{stage: spent * 1000 for stage, spent in built.seconds.items()},
                "total": (made - begun) * 1000,
                "publish": (done - made) * 1000,
            },
        }

    def close(self) -> None:
        if self._store is not None:
            self._runner.run(self._store.close())

    def _output(self, folder: Path) -> Path:
        # Not in the project: that is watched, and ``dist`` is for what a person builds.
        name = hashlib.sha256(str(folder).encode()).hexdigest()[:32]
        return self._config.cache / "watched" / name / "main.pex"

    async def _connected(self) -> tuple[Store, Blobs]:
        if self._store is None:
            self._store = await open_store(self._config, role="builder")
        if self._blobs is None:
            self._blobs = await asyncio.to_thread(open_blobs, self._config)
        return self._store, self._blobs

    async def _publish(self, built: Built) -> tuple[str, bool]:
        store, blobs = await self._connected()
        version, new, _ = await release(store, blobs, built)
        return version.version, new


def main() -> None:
    """Serve until stdin ends."""
    # A terminal's Ctrl-C is the host's to see to; it closes stdin.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    config = Config.model_validate_json(sys.stdin.readline())
    with answers, asyncio.Runner() as runner:
        worker = Worker(config, runner)
        worker.warm()
        for line in sys.stdin:
            request = json.loads(line)
            number = request["id"]

            def report(text: str, number: int = number) -> None:
                _say(answers, {"id": number, "line": text})

            _say(answers, {"id": number, **worker.build(Path(request["folder"]), report)})
        worker.close()


def _say(out: TextIO, answer: Answer) -> None:
    out.write(json.dumps(answer) + "\n")
    out.flush()


if __name__ == "__main__":
    main()
