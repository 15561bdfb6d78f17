"""Which interpreter runs an artifact: a base one, by absolute path, that fits its requirement.

Never a virtual environment's (it would bring that environment along) and never a version manager's
shim (a slow shell script that may refuse). Each candidate is asked once per process what it is.
"""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path

from salt_core.errors import BadInput

_NEWEST, _OLDEST = 20, 8
"""Minor versions of Python 3 that are looked for by name."""

_ASK = """
import platform, sys
base = getattr(sys, "_base_executable", None) or sys.executable
print(platform.python_implementation(), platform.python_version(), base)
"""

Release = tuple[int, ...]


def find_python(requires: str | Sequence[str]) -> str:
    """The absolute path of a base CPython that satisfies ``requires``.

    ``requires`` is a specifier as in ``requires-python`` (``>=3.11,<3.12``) or a PEX interpreter
    constraint (``CPython==3.11.*``); of a sequence one has to hold, and an empty one asks for
    nothing. This process's own interpreter is preferred, then those on PATH, then pyenv's and
    uv's, the newest first.

    Raises:
        BadInput: There is none; lists what there is. Or ``requires`` is not a specifier.
    """
    asked = (requires,) if isinstance(requires, str) else tuple(requires)
    return _find(asked)


def own_python() -> str:
    """The base interpreter of this process."""
    base: str | None = getattr(sys, "_base_executable", None)
    return base if base and os.access(base, os.X_OK) else os.path.realpath(sys.executable)


@cache
def _find(asked: tuple[str, ...]) -> str:
    fits = _matcher(asked)
    if fits(release(platform.python_version())):
        return own_python()
    found: list[str] = []
    for candidate in _candidates():
        known = _probe(candidate)
        if known is None:
            continue
        version, path = known
        if fits(release(version)):
            return path
        found.append(version)
    there = ", ".join(dict.fromkeys([platform.python_version(), *found]))
    raise BadInput(
        f"No Python here satisfies {' or '.join(asked)}; found: {there}.",
        "Install one (for example `uv python install`), or put it on PATH.",
    )


def _candidates() -> Iterator[str]:
    """Interpreters by name, cheapest places first; the same file at most once."""
    seen: set[str] = set()
    for path in _places():
        real = os.path.realpath(path)
        if real not in seen and os.access(real, os.X_OK) and not _is_script(real):
            seen.add(real)
            yield str(path)


def _places() -> Iterator[Path]:
    names = [f"python3.{minor}" for minor in range(_NEWEST, _OLDEST - 1, -1)]
    folders = [Path(part) for part in os.environ.get("PATH", os.defpath).split(os.pathsep) if part]
    yield from (folder / name for name in names for folder in folders)
    home = Path.home()
    pyenv = Path(os.environ.get("PYENV_ROOT") or home / ".pyenv") / "versions"
    data = Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    uv = Path(os.environ.get("UV_PYTHON_INSTALL_DIR") or data / "uv" / "python")
    for root in (pyenv, uv):
        yield from sorted(root.glob("*/bin/python3.[0-9]*"), key=_by_minor, reverse=True)


def _by_minor(path: Path) -> Release:
    return tuple(int(digits) for digits in re.findall(r"\d+", path.name))


def _is_script(path: str) -> bool:
    """Whether a version manager's shim stands where an interpreter is expected."""
    try:
        with open(path, "rb") as file:
            return file.read(2) == b"#!"
    except OSError:
        return True


@cache
def _probe(path: str) -> tuple[str, str] | None:
    """Version and base interpreter of the CPython at ``path``, or ``None`` when it is none."""
    try:
        answer = subprocess.run(
            [path, "-I", "-S", "-c", _ASK], capture_output=True, text=True, timeout=20, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    implementation, _, rest = answer.stdout.strip().partition(" ")
    version, _, base = rest.partition(" ")
    if implementation != "CPython" or not os.access(base, os.X_OK):
        return None
    return version, base


_CLAUSE = re.compile(
    r"(===|==|!=|~=|>=|<=|>|<)\s*([0-9]+(?:\.[0-9]+)*)(\.\*)?(?:[a-z.+-][\w.+-]*)?"
)
_IMPLEMENTATION = re.compile(r"\s*([A-Za-z]+)?\s*(.*?)\s*")


def release(version: str) -> Release:
    """``3.11.7`` or ``3.13.0rc1`` as numbers."""
    found = re.match(r"[0-9]+(?:\.[0-9]+)*", version)
    return tuple(int(part) for part in found[0].split(".")) if found else ()


def satisfies(version: str, requires: str) -> bool:
    """Whether a CPython ``version`` satisfies a specifier. Raises ``BadInput`` when it is none."""
    return _matcher((requires,))(release(version))


def _matcher(asked: Iterable[str]) -> Callable[[Release], bool]:
    # An agent has no `packaging`, and of Python versions only the release numbers ever matter.
    alternatives = [_clauses(text) for text in asked]

    def fits(version: Release) -> bool:
        return not alternatives or any(
            all(_holds(version, *clause) for clause in clauses) for clauses in alternatives
        )

    return fits


def _clauses(text: str) -> list[tuple[str, Release, bool]]:
    found = _IMPLEMENTATION.fullmatch(text)
    name, rest = (found[1], found[2]) if found else (None, text)
    if name not in (None, "CPython") and rest:
        raise BadInput(f"{text!r} asks for {name}; Salt runs artifacts on CPython.")
    clauses = []
    for part in filter(None, (part.strip() for part in (rest or text).split(","))):
        clause = _CLAUSE.fullmatch(part)
        if clause is None:
            raise BadInput(f"{text!r} is not a version specifier such as >=3.11,<3.12.")
        clauses.append((clause[1], release(clause[2]), clause[3] is not None))
    return clauses


def _holds(version: Release, operator: str, wanted: Release, prefix: bool) -> bool:
    if operator == "~=":
        floor = _compare(version, wanted) >= 0
        return floor and version[: len(wanted) - 1] == wanted[:-1]
    if prefix:
        same = version[: len(wanted)] == wanted
        return same if operator in ("==", "===") else not same
    order = _compare(version, wanted)
    return {
        "==": order == 0,
        "===": order == 0,
        "!=": order != 0,
        ">=": order >= 0,
        "<=": order <= 0,
        ">": order > 0,
        "<": order < 0,
    }[operator]


def _compare(left: Release, right: Release) -> int:
    width = max(len(left), len(right))
    padded = [part + (0,) * (width - len(part)) for part in (left, right)]
    return (padded[0] > padded[1]) - (padded[0] < padded[1])
