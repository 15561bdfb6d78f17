"""Start the server program on a data folder that nobody has open, or say why it does not start."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from salt_core.embedded import engine as engines
from salt_core.embedded.engine import Engine
from salt_core.embedded.place import Place, told_as_unreachable
from salt_core.embedded.probe import Pulse, pulse
from salt_core.embedded.wait import until
from salt_core.errors import Unreachable

DETACH_S = 10.0
"""Until the program has gone to the background."""
LOAD_S = 120.0
"""Until it has read its data: a million queued tasks take 8 s."""
LOG_BYTES = 1 << 20
"""A longer log of the server is set aside at the next start."""
LEAST_FREE_BYTES = 4 << 20


def launch(place: Place) -> bool:
    """Return when the server has read its data and answers.

    Returns:
        Whether there was data already.

    Raises:
        Unreachable: It does not start; one sentence says why.
    """
    engine = engines.find()
    before = engines.last_to_open(place)
    with told_as_unreachable(place.data, "data folder", "SALT_HOME"):
        if shutil.disk_usage(place.data).free < LEAST_FREE_BYTES:
            raise _disk_full(place)
        known = (place.data / "appendonlydir").is_dir()
        if place.log.exists() and place.log.stat().st_size > LOG_BYTES:
            place.log.replace(place.log.with_suffix(".log.1"))
        log_start = place.log.stat().st_size if place.log.exists() else 0
        place.socket.unlink(missing_ok=True)
        place.socket_note.write_text(str(place.socket), encoding="utf-8")
    lock = place.take_server_lock(wait_s=DETACH_S)
    if lock is None:
        raise Unreachable(f"The data folder {place.data} is in use by another server.")
    try:
        said = _spawn(place, engine, lock)
    finally:
        os.close(lock)

    def up() -> bool | None:
        state = pulse(place.socket)
        if state is Pulse.GONE:
            return False if place.free(wait_s=0) else None
        return True if state is Pulse.UP else None

    if said is None and until(up, LOAD_S):
        engines.note_opened(place, engine)
        return known
    raise _why_not(place, engine, before, said or last_words(place.log, log_start))


def last_words(log: Path, start: int = 0) -> str:
    """The last warning that the server wrote beyond offset ``start``, without its time stamp."""
    try:
        with log.open("rb") as file:
            file.seek(start)
            lines = file.read().decode("utf-8", "replace").splitlines()
    except OSError:
        lines = []
    # "PID:ROLE DD Mon YYYY HH:MM:SS.mmm # message", where # is the level "warning".
    texts = [line.split(" # ", 1)[1].strip() for line in lines if " # " in line]
    grave = [text for text in texts if "overcommit" not in text]
    return (grave[-1] if grave else "it said nothing").rstrip(".") + "."


def _spawn(place: Place, engine: Engine, lock: int) -> str | None:
    """Run the program, which detaches by itself; what it said if it did not."""
    options = {
        "daemonize": "yes",
        "pidfile": str(place.pid_file),
        "logfile": str(place.log),
        "dir": str(place.data),
        "port": "0",
        "unixsocket": str(place.socket),
        "unixsocketperm": "600",
        # What was acknowledged is on disk: 0.21 ms a write against 0.075 with everysec.
        "appendonly": "yes",
        "appendfsync": "always",
        # Any engine from 7.0 on can open what another wrote.
        "aof-use-rdb-preamble": "no",
        "aof-load-truncated": "yes",
        "save": "",
        "maxmemory-policy": "noeviction",
        # A task is a hash of some twenty short fields: packed, it takes a third of the memory.
        "hash-max-listpack-value": "512",
    }
    words = [word for key, value in options.items() for word in (f"--{key}", value)]
    try:
        done = subprocess.run(
            [engine.path, *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=place.data,
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
            start_new_session=True,
            pass_fds=(lock,),
            timeout=DETACH_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"{error}."
    if done.returncode == 0:
        return None
    said = done.stdout.decode("utf-8", "replace").split()
    return " ".join(said) or f"exit code {done.returncode}."


def _disk_full(place: Place) -> Unreachable:
    return Unreachable(
        f"The disk of the data folder {place.data} is full, so the embedded server cannot run.",
        "Free some space, or name a folder on another disk with SALT_HOME.",
    )


def _why_not(place: Place, engine: Engine, before: Engine | None, said: str) -> Unreachable:
    if "No space left" in said:
        return _disk_full(place)
    if before is not None and before.title != engine.title:
        return Unreachable(
            f"{engine.title} cannot open the data in {place.data}, which {before.title} wrote: "
            f"{said}",
            f"Start it with {before.title} or newer ({engines.FORCE} names a program).",
        )
    return Unreachable(
        f"The embedded server ({engine.title}) does not start on {place.data}: {said}",
        f"Look at {place.log}.",
    )
