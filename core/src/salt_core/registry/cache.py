"""Artifacts on this machine: fetched once, verified, and not more of them than wanted.

``<folder>/artifacts/<sha256>/main.pex`` with ``verified.json`` beside it, and the parts that
several artifacts share in ``<folder>/parts``. Any number of processes use one folder: a file is
made beside its place and renamed into it, and a lock keeps two from fetching the same thing.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from salt_core.artifacts.disk import unwritable
from salt_core.blobs import Blobs
from salt_core.errors import ArtifactRejected, NotFound
from salt_core.model.workflow import Artifact

GRACE_S = 600.0
"""What was used so lately is never removed: someone may be about to unpack it."""
LOCK_S = 60.0
"""Longest wait for another process that fetches the same; then both do."""
_COPY_BYTES = 1 << 20


def part_key(digest: str) -> str:
    """Where the blob store has a part."""
    return f"parts/{digest}"


class ArtifactCache:
    """The artifacts in one folder.

    Args:
        folder: Made on first use.
        limit_bytes: What was not used for the longest time goes when there is more than this.
    """

    def __init__(self, folder: Path, limit_bytes: int) -> None:
        self._folder = folder
        self._limit = limit_bytes

    def get(self, artifact: Artifact, blobs: Blobs) -> Path:
        """The artifact's file; fetched unless it is there, and then at most once again. Blocking.

        A file whose size, time and inode are those that were verified is not read again.

        Raises:
            ArtifactRejected: What the blob store has does not match the digests, twice.
            SaltError: This disk cannot be written.
            Unreachable: The blob store does not answer.
        """
        place = self._folder / "artifacts" / artifact.digest / "main.pex"
        if _is_used(place):
            return place
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            with self._fetching(artifact.digest):
                if not _is_used(place) and not _verify_again(place, artifact):
                    self._make(place, artifact, blobs)
                    self._make_room()
        except OSError as error:
            raise unwritable(error, self._folder) from error
        return place

    def _make(self, place: Path, artifact: Artifact, blobs: Blobs) -> None:
        for _ in range(2):
            parts = [self._part(digest, size, artifact, blobs) for digest, size in artifact.parts]
            beside = self._beside()
            try:
                if _join(parts, beside) == artifact.digest:
                    beside.chmod(0o755)
                    beside.replace(place)
                    _note_verified(place)
                    return
            finally:
                beside.unlink(missing_ok=True)
            # A part that was cached may have rotted since it was verified.
            for part, (digest, _size) in zip(parts, artifact.parts, strict=True):
                if _sha256(part) != digest:
                    part.unlink(missing_ok=True)
        raise ArtifactRejected(
            f"Artifact {artifact.digest} does not match its digest when its parts are joined.",
            "Build and register the workflow again.",
        )

    def _part(self, digest: str, size: int, artifact: Artifact, blobs: Blobs) -> Path:
        place = self._folder / "parts" / digest
        if place.is_file() and place.stat().st_size == size:
            _touch(place)
            return place  # verified when it came; what has rotted since, joining will show
        place.parent.mkdir(parents=True, exist_ok=True)
        for _ in range(2):
            beside = self._beside()
            try:
                blobs.get_file(part_key(digest), beside)
                if _sha256(beside) == digest:
                    beside.replace(place)
                    return place
            except NotFound as error:
                raise ArtifactRejected(
                    f"The blob store has no {part_key(digest)}, a part of artifact "
                    f"{artifact.digest}.",
                    "Register the workflow again.",
                ) from error
            finally:
                beside.unlink(missing_ok=True)
        raise ArtifactRejected(
            f"The blob store's {part_key(digest)}, a part of artifact {artifact.digest}, does not "
            "match its digest, also when fetched again.",
            "Remove that blob and register the workflow again.",
        )

    def _beside(self) -> Path:
        folder = self._folder / "fetching"
        folder.mkdir(parents=True, exist_ok=True)
        return folder / secrets.token_hex(12)

    @contextmanager
    def _fetching(self, digest: str) -> Iterator[None]:
        """Hold the lock of one artifact. It only saves work: going on without it is safe."""
        path = self._folder / "artifacts" / f"{digest}.lock"
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            deadline = time.monotonic() + LOCK_S
            while time.monotonic() < deadline:
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    time.sleep(0.02)
            yield
        finally:
            os.close(descriptor)

    def _make_room(self) -> None:
        """Remove what was not used for the longest time, until the rest is within the limit."""
        now = time.time()
        found: list[tuple[float, int, Path]] = []
        for path in [
            *self._folder.glob("artifacts/*/main.pex"),
            *self._folder.glob("parts/*"),
            *self._folder.glob("fetching/*"),
        ]:
            with suppress(FileNotFoundError):  # another process makes room too
                found.append((_used(path), path.stat().st_size, path))
        total = sum(size for _, size, _ in found)
        for used, size, path in sorted(found):
            if used > now - GRACE_S:
                return
            abandoned = path.parent.name == "fetching"
            if total <= self._limit and not abandoned:
                continue
            if _used(path) > now - GRACE_S:
                continue
            if path.name == "main.pex":
                shutil.rmtree(path.parent, ignore_errors=True)
                path.parent.with_suffix(".lock").unlink(missing_ok=True)
            else:
                path.unlink(missing_ok=True)
            total -= size


def _join(parts: list[Path], target: Path) -> str:
    """Write the parts one after the other; the sha256 of it all."""
    seal = hashlib.sha256()
    with target.open("wb") as out:
        for part in parts:
            with part.open("rb") as source:
                while data := source.read(_COPY_BYTES):
                    seal.update(data)
                    out.write(data)
    return seal.hexdigest()


def _sha256(path: Path) -> str:
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def _identity(path: Path) -> dict[str, int]:
    seen = path.stat()
    return {"size": seen.st_size, "mtime_ns": seen.st_mtime_ns, "inode": seen.st_ino}


def _is_used(path: Path) -> bool:
    """Whether it is the very file that was verified; it counts as used just now."""
    try:
        _touch(path)  # first: who makes room looks once more before it removes anything
        noted = json.loads(path.with_name("verified.json").read_text(encoding="utf-8"))
        return bool(noted == _identity(path))
    except (OSError, ValueError):
        return False


def _verify_again(path: Path, artifact: Artifact) -> bool:
    """Read a file that was there, and is not noted as verified or has changed since."""
    try:
        if path.stat().st_size == artifact.size and _sha256(path) == artifact.digest:
            _note_verified(path)
            return True
    except FileNotFoundError:
        pass
    return False


def _note_verified(path: Path) -> None:
    beside = path.with_name(f".verified-{secrets.token_hex(6)}")
    beside.write_text(json.dumps(_identity(path)), encoding="utf-8")
    beside.replace(path.with_name("verified.json"))


def _used(path: Path) -> float:
    """When it was last used, Unix seconds; 0 when it is gone."""
    try:
        seen = path.stat()
    except FileNotFoundError:
        return 0
    return max(seen.st_atime, seen.st_mtime)


def _touch(path: Path) -> None:
    """Note a use in the access time; the time of its content stays what it was."""
    seen = path.stat()
    try:
        os.utime(path, ns=(time.time_ns(), seen.st_mtime_ns))
    except OSError:
        return  # someone else's file in a shared cache: it ages by its own readers
