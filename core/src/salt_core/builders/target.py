"""The interpreter that a project is built for, and what of it matters to a resolver."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from salt_core.artifacts import find_python
from salt_core.builders.files import link_tool, write_whole
from salt_core.errors import BadInput, BuildFailed
from salt_core.project.pyproject import Project

_ASK = """
import json, sys
sys.path.append(sys.argv[1])
from packaging.markers import default_environment
from packaging.tags import sys_tags
print(json.dumps({"markers": default_environment(), "tags": [str(tag) for tag in sys_tags()]}))
"""


@dataclass(frozen=True, slots=True)
class Target:
    """Who will run the artifact.

    Attributes:
        python: Absolute path of a base interpreter of that version.
        markers: What environment markers are judged by.
        tags: Wheel tags that it takes, the best first.
    """

    python: str
    markers: dict[str, str]
    tags: tuple[str, ...]

    @property
    def minor(self) -> str:
        """``3.11``"""
        return self.markers["python_version"]

    @property
    def constraint(self) -> str:
        """The interpreter constraint that goes into the artifact: wheels fit one minor version."""
        return f"CPython=={self.minor}.*"


def find_target(project: Project, cache: Path) -> Target:
    """The interpreter that satisfies the project's requires-python; Salt's own where it does.

    Raises:
        BadInput: There is none here, or requires-python is not a specifier.
    """
    try:
        python = find_python(project.requires_python)
    except BadInput as error:
        raise BadInput(
            f"requires-python: {error.message}",
            error.remedy,
            file=str(project.file),
            line=project.line_of_key("requires-python"),
            key="requires-python",
        ) from error
    facts = _facts(python, cache)
    return Target(python, facts["markers"], tuple(facts["tags"]))


def _facts(python: str, cache: Path) -> dict[str, Any]:
    found = os.stat(os.path.realpath(python))
    identity = f"{python} {found.st_size} {found.st_mtime_ns}"
    known = cache / "interpreters" / f"{hashlib.sha256(identity.encode()).hexdigest()}.json"
    try:
        facts: dict[str, Any] = json.loads(known.read_bytes())
    except (OSError, ValueError):
        tool = link_tool("packaging", cache)
        try:
            answer = subprocess.run(
                [python, "-I", "-S", "-c", _ASK, str(tool)],
                capture_output=True,
                text=True,
                check=True,
                timeout=60,
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise BuildFailed(f"The interpreter {python} does not work: {error}.") from error
        facts = json.loads(answer.stdout)
        write_whole(known, answer.stdout.encode())
    return facts
