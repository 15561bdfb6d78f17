"""Ask an artifact what it holds: ``describe --json`` (WIRE.md section 5)."""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from salt_core.artifacts.command import clean_environment, describe_command
from salt_core.artifacts.unpack import Unpacked
from salt_core.errors import BuildFailed

_TIMEOUT_S = 120
_FRAME = re.compile(r'^\s*File "(?P<file>[^"]+)", line (?P<line>\d+)', re.MULTILINE)


def describe(
    unpacked: Unpacked,
    cwd: Path | None = None,
    *,
    environment: Mapping[str, str] | None = None,
    shown_as: Path | None = None,
) -> dict[str, Any]:
    """What the artifact says of itself. Imports the user's code, in a process of its own.

    Args:
        cwd: Where it runs; a fresh folder when not given.
        environment: Variables that the user's code may look for.
        shown_as: The folder that the sources came from, to name the user's own file in an error.

    Raises:
        BuildFailed: The user's code does not import (names file, line and exception), takes more
            than two minutes, or what is printed is not a description.
    """
    if cwd is None:
        with tempfile.TemporaryDirectory(prefix="salt-describe-") as folder:
            return describe(unpacked, Path(folder), environment=environment, shown_as=shown_as)
    home = str(cwd)
    try:
        answer = subprocess.run(
            describe_command(unpacked),
            cwd=cwd,
            env=clean_environment({"HOME": home, "TMPDIR": home, **(environment or {})}),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise BuildFailed(
            f"Importing the workflow takes more than {_TIMEOUT_S} s.",
            "Move what it does at import into a task.",
        ) from error
    errors = answer.stderr.decode(errors="replace")
    if answer.returncode:
        raise _broken(errors, answer.returncode, Path(unpacked.path[0]), shown_as)
    return _parsed(answer.stdout.decode(errors="replace"))


def _parsed(output: str) -> dict[str, Any]:
    # What the user's modules print while they are imported comes before it.
    last = output.strip().rpartition("\n")[2]
    for text in (output, last):
        try:
            described = json.loads(text)
        except ValueError:
            continue
        if _is_description(described):
            return dict(described)
    raise BuildFailed(f"The artifact does not describe itself: it printed {last[:200]!r}.")


def _is_description(described: object) -> bool:
    return (
        isinstance(described, dict)
        and isinstance(described.get("protocol"), int)
        and all(
            isinstance(described.get(part), list)
            and all(isinstance(item, dict) and "name" in item for item in described[part])
            for part in ("workflows", "tasks")
        )
    )


def _broken(errors: str, code: int, sources: Path, shown_as: Path | None) -> BuildFailed:
    """One sentence from a traceback: the innermost line of the user's, and the exception."""
    message = _exception(errors) or f"the interpreter ended with code {code} and no word"
    where = ""
    for frame in _FRAME.finditer(errors):
        file = Path(frame["file"])
        if file.is_relative_to(sources):
            inside = file.relative_to(sources)
            where = f"{shown_as / inside if shown_as else inside}:{frame['line']}: "
    missing = message.startswith("ModuleNotFoundError")
    remedy = "Is it missing from the dependencies in pyproject.toml?" if missing else ""
    return BuildFailed(f"{where}{message}", remedy)


def _exception(errors: str) -> str:
    """The line that names the exception; without a traceback the last one that was said."""
    frames = list(_FRAME.finditer(errors))
    if frames:
        for line in errors[frames[-1].end() :].splitlines()[1:]:
            if line.strip() and not line.startswith(" "):
                return line.strip()
    said = [line.strip() for line in errors.splitlines() if line.strip()]
    return said[-1].removeprefix("error: ") if said else ""
