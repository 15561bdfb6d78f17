"""A host as a process of its own, which outlives whoever started it.

``python -m salt_tui.host_process PATH…`` with the settings as JSON on stdin: they may hold a
password, which a command line would show.
"""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from salt_core.config import Config
from salt_core.errors import SaltError
from salt_core.store import HostVerbs

log = logging.getLogger("salt.host")

LOG_NAME = "host.log"
_LOG_BYTES = 4 << 20
"""A longer log is set aside when a host starts."""


async def host_running(store: HostVerbs) -> bool:
    """Whether a host leads now. One that was just killed counts for up to a lease (4 s)."""
    return await store.leader() is not None


def start_detached(config: Config, paths: Sequence[Path] = ()) -> int:
    """Start a host in a session of its own; its process id.

    It logs to ``host.log`` in ``config.home``. A host too many does no harm: one leads, the others
    wait.
    """
    config.home.mkdir(parents=True, exist_ok=True)
    place = config.home / LOG_NAME
    if place.exists() and place.stat().st_size > _LOG_BYTES:
        place.replace(place.with_suffix(".log.1"))
    folders = [str(path.resolve()) for path in paths]
    with place.open("ab") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "salt_tui.host_process", *folders],
            stdin=subprocess.PIPE,
            stdout=out,
            stderr=out,
            cwd="/",
            start_new_session=True,
        )
    assert process.stdin is not None
    with process.stdin as settings:
        settings.write(config.model_dump_json().encode())
    _let_go(process)
    return process.pid


def _let_go(process: subprocess.Popen[bytes]) -> None:
    """It is meant to outlive us: Python need not warn that nobody waits for it."""
    process.returncode = 0


def main() -> int:
    """Be a host; the exit code."""
    from salt_tui.host import log_to_stderr, serve
    from salt_tui.watching import log_told

    config = Config.model_validate_json(sys.stdin.buffer.read())
    log_to_stderr()
    try:
        asyncio.run(serve(config, [Path(path) for path in sys.argv[1:]], tell=log_told))
    except SaltError as error:
        log.error("host: %s", error)
        return error.exit_code
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
