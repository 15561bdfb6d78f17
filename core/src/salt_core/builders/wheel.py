"""A wheel on this machine, and the hash of a folder that one is built from."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

_NOT_HASHED = frozenset({".git", ".venv", "__pycache__", "dist", "build", "node_modules"})


@dataclass(frozen=True, slots=True)
class Wheel:
    """A wheel on this machine; what an artifact's dependency layer is made of."""

    name: str
    version: str
    path: Path
    sha256: str


def tree_hash(folder: Path) -> str:
    """Of a local dependency: what its wheel is built from may change without its version."""
    seal = hashlib.sha256()
    for root, folders, files in os.walk(folder):
        folders[:] = sorted(set(folders) - _NOT_HASHED)
        for name in sorted(files):
            path = Path(root, name)
            if path.is_file() and path.suffix != ".pyc":
                data = path.read_bytes()
                seal.update(f"{path.relative_to(folder)} {len(data)}\n".encode())
                seal.update(data)
    return seal.hexdigest()
