"""Bytes by key: artifacts, large values, log chunks.

Keys are ``/``-separated names made by Salt, never by users. Objects are immutable: whoever
writes a key again writes the same bytes, or bytes that no reader was told of. Everything that
changes lives in Redis, which refers to blobs by key and sha256.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from salt_core.config import Config


class Blobs(Protocol):
    """What Salt needs of a blob store. Blocking: call it from a thread where a loop runs.

    Every method raises ``salt_core.errors.Unreachable`` when the store does not answer.
    """

    def put(self, key: str, data: bytes) -> None:
        """Store ``data`` whole or not at all; storing it again is fine."""
        ...

    def put_new(self, key: str, data: bytes) -> bool:
        """Store ``data`` unless there is an object already; whether it was stored.

        Atomic in a folder, and on an S3 that honours ``If-None-Match`` (see ``check``).
        """
        ...

    def put_file(self, key: str, path: Path) -> None:
        """Store a file of any size (multipart where the store has it)."""
        ...

    def get(self, key: str) -> bytes:
        """The object's bytes. Raises ``NotFound`` when there is none."""
        ...

    def get_file(self, key: str, path: Path) -> None:
        """Write the object to ``path`` without holding it in memory. Raises ``NotFound``."""
        ...

    def exists(self, key: str) -> bool: ...

    def delete(self, key: str) -> None:
        """Remove the object; one that is not there is fine."""
        ...

    def list(self, prefix: str) -> Iterator[str]:
        """Keys that start with ``prefix``, sorted, all pages."""
        ...

    def check(self) -> str:
        """One line that says what and where this is, after a round trip that shows that it works."""
        ...


def open_blobs(config: Config) -> Blobs:
    """The blob store that ``config`` names: S3, or the folder ``home/blobs``."""
    if config.s3_url is None:
        from salt_core.blobs.folder import FolderBlobs

        return FolderBlobs(config.home / "blobs")
    from salt_core.blobs.s3 import S3Blobs

    return S3Blobs.from_url(config.s3_url, config.s3_endpoint)
