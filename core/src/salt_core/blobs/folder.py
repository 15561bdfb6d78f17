"""A folder as a blob store: the default, for one machine or a shared file system.

An object is a file at its key's path. It is written beside its place, synced, and renamed into
it: a reader sees it whole or not at all, also after a crash.
"""

from __future__ import annotations

import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from salt_core.blobs.keys import check_key
from salt_core.errors import NotFound, Unreachable

_BESIDE = ".tmp"
"""Folder of unfinished writes, on the same file system; no key starts with a dot."""
_ABANDONED_S = 86_400
_COPY_BYTES = 1 << 20


class FolderBlobs:
    """The objects under one folder, which is made with the first of them."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._swept = False

    def put(self, key: str, data: bytes) -> None:
        """Store ``data`` whole or not at all; storing it again is fine."""
        self._write(key, lambda out: out.write(data))

    def put_new(self, key: str, data: bytes) -> bool:
        """Store ``data`` unless there is an object already; whether it was stored."""
        return self._write(key, lambda out: out.write(data), new=True)

    def put_file(self, key: str, path: Path) -> None:
        """Store a file of any size."""
        with path.open("rb") as source:
            self._write(key, lambda out: shutil.copyfileobj(source, out, _COPY_BYTES))

    def get(self, key: str) -> bytes:
        """The object's bytes. Raises ``NotFound`` when there is none."""
        with self._told(key):
            return self._path(key).read_bytes()

    def get_file(self, key: str, path: Path) -> None:
        """Write the object to ``path`` without holding it in memory. Raises ``NotFound``."""
        with self._told(key):
            source = self._path(key).open("rb")
        with source, path.open("wb") as out:
            shutil.copyfileobj(source, out, _COPY_BYTES)

    def exists(self, key: str) -> bool:
        """Whether there is an object at ``key``."""
        with self._told(key):
            return self._path(key).is_file()

    def delete(self, key: str) -> None:
        """Remove the object, and folders that it leaves empty; one that is not there is fine."""
        place = self._path(key)
        with self._told(key):
            place.unlink(missing_ok=True)
        for folder in place.parents:
            if folder == self._root:
                return
            try:
                folder.rmdir()
            except OSError:
                return  # something else is in it

    def list(self, prefix: str) -> Iterator[str]:
        """Keys that start with ``prefix``, sorted."""
        base = self._root / prefix.rpartition("/")[0]
        found = []
        with self._told(prefix):
            for folder, folders, files in os.walk(base):
                folders[:] = [name for name in folders if name != _BESIDE]
                inside = Path(folder).relative_to(self._root).as_posix()
                lead = "" if inside == "." else f"{inside}/"
                found += [lead + name for name in files if (lead + name).startswith(prefix)]
        return iter(sorted(found))

    def check(self) -> str:
        """One line that says where this is, after a round trip that shows that it works."""
        key = f"check/{secrets.token_hex(8)}"
        fresh = self.put_new(key, key.encode())
        try:
            if not fresh or self.get(key) != key.encode():
                raise Unreachable(f"The blob folder {self._root} gives back other bytes.")
        finally:
            self.delete(key)
        free = shutil.disk_usage(self._root).free
        return f"folder {self._root} ({free / (1 << 30):.1f} GiB free)"

    def _path(self, key: str) -> Path:
        return self._root / check_key(key)

    def _write(self, key: str, fill: Callable[[BinaryIO], object], *, new: bool = False) -> bool:
        place = self._path(key)
        beside = self._root / _BESIDE / secrets.token_hex(12)
        with self._told(key):
            self._sweep()
            beside.parent.mkdir(parents=True, exist_ok=True)
            try:
                with beside.open("xb") as out:
                    fill(out)
                    out.flush()
                    os.fsync(out.fileno())
                return _move(beside, place, new)
            finally:
                beside.unlink(missing_ok=True)

    def _sweep(self) -> None:
        """Once per store: remove writes that were never finished."""
        if self._swept:
            return
        self._swept = True
        for dead in (self._root / _BESIDE).glob("*"):
            with suppress(FileNotFoundError):  # another process sweeps too
                if dead.stat().st_mtime < time.time() - _ABANDONED_S:
                    dead.unlink()

    @contextmanager
    def _told(self, key: str) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError:
            raise NotFound(f"There is no blob {key} in {self._root}.") from None
        except OSError as error:
            raise Unreachable(
                f"The blob folder {self._root} cannot be used: {error.strerror or error}.",
                "Free some space or correct its owner; SALT_HOME or SALT_S3_URL name another.",
            ) from error


def _move(beside: Path, place: Path, new: bool) -> bool:
    """Rename ``beside`` to ``place``, or link it there when nothing is; whether it is there."""
    for _ in range(100):
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            if new:
                place.hardlink_to(beside)
            else:
                beside.replace(place)
        except FileExistsError:
            return False
        except FileNotFoundError:
            continue  # a delete has just removed the folder that it had left empty
        _sync_folder(place.parent)
        return True
    raise OSError(f"{place.parent} cannot be made")


def _sync_folder(folder: Path) -> None:
    """Make a rename last over a power loss."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError:
        return  # the object was deleted since, and its folder with it
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
