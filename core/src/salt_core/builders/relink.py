"""Write the source part of a PEX anew, and keep the dependencies' bytes.

A PEX is one zip: ``.bootstrap/*``, ``.deps/*``, then PEX-INFO, the boot scripts and the user's
files in order of name, then the central directory. The first two depend on pex and the wheels
alone; they are the *prefix*. What follows is written here as pex itself writes it, byte for byte:
stored, with a fixed time, parents before children. The layer's maker compares the two.

Two hashes tie the file together. ``code_hash`` is of the user's files; ``pex_hash`` of PEX-INFO
with it. PEX caches what it unpacks by ``pex_hash``: a stale one would run stale code.
"""

from __future__ import annotations

import hashlib
import json
import struct
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from salt_core.builders.sources import SourceFile

HASH_MARK = b"@SALT-PEX-HASH@"
"""Stands for the ``pex_hash`` in the templates of the boot scripts."""

PREFIX_FOLDERS = (".bootstrap/", ".deps/")

_LOCAL = struct.Struct("<4s2B4HL2L2H")
_CENTRAL = struct.Struct("<4s4B4HL2L5H2L")
_END = struct.Struct("<4s4H2LH")
_DATE, _TIME = 0 << 9 | 1 << 5 | 1, 0
"""1980-01-01 00:00, as MS-DOS writes it."""
_VERSION, _UNIX = 20, 3
_UTF8 = 0x800
_FOLDER = (0o40755 << 16) | 0x10


@dataclass(frozen=True, slots=True)
class Template:
    """What of a dependency layer the link needs.

    Attributes:
        prefix_size: Bytes of the prefix.
        entries: Entries in the prefix.
        directory: Their part of the central directory.
        info: PEX-INFO without its two hashes.
        main, boot: The boot scripts, with ``HASH_MARK`` for the hash.
    """

    prefix_size: int
    entries: int
    directory: bytes
    info: dict[str, Any]
    main: bytes
    boot: bytes


@dataclass(frozen=True, slots=True)
class Tail:
    """All that follows the prefix, in file order."""

    sources: bytes
    directory: bytes
    rest: bytes

    @property
    def parts(self) -> tuple[bytes, bytes, bytes]:
        return self.sources, self.directory, self.rest


def can_relink(files: Iterable[SourceFile]) -> bool:
    """Whether every name sorts behind the prefix, as the file's order demands."""
    return all(name > ".deps/~" for name, _, _ in files)


def link(template: Template, files: list[SourceFile]) -> Tail:
    """The bytes that make the prefix a whole PEX of these sources."""
    info = {**template.info, "code_hash": _code_hash(files)}
    pex_hash = hashlib.sha1(_dump(info)).hexdigest()
    info["pex_hash"] = pex_hash
    own = [
        ("PEX-INFO", _dump(info), 0o644),
        ("__main__.py", template.main.replace(HASH_MARK, pex_hash.encode()), 0o755),
        ("__pex__/__init__.py", template.boot.replace(HASH_MARK, pex_hash.encode()), 0o644),
    ]
    body = bytearray()
    directory = bytearray()
    count = template.entries
    for name, data, attributes in _with_folders(sorted([*files, *own])):
        offset = template.prefix_size + len(body)
        raw = name.encode()
        flags = 0 if name.isascii() else _UTF8
        fields = (flags, 0, _TIME, _DATE, zlib.crc32(data), len(data), len(data), len(raw), 0)
        body += _LOCAL.pack(b"PK\3\4", _VERSION, 0, *fields) + raw + data
        directory += _CENTRAL.pack(
            b"PK\1\2", _VERSION, _UNIX, _VERSION, 0, *fields, 0, 0, 0, attributes, offset
        )
        directory += raw
        count += 1
    size = len(template.directory) + len(directory)
    end = _END.pack(b"PK\5\6", 0, 0, count, count, size, template.prefix_size + len(body), 0)
    return Tail(bytes(body), template.directory, bytes(directory + end))


def _with_folders(files: Iterable[SourceFile]) -> Iterator[tuple[str, bytes, int]]:
    """Each file with its zip attributes, and each folder once, before what it holds."""
    seen: set[str] = set()
    for name, data, mode in files:
        at = name.find("/")
        while at >= 0:
            folder = name[: at + 1]
            if folder not in seen:
                seen.add(folder)
                yield folder, b"", _FOLDER
            at = name.find("/", at + 1)
        yield name, data, (0o100000 | mode) << 16


def _code_hash(files: Iterable[SourceFile]) -> str:
    hashed = [
        (name, data) for name, data, _ in files if not name.rpartition("/")[2].startswith(".")
    ]
    seal = hashlib.sha1("".join(name for name, _ in hashed).encode())
    for _, data in hashed:
        seal.update(data)
    return seal.hexdigest()


def _dump(info: dict[str, Any]) -> bytes:
    return json.dumps(info, sort_keys=True, separators=(",", ":")).encode()


def split(pex: Path) -> tuple[Template, int]:
    """The template of a PEX that pex wrote, and where its prefix ends.

    Raises:
        ValueError: It is not laid out as described above.
    """
    raw = pex.read_bytes()
    entries, _ = _directory(raw)
    prefix = [entry for entry in entries if entry[0].startswith(PREFIX_FOLDERS)]
    others = {name: offset for name, offset, _ in entries if not name.startswith(PREFIX_FOLDERS)}
    cut = min(others.values())
    if any(offset >= cut for _, offset, _ in prefix):
        raise ValueError("the dependencies do not come first")
    info = json.loads(_stored(raw, others["PEX-INFO"]))
    pex_hash = info.pop("pex_hash").encode()
    info.pop("code_hash")
    main = _stored(raw, others["__main__.py"]).replace(pex_hash, HASH_MARK)
    boot = _stored(raw, others["__pex__/__init__.py"]).replace(pex_hash, HASH_MARK)
    if main.count(HASH_MARK) != 1 or boot.count(HASH_MARK) != 1:
        raise ValueError("the boot scripts do not name the hash once")
    directory = b"".join(record for _, _, record in prefix)
    return Template(cut, len(prefix), directory, info, main, boot), cut


def _directory(raw: bytes) -> tuple[list[tuple[str, int, bytes]], int]:
    """Name, offset and record of each entry, and where the directory begins."""
    end = _END.unpack(raw[-_END.size :])
    if end[0] != b"PK\5\6" or end[7]:
        raise ValueError("the zip has a comment or 64-bit offsets")
    start, found = end[6], []
    at = start
    while raw[at : at + 4] == b"PK\1\2":
        header = _CENTRAL.unpack_from(raw, at)
        names, extra, comment = header[12:15]
        size = _CENTRAL.size + names + extra + comment
        name = raw[at + _CENTRAL.size : at + _CENTRAL.size + names].decode()
        found.append((name, header[18], raw[at : at + size]))
        at += size
    return found, start


def _stored(raw: bytes, offset: int) -> bytes:
    header = _LOCAL.unpack_from(raw, offset)
    method, size, names, extra = header[4], header[9], header[10], header[11]
    if method:
        raise ValueError("an entry is compressed")
    start = offset + _LOCAL.size + names + extra
    return raw[start : start + size]
