"""From ``main.pex`` to folders that an interpreter can import, without running a line of it.

PEX's own boot costs 0.1 to 2 s a start; a folder on ``sys.path`` costs nothing. Wheels are kept by
fingerprint and shared by all artifacts that hold them, sources by the hash of their content, so
that a changed line unpacks only itself. Nothing is compiled ahead: the first import writes the
``.pyc`` files of what it imports, which for pandas is a tenth of what compiling all of it takes.

Many processes may unpack at once: each fills a folder of its own and renames it. Whoever comes
second finds the name taken, by the same content, and throws its own away.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from salt_core.artifacts.disk import MAKING, sweep, unwritable
from salt_core.artifacts.interpreters import find_python
from salt_core.errors import ArtifactRejected

_NOT_SOURCES = (".bootstrap/", ".deps/", "__pex__/", "PEX-INFO", "__main__.py")
_DATA_ROOTS = {"purelib": "", "platlib": "", "data": "", "scripts": "bin/"}
"""Where the parts of a wheel's ``.data`` folder go; its headers go nowhere."""


@dataclass(frozen=True, slots=True)
class Unpacked:
    """An artifact that is ready to start.

    Attributes:
        digest: sha256 of the artifact.
        path: Folders for ``sys.path``: the sources, then one for each wheel.
        python: Absolute path of the interpreter that it needs.
    """

    digest: str
    path: tuple[str, ...]
    python: str


def unpack(pex: Path, cache: Path, digest: str | None = None) -> Unpacked:
    """Make sure that ``pex`` is unpacked below ``cache``, and say where.

    ``digest`` is the file's sha256 where the caller has just verified it; else it is computed.

    Raises:
        ArtifactRejected: The file is not a PEX, or its content does not match what it says.
        BadInput: No interpreter here fits it.
    """
    if digest is None:
        with pex.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    try:
        with zipfile.ZipFile(pex) as archive:
            info = _read_info(archive, pex)
            python = find_python(info.get("interpreter_constraints") or [])
            sources = _sources(archive, cache)
            wheels = [
                _wheel(archive, name, fingerprint, cache)
                for name, fingerprint in sorted(info["distributions"].items())
            ]
    except zipfile.BadZipFile as error:
        raise ArtifactRejected(f"{pex} is not a PEX file: {error}.") from error
    return Unpacked(digest, (str(sources), *map(str, wheels)), python)


def place_sources(files: Iterable[tuple[str, bytes, int]], cache: Path) -> Path:
    """The folder below ``cache`` that holds exactly ``files`` (name, content, mode).

    A builder places the sources that it links, and a local agent finds them there.
    """
    files = sorted(files)
    seal = hashlib.sha256()
    for name, data, mode in files:
        seal.update(f"{len(name)} {len(data)} {mode & 0o111 != 0}\n{name}".encode())
        seal.update(data)
    return _once(cache / "sources" / seal.hexdigest(), lambda folder: _write(files, folder))


def place_wheel(wheel: Path, fingerprint: str, cache: Path) -> Path:
    """The folder below ``cache`` that holds this wheel, installed; ``fingerprint``: its sha256.

    Raises:
        ArtifactRejected: The file has another sha256.
    """
    target = cache / "wheels" / _plain(fingerprint)
    return target if target.is_dir() else _stored_wheel(wheel.read_bytes(), target)


def _read_info(archive: zipfile.ZipFile, pex: Path) -> dict[str, Any]:
    try:
        info = json.loads(archive.read("PEX-INFO"))
    except (KeyError, ValueError) as error:
        raise ArtifactRejected(f"{pex} is not a PEX file: it has no PEX-INFO.") from error
    if not isinstance(info, dict) or not isinstance(info.get("distributions"), dict):
        raise ArtifactRejected(f"{pex} is not a PEX file: its PEX-INFO names no distributions.")
    return info


def _sources(archive: zipfile.ZipFile, cache: Path) -> Path:
    entries = (
        entry
        for entry in archive.infolist()
        if not entry.is_dir() and not entry.filename.startswith(_NOT_SOURCES)
    )
    return place_sources(_contents(archive, entries), cache)


