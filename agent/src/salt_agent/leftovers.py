"""What agents that died on this machine left on its disk: their logs are archived, then removed.

An agent's folder below ``agents/`` is locked (``flock``) as long as it lives; the kernel unlocks it
however it dies. Who gets the lock of another's folder may take what is in it.
"""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from salt_agent.archiver import Archiver
from salt_agent.patience import Patience
from salt_agent.spool import Spool, archive_prefix, read_file_name
from salt_core.config import Config
from salt_core.store import LogVerbs

_LOCK = "lock"
_LOGS = "logs"
_SHORT = 90


def agents_folder(config: Config) -> Path:
    """Where the agents of this backend have their folders: what one left is only its own's to take."""
    backend = json.dumps([config.redis_url, config.namespace, config.s3_url])
    return config.home / "agents" / hashlib.sha256(backend.encode()).hexdigest()[:12]


class Home:
    """An agent's own folder, locked until ``close``; ``logs`` holds its spool files."""

    def __init__(self, root: Path, agent: str) -> None:
        self.path = root / agent
        self.logs = self.path / _LOGS
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _looking(root):
            self.logs.mkdir(parents=True, mode=0o700)
            lock = _lock(self.path)
        assert lock is not None
        self._lock = lock
        self.sockets = self.path
        """For sockets, whose paths may have some hundred bytes; not in the user's runtime folder,
        which goes with the user's last session."""
        if len(str(self.path)) > _SHORT:
            self.sockets = Path(tempfile.mkdtemp(prefix="salt-"))

    def close(self) -> None:
        """Remove the folder, unless a log is left in it for the next agent."""
        if self.sockets != self.path:
            shutil.rmtree(self.sockets, ignore_errors=True)
        if not any(self.logs.iterdir()):
            shutil.rmtree(self.path, ignore_errors=True)
        os.close(self._lock)


async def archive_leftovers(
    root: Path, store: LogVerbs, archiver: Archiver, patience: Patience
) -> int:
    """Archive every log below ``root`` whose agent is dead; how many there were."""
    count = 0
    for folder in sorted(path for path in root.iterdir() if path.is_dir()):
        with _looking(root):
            lock = _lock(folder)
        if lock is None:
            continue
        try:
            logs = folder / _LOGS
            for file in sorted(logs.iterdir()) if logs.is_dir() else ():
                count += await _one(file, store, archiver, patience)
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
        finally:
            os.close(lock)
    return count


async def _one(file: Path, store: LogVerbs, archiver: Archiver, patience: Patience) -> bool:
    token = read_file_name(file.name)
    if token is None:
        return False
    state = await patience.answered(lambda: store.log_state(token.run, token.task, token.attempt))
    spool = await asyncio.to_thread(Spool.reopen, file.parent, token)
    # Only an archive of this very attempt counts; another agent's may have the same number.
    if state is not None and state.archive == archive_prefix(token):
        spool.archived = min(state.archived, spool.size)
    await archiver.close_now(token, spool)
    return True


@contextmanager
def _looking(root: Path) -> Iterator[None]:
    """Held for a moment: between the making of a folder and its lock nobody may find it unlocked."""
    descriptor = os.open(root / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _lock(folder: Path) -> int | None:
    try:
        descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor
