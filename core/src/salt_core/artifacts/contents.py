"""What is in an artifact, told without unpacking it."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path


def dependencies(pex: Path) -> tuple[str, ...]:
    """The distributions in it, ``pandas 2.2.3``, by name; none where the file does not tell."""
    try:
        with zipfile.ZipFile(pex) as archive:
            held = json.loads(archive.read("PEX-INFO")).get("distributions") or {}
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):
        return ()
    # The names of wheels: name, version, tags.
    parts = (str(wheel).split("-") for wheel in held)
    return tuple(sorted(f"{words[0].replace('_', '-')} {words[1]}" for words in parts if words[1:]))
