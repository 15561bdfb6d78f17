"""Start, find and stop the embedded server."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from salt_core.config import Config
from salt_core.embedded.launch import LOAD_S, last_words, launch
from salt_core.embedded.place import Place
from salt_core.embedded.probe import Pulse, ask, info, pulse
from salt_core.embedded.wait import until
from salt_core.errors import Unreachable

SILENCE_S = 10.0
"""A server that does not answer for so long is stopped, or worse."""
STOP_S = 10.0
_CLIENT_ROLE = re.compile(r" name=salt-([a-z]+) ")


@dataclass(frozen=True, slots=True)
class Info:
    """A running embedded server."""

    url: str
    data: Path
    pid: int
    engine: str
    version: str
    uptime_s: int
    used_memory: int
    """Bytes."""


def ensure(config: Config) -> str:
    """The URL of this user's embedded server, which is started unless it runs. Blocking.

    A millisecond when it runs already.

    Raises:
        Unreachable: It cannot be started, or does not answer; one sentence says why.
    """
    place = Place.of(config).as_started()
    if place.is_private() and pulse(place.socket) is Pulse.UP:
        return place.url
    fresh = Place.of(config)
    fresh.make()
    with fresh.starting(wait_s=LOAD_S):
        place = fresh.as_started()
        state = pulse(place.socket) if place.is_private() else Pulse.GONE
        if state is Pulse.GONE:
            state = _make_way(place)
        if state is not Pulse.GONE:
            _wait_until_up(place)
            return place.url
        if launch(fresh):
            _compact(fresh)
        return fresh.url


def revive(config: Config) -> bool:
    """Start the server again if it died; ``False``: it was stopped on purpose, and stays so.

    For processes that live on while the backend is away. Blocking.

    Raises:
        Unreachable: It cannot be started.
    """
    place = Place.of(config).as_started()
    # A server that ends in order takes the note of its process away; a killed one cannot.
    if pulse(place.socket) is Pulse.GONE and not place.pid_file.exists():
        return False
    ensure(config)
    return True


def running(config: Config) -> Info | None:
    """The embedded server that runs now, or ``None``; never starts one.

    Raises:
        Unreachable: It holds its socket and does not answer.
    """
    place = Place.of(config).as_started()
    if not place.is_private() or pulse(place.socket) is Pulse.GONE:
        return None
    try:
        told = info(place.socket)
    except TimeoutError:
        raise _silent(place) from None
    except OSError:
        return None
    engine = "valkey" if "valkey_version" in told else "redis"
    return Info(
        url=place.url,
        data=place.data,
        pid=int(told.get("process_id", 0)),
        engine=engine,
        version=told.get(f"{engine}_version", ""),
        uptime_s=int(told.get("uptime_in_seconds", 0)),
        used_memory=int(told.get("used_memory", 0)),
    )


def roles(config: Config) -> list[str]:
    """What is connected now, sorted: ``agent``, ``host``, ``ui`` …; one of each, however many."""
    place = Place.of(config).as_started()
    try:
        clients = ask(place.socket, "CLIENT", "LIST") if place.is_private() else ""
    except OSError:
        return []  # none runs, or it does not answer
    return sorted(set(_CLIENT_ROLE.findall(clients)))


def stop(config: Config) -> bool:
    """Stop the embedded server and wait until it is gone; ``False``: none ran. Data stays.

    Raises:
        Unreachable: It did not end.
    """
    if not Place.of(config).start_lock.exists():
        return False
    with Place.of(config).starting(wait_s=LOAD_S):
        place = Place.of(config).as_started()
        if place.free(wait_s=0):
            return False
        try:
            ask(place.socket, "SHUTDOWN", "NOSAVE", "FORCE", wait_s=STOP_S)
        except OSError:
            _signal(place, signal.SIGTERM)
        if place.free(STOP_S):
            return True
        # What it acknowledged is on disk: a kill loses nothing.
        _signal(place, signal.SIGKILL)
        if place.free(STOP_S):
            place.pid_file.unlink(missing_ok=True)
            return True
    raise Unreachable(f"The embedded server of {place.data} does not end.", f"Look at {place.log}.")


def _make_way(place: Place) -> Pulse:
    """Nobody answers on the socket: see to it that nobody has the data open either.

    It may be open: by a server whose starter was killed and which is about to listen, by a last
    child of one that was killed, or by one whose socket someone has removed. That one is asked
    to end, since no client can find it.
    """

    def settled() -> Pulse | None:
        if place.free(wait_s=0):
            return Pulse.GONE
        state = pulse(place.socket)
        return None if state is Pulse.GONE else state

    state = until(settled, 3.0)
    if state is None:
        _signal(place, signal.SIGTERM)
        state = until(settled, STOP_S)
    if state is None:
        raise Unreachable(
            f"The data folder {place.data} is in use by a server that cannot be reached.",
            "If it runs on another machine, name it in SALT_REDIS_URL; else end it.",
        )
    return state


def _wait_until_up(place: Place) -> None:
    silent_since: float | None = None

    def up() -> bool | None:
        nonlocal silent_since
        match pulse(place.socket):
            case Pulse.UP:
                return True
            case Pulse.SILENT:
                silent_since = silent_since or time.monotonic()
                return False if time.monotonic() - silent_since > SILENCE_S else None
            case Pulse.GONE:
                return False
            case Pulse.LOADING:
                silent_since = None
                return None

    if not until(up, LOAD_S):
        if pulse(place.socket) is Pulse.GONE:
            raise Unreachable(
                f"The embedded server ended while it loaded: {last_words(place.log)}",
                f"Look at {place.log}.",
            )
        raise _silent(place)


def _compact(place: Place) -> None:
    """Rewrite the append-only file in the background.

    A tail torn by a power loss is dropped by the first load; a second load of the same file
    could apply half a script. The rewritten file has no such tail.
    """
    try:
        ask(place.socket, "BGREWRITEAOF")
    except OSError:
        return  # whoever waits for the server will notice that it is gone


def _silent(place: Place) -> Unreachable:
    pid = _pid(place)
    who = f" (process {pid})" if pid else ""
    return Unreachable(
        f"The embedded server{who} does not answer.",
        "Is it stopped? `salt down` ends it; nothing that it acknowledged is lost.",
    )


def _pid(place: Place) -> int:
    try:
        return int(place.pid_file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return 0


def _signal(place: Place, number: signal.Signals) -> None:
    """Signal the server of this place, if its note of its process still names a server."""
    pid = _pid(place)
    if not pid:
        return
    title = _title(pid)
    if str(place.socket) not in title:
        return  # that number has gone to someone else
    try:
        os.kill(pid, number)
    except OSError:
        return


def _title(pid: int) -> str:
    """The command line of a process; the server puts its socket there."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8", errors="replace")
    except OSError:
        pass  # not Linux, or no such process
    try:
        return subprocess.run(
            ["ps", "-p", str(pid), "-o", "args="], capture_output=True, text=True, check=False
        ).stdout
    except OSError:
        return ""
