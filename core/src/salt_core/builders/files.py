"""Files of the build cache: written whole, locked, and tools that other interpreters can import."""

from __future__ import annotations

import fcntl
import os
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path

from salt_core.artifacts.disk import sweep, unwritable
from salt_core.errors import BuildFailed


def write_whole(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Write a file so that a reader sees the old content or the new one, and never a part."""
    with replacing(path) as beside:
        beside.write_bytes(data)
        beside.chmod(mode)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A path beside ``path`` to write; it takes its place when the block ends well.

    Raises:
        SaltError: The disk is full, or the folder cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = f".{path.name}.making-"
        sweep(path.parent, beside)
        handle, name = tempfile.mkstemp(prefix=beside, dir=path.parent)
        os.close(handle)
        try:
            yield Path(name)
            os.rename(name, path)
        except BaseException:
            with suppress(OSError):
                os.unlink(name)
            raise
    except OSError as error:
        raise unwritable(error, path.parent) from error


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock file ``path``; waits for whoever holds it, and a dead holder holds nothing."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise unwritable(error, path.parent) from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def package_folder(name: str) -> Path:
    """Where an installed package lies, without importing it.

    Raises:
        BuildFailed: It is not installed.
    """
    found = find_spec(name)
    if found is None or not found.submodule_search_locations:
        raise BuildFailed(f"Builds need {name}.", "Install Salt with its extra: salt-py[ui].")
    return Path(found.submodule_search_locations[0])


def link_tool(name: str, cache: Path) -> Path:
    """A folder that holds this package and no other, for the path of another interpreter."""
    package = package_folder(name)
    folder = cache / "tools" / f"{name}-{zlib.crc32(str(package).encode()):08x}"
    link = folder / name
    if not link.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError):
            link.symlink_to(package)
    return folder