def _wheel(archive: zipfile.ZipFile, name: str, fingerprint: str, cache: Path) -> Path:
    place = f".deps/{name}"
    if place in archive.NameToInfo:
        # A fingerprint is believed only where a folder was filled under it before, and filling
        # one checks it: an artifact cannot slip its own pandas under another's.
        target = cache / "wheels" / _plain(fingerprint)
        return target if target.is_dir() else _stored_wheel(archive.read(place), target)
    entries = [
        entry
        for entry in archive.infolist()
        if entry.filename.startswith(f"{place}/") and not entry.is_dir()
    ]
    if not entries:
        raise ArtifactRejected(f"The artifact names {name} and does not hold it.")
    target = cache / "wheels" / _raw_hash(archive, entries)
    skip = len(place) + 1
    return _once(
        target,
        lambda folder: _write(
            ((path[skip:], data, mode) for path, data, mode in _contents(archive, entries)), folder
        ),
    )


def _stored_wheel(data: bytes, target: Path) -> Path:
    found = hashlib.sha256(data).hexdigest()
    if found != target.name:
        raise ArtifactRejected(f"A wheel's sha256 is {found} where {target.name} was promised.")

    def fill(folder: Path) -> None:
        with zipfile.ZipFile(io.BytesIO(data)) as wheel:
            entries = (entry for entry in wheel.infolist() if not entry.is_dir())
            files = (
                (_installed(name), data, mode) for name, data, mode in _contents(wheel, entries)
            )
            _write((file for file in files if file[0]), folder)

    return _once(target, fill)


def _installed(name: str) -> str:
    """Where a wheel's file goes, as ``pip install --target`` does it; ``""``: nowhere."""
    top, _, inside = name.partition("/")
    if not top.endswith(".data"):
        return name
    kind, _, rest = inside.partition("/")
    return _DATA_ROOTS[kind] + rest if kind in _DATA_ROOTS else ""


def _raw_hash(archive: zipfile.ZipFile, entries: Iterable[zipfile.ZipInfo]) -> str:
    """A hash of unpacked wheels' bytes as they lie in the file, to save inflating them."""
    starts = sorted([entry.header_offset for entry in archive.infolist()] + [archive.start_dir])
    following = dict(pairwise(starts))
    assert archive.fp is not None
    seal = hashlib.sha256()
    for entry in sorted(entries, key=lambda entry: entry.filename):
        archive.fp.seek(entry.header_offset)
        seal.update(archive.fp.read(following[entry.header_offset] - entry.header_offset))
    return seal.hexdigest()


def _contents(
    archive: zipfile.ZipFile, entries: Iterable[zipfile.ZipInfo]
) -> Iterator[tuple[str, bytes, int]]:
    for entry in entries:
        yield entry.filename, archive.read(entry), entry.external_attr >> 16


def _write(files: Iterable[tuple[str, bytes, int]], folder: Path) -> None:
    made: set[str] = set()
    root = str(folder)
    for name, data, mode in files:
        _check(name)
        path = f"{root}/{name}"
        parent = os.path.dirname(path)
        if parent not in made:
            os.makedirs(parent, exist_ok=True)
            made.add(parent)
        with open(path, "wb") as file:
            file.write(data)
        if mode & 0o111:
            os.chmod(path, 0o755)


def _check(name: str) -> None:
    if name.startswith("/") or "\0" in name or "\\" in name or ".." in name.split("/"):
        raise ArtifactRejected(f"The artifact holds a file that would land outside: {name!r}.")


def _plain(name: str) -> str:
    if not name.isalnum():
        raise ArtifactRejected(f"The artifact holds a fingerprint that is none: {name!r}.")
    return name


def _once(target: Path, fill: Callable[[Path], None]) -> Path:
    if target.is_dir():
        return target
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        sweep(target.parent, MAKING)
        beside = Path(tempfile.mkdtemp(prefix=MAKING, dir=target.parent))
        try:
            fill(beside)
            beside.chmod(0o755)
            beside.rename(target)
        except BaseException:
            shutil.rmtree(beside, ignore_errors=True)
            if not target.is_dir():
                raise
    except OSError as error:
        raise unwritable(error, target.parent) from error
    return target
