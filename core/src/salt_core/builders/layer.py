"""The dependency layer: a folder named by the hash of all that decides over its bytes."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from salt_core.builders.files import package_folder
from salt_core.builders.lock import Pinned
from salt_core.builders.relink import Template
from salt_core.builders.target import Target
from salt_core.builders.wheel import Wheel

_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Layer:
    """A dependency layer on this machine.

    Attributes:
        key: Its name.
        folder: Holds ``prefix`` and what the link needs.
        prefix_sha256: Of the prefix's bytes.
        relinks: Whether linking here gives what pex gives.
        wheels: Fingerprints of its wheels, in the order of the import path.
        pure: Whether no wheel is bound to a platform.
    """

    key: str
    folder: Path
    prefix_sha256: str
    prefix_size: int
    relinks: bool
    wheels: tuple[str, ...]
    pure: bool

    @property
    def prefix(self) -> Path:
        return self.folder / "prefix"

    def template(self) -> Template:
        read = self.folder.joinpath
        facts = json.loads(read("template.json").read_bytes())
        return Template(
            self.prefix_size,
            facts["entries"],
            read("directory").read_bytes(),
            facts["info"],
            read("main.py").read_bytes(),
            read("boot.py").read_bytes(),
        )


def pex_version() -> str:
    """The version of the pex that builds, without importing it."""
    text = (package_folder("pex") / "version.py").read_text(encoding="utf-8")
    found = re.search(r"""__version__ = ["']([^"']+)["']""", text)
    return found[1] if found else "unknown"


def layer_key(pinned: Sequence[Pinned], local: Sequence[str], sdk: Wheel, target: Target) -> str:
    """The name of the layer for this resolution; ``local`` are hashes of its local sources."""
    files = [
        (item.name, item.version, item.kind, item.source.rsplit("/", 1)[-1], item.seal, item.inside)
        for item in pinned
    ]
    decides: list[Any] = [_FORMAT, pex_version(), target.minor, target.tags[0], files, list(local)]
    text = json.dumps([*decides, sdk.path.name, sdk.sha256])
    return hashlib.sha256(text.encode()).hexdigest()


def load_layer(key: str, cache: Path) -> Layer | None:
    """The layer of that name, if it was made."""
    folder = cache / "layers" / key
    try:
        facts = json.loads((folder / "layer.json").read_bytes())
    except FileNotFoundError:
        return None
    return Layer(**{**facts, "wheels": tuple(facts["wheels"])}, folder=folder)
