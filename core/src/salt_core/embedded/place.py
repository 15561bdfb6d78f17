"""Where the embedded server lives: its folders, its socket, its locks."""

from __future__ import annotations

import fcntl
import hashlib
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

from salt_core.config import Config
from salt_core.errors import Unreachable

SOCKET_BYTES = 100
"""A Unix socket's path may have 107 bytes on Linux and 103 on macOS."""


@dataclass(frozen=True, slots=True)
class Place:
    """The paths of one data folder's server.

    Attributes:
        socket: In the data folder, which every process of the user finds, and which lives as long
            as the data: a runtime folder such as ``/run/user/1000`` goes with the last session,
            and the server stays. Only where that path is too long for a socket: in the runtime
            folder, under a name made from the data folder's.
    """

    data: Path
    runtime: Path
    socket: Path

    @classmethod
    def of(cls, config: Config) -> Place:
        """The place that ``config`` names; nothing is made yet."""
        data = config.home / "redis"
        inside = Path(os.path.abspath(data)) / "server.sock"
        if len(os.fsencode(inside)) <= SOCKET_BYTES:
            return cls(data, config.runtime, inside)
        name = hashlib.sha256(os.path.realpath(data).encode()).hexdigest()[:16]
        return cls(data, config.runtime, config.runtime / f"salt-{name}.sock")

    def as_started(self) -> Place:
        """The same with the socket that the server was started with.

        Processes of one user may have different runtime folders: a login has one, cron has none.
        """
        if self.socket.parent != self.runtime:
            return self
        try:
            noted = Path(self.socket_note.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return self
        # A data folder that was copied brings the note of the other one's server.
        return replace(self, socket=noted) if noted.name == self.socket.name else self

    @property
    def url(self) -> str:
        return f"unix://{quote(str(self.socket))}"

    @property
    def socket_note(self) -> Path:
        return self.data / "server.socket"

    @property
    def log(self) -> Path:
        return self.data / "server.log"

    @property
    def engine_note(self) -> Path:
        """Which engine opened the data last."""
        return self.data / "engine.json"

    @property
    def pid_file(self) -> Path:
        return self.data / "server.pid"

    @property
    def server_lock(self) -> Path:
        return self.data / "server.lock"

    @property
    def start_lock(self) -> Path:
        return self.data / "start.lock"

    def is_private(self) -> bool:
        """Whether nobody else can have put the socket there."""
        try:
            seen = self.socket.parent.lstat()
        except OSError:
            return False
        return (
            stat.S_ISDIR(seen.st_mode) and seen.st_uid == os.getuid() and not (seen.st_mode & 0o022)
        )

    def make(self) -> None:
        """Make the folders of data and socket, for this user alone.

        Raises:
            Unreachable: They cannot be made, or are not safely ours.
        """
        if len(os.fsencode(self.socket)) > SOCKET_BYTES:
            raise Unreachable(
                f"The path of the server's socket is too long ({self.socket}).",
                "Set XDG_RUNTIME_DIR to a folder with a shorter path.",
            )
        make_private(self.data, "data folder", "SALT_HOME")
        if self.socket.parent == self.runtime:
            make_private(self.runtime, "runtime folder", "XDG_RUNTIME_DIR")

    @contextmanager
    def starting(self, wait_s: float) -> Iterator[None]:
        """Hold the starters' lock.

        Raises:
            Unreachable: Another process held it for ``wait_s`` seconds.
        """
        descriptor = self._open(self.start_lock)
        try:
            if not lock_within(descriptor, wait_s):
                raise Unreachable(
                    "Another process starts or stops the embedded server and does not finish.",
                    f"Find it with `fuser {self.start_lock}` and end it.",
                )
            yield
        finally:
            os.close(descriptor)

    def free(self, wait_s: float) -> bool:
        """Whether no server has the data folder open, at the latest after ``wait_s`` seconds."""
        descriptor = self.take_server_lock(wait_s)
        if descriptor is None:
            return False
        os.close(descriptor)
        return True

    def take_server_lock(self, wait_s: float) -> int | None:
        """The locked descriptor that a server is to inherit; ``None``: another server has it."""
        descriptor = self._open(self.server_lock)
        if lock_within(descriptor, wait_s):
            return descriptor
        os.close(descriptor)
        return None

    def _open(self, path: Path) -> int:
        with told_as_unreachable(self.data, "data folder", "SALT_HOME"):
            return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def lock_within(descriptor: int, wait_s: float) -> bool:
    """Take an exclusive ``flock``, trying for ``wait_s`` seconds."""
    deadline = time.monotonic() + wait_s
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
        time.sleep(0.005)


def make_private(folder: Path, what: str, setting: str) -> None:
    """Make ``folder`` with mode 0700, or make sure that it is ours alone.

    Raises:
        Unreachable: It cannot be made, belongs to someone else, or others could write into it.
    """
    with told_as_unreachable(folder, what, setting):
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        seen = folder.lstat()
        remedy = f"Remove it, or name another with {setting}."
        if not stat.S_ISDIR(seen.st_mode):
            raise Unreachable(f"The {what} {folder} is not a folder.", remedy)
        if seen.st_uid != os.getuid():
            raise Unreachable(f"The {what} {folder} belongs to another user.", remedy)
        if seen.st_mode & 0o022:
            raise Unreachable(
                f"Others may write into the {what} {folder}.", f"Run `chmod 700 {folder}`."
            )
        if seen.st_mode & 0o077:
            folder.chmod(0o700)


@contextmanager
def told_as_unreachable(folder: Path, what: str, setting: str) -> Iterator[None]:
    """Turn an ``OSError`` of the block into a sentence about ``folder``."""
    try:
        yield
    except OSError as error:
        raise Unreachable(
            f"The {what} {folder} cannot be used: {error.strerror or error}.",
            f"Correct that, or name another with {setting}.",
        ) from error
