"""The Lua scripts: ``lua/<verb>.lua``, with ``-- @include <name>`` lines filled from ``lua/include``."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_INCLUDE = re.compile(r"^-- @include (\w+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Script:
    """A script's whole text and the name the server knows it by."""

    name: str
    text: str
    sha: str


def _read(*path: str) -> str:
    return files(__package__).joinpath("lua", *path).read_text(encoding="utf-8")


def names() -> list[str]:
    """Every verb that has a script."""
    folder = files(__package__).joinpath("lua")
    return sorted(f.name.removesuffix(".lua") for f in folder.iterdir() if f.name.endswith(".lua"))


def assemble(name: str, replace: Mapping[str, str] | None = None) -> Script:
    """Put a script together, each include once, in the order of first mention.

    Args:
        replace: Texts to use in place of includes; tests give ``now`` a clock that they move.
    """
    given = replace or {}
    seen: set[str] = set()

    def fill(found: re.Match[str]) -> str:
        part = found[1]
        if part in seen:
            return ""
        seen.add(part)
        return _INCLUDE.sub(fill, given.get(part) or _read("include", f"{part}.lua"))

    text = _INCLUDE.sub(fill, _read(f"{name}.lua"))
    # The flag lets what frees or records work go on when Redis is at its memory limit.
    flags = "#!lua flags=allow-oom\n" if "-- @allow-oom" in text else "#!lua\n"
    text = flags + text
    return Script(name, text, hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest())


@cache
def load(name: str) -> Script:
    """The script of a verb, as shipped."""
    return assemble(name)
