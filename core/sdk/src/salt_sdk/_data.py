"""Data files: what a codec writes as bytes, beside the JSON that refers to it (WIRE.md section 4.4).

Bytes below 32 KiB stay in the JSON. A file is named by its sha256, which is taken while it is
written: nothing is held in memory twice. Who decodes a value asks for its file then, not earlier.
"""

from __future__ import annotations

import atexit
import base64
import binascii
import hashlib
import io
import itertools
import os
import re
from typing import Any, BinaryIO, Callable

from salt_sdk._errors import BadInput

INLINE_LIMIT = 32 * 1024
CHUNK = 1 << 20

_SHA = re.compile(r"[0-9a-f]{64}")
_numbers = itertools.count()


class _Place:
    """Where this process keeps its data files.

    Attributes:
        folder: ``None`` until the first file where there is no service; then a temporary folder.
        served: An agent runs this process; without a folder from it there are no files at all.
        met: Some value that was read here refers to data: trees of JSON must be looked through.
    """

    def __init__(self) -> None:
        self.folder: str | None = None
        self.served = False
        self.fetch: Callable[[str], str] | None = None
        self.met = False


_place = _Place()


def serve_from(folder: str | None, fetch: Callable[[str], str]) -> None:
    """An agent runs this process: files go to its folder, and ``fetch`` asks it for others."""
    _place.folder, _place.fetch, _place.served = folder, fetch, True


def files() -> bool:
    """Whether there can be data files: with an agent only where it gave a folder."""
    return _place.folder is not None or not _place.served


def met() -> bool:
    """Whether a value that refers to data was ever read in this process."""
    return _place.met


def _folder() -> str | None:
    if _place.folder is None and not _place.served:
        import shutil
        import tempfile

        made = _place.folder = tempfile.mkdtemp(prefix="salt-data-")
        owner = os.getpid()

        def remove() -> None:
            if os.getpid() == owner:
                shutil.rmtree(made, ignore_errors=True)

        atexit.register(remove)
    return _place.folder


class Data:
    """Bytes that a value refers to.

    Attributes:
        codec: Name of the codec that wrote them.
        size: In bytes.
        more: What else the codec needs to know to read them.
    """

    __slots__ = ("_inline", "codec", "more", "sha", "size")

    def __init__(
        self, sha: str, size: int, codec: str, inline: bytes | None, more: dict[str, Any]
    ) -> None:
        self.sha = sha
        self.size = size
        self.codec = codec
        self.more = more
        self._inline = inline

    def __repr__(self) -> str:
        return f"{self.size} bytes of {self.codec}"

    def tree(self) -> dict[str, Any]:
        """As JSON refers to it."""
        if self._inline is not None:
            text = base64.b64encode(self._inline).decode("ascii")
            return {"$bytes": text, "codec": self.codec, **self.more}
        return {"$data": self.sha, "size": self.size, "codec": self.codec, **self.more}

    def path(self) -> str:
        """A file with the bytes; asks the agent for it. Not to be written to.

        Raises:
            DataUnavailable: It is not to be had.
        """
        if self._inline is not None:
            return _write_inline(self._inline)
        if _place.folder is not None:
            path = os.path.join(_place.folder, self.sha)
            if os.path.exists(path):
                return path
        if _place.fetch is None:
            raise BadInput(f"its data file {self.sha[:12]} is not on this machine")
        return _place.fetch(self.sha)

    def open(self) -> BinaryIO:
        """The bytes, to read them in pieces."""
        return io.BytesIO(self._inline) if self._inline is not None else open(self.path(), "rb")

    def read(self) -> bytes:
        """All the bytes."""
        if self._inline is not None:
            return self._inline
        with self.open() as file:
            return file.read()


def _write_inline(content: bytes) -> str:
    folder = _folder() or os.getcwd()
    path = os.path.join(folder, hashlib.sha256(content).hexdigest())
    if not os.path.exists(path):
        part = f"{path}.{os.getpid()}-{next(_numbers)}"
        with open(part, "xb") as file:
            file.write(content)
        os.replace(part, path)
    return path


def referred(found: dict[str, Any]) -> Data | None:
    """What an object of JSON refers to, if it does.

    Raises:
        BadInput: It is written wrong.
    """
    if "$data" in found:
        sha, size = found["$data"], found.get("size")
        if type(sha) is not str or not _SHA.fullmatch(sha) or type(size) is not int:
            raise BadInput('"$data" is no sha256 with a size')
        inline = None
    elif "$bytes" in found:
        try:
            inline = base64.b64decode(found["$bytes"], validate=True)
        except (TypeError, ValueError, binascii.Error):
            raise BadInput('"$bytes" is no base64') from None
        sha, size = "", len(inline)
    else:
        return None
    codec = found.get("codec")
    if type(codec) is not str:
        raise BadInput("data without the name of its codec")
    more = {k: v for k, v in found.items() if k not in ("$data", "$bytes", "size", "codec")}
    _place.met = True
    return Data(sha, size, codec, inline, more)


class Sink(io.RawIOBase):
    """A file to write to: in memory while it is small, then on disk; hashed on the way.

    Args:
        data: Takes the sha256 of a file that was made; ``None``: all must stay in memory.
    """

    def __init__(self, data: list[str] | None) -> None:
        super().__init__()
        self._data = data
        self._folder = _folder() if data is not None else None
        self._memory = bytearray()
        self._file: BinaryIO | None = None
        self._path = ""
        self._sha = hashlib.sha256()
        self._size = 0

    def writable(self) -> bool:
        return True

    def write(self, content: Any, /) -> int:
        view = memoryview(content).cast("B")
        size = len(view)
        if self._file is None and self._folder and self._size + size >= INLINE_LIMIT:
            self._spill()
        self._size += size
        if self._file is None:
            self._memory += view
        else:
            for start in range(0, size, CHUNK):
                piece = view[start : start + CHUNK]
                self._file.write(piece)
                self._sha.update(piece)
        return size

    def tell(self) -> int:
        return self._size

    def _spill(self) -> None:
        assert self._folder is not None
        self._path = os.path.join(self._folder, f".part-{os.getpid()}-{next(_numbers)}")
        self._file = open(self._path, "xb")  # noqa: SIM115 - closed by finish or drop
        self._file.write(self._memory)
        self._sha.update(self._memory)
        self._memory = bytearray()

    def finish(self, codec: str, more: dict[str, Any]) -> dict[str, Any]:
        """All is written: what JSON says in its place."""
        if self._file is None:
            return Data("", self._size, codec, bytes(self._memory), more).tree()
        assert self._folder is not None and self._data is not None
        self._file.close()
        sha = self._sha.hexdigest()
        os.replace(self._path, os.path.join(self._folder, sha))
        self._path = ""
        if sha not in self._data:
            self._data.append(sha)
        return Data(sha, self._size, codec, None, more).tree()

    def drop(self) -> None:
        """It came to nothing: leave no file behind."""
        if self._file is not None:
            self._file.close()
        if self._path:
            os.unlink(self._path)
