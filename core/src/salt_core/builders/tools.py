"""Running uv and pex: their output streamed line by line, their failures turned into ours."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from salt_core.artifacts.disk import unwritable
from salt_core.errors import BuildFailed

Report = Callable[[str], None]
"""Takes one line of what a build tells, without its newline."""

_INHERITED_OUT = ("VIRTUAL_ENV", "CONDA_PREFIX", "PYTHONPATH", "PYTHONHOME", "UV_PYTHON")
"""Variables that would make a tool build for the environment that Salt was started in."""


class ToolFailed(Exception):
    """A tool ended with an error; ``output`` is all that it said."""

    def __init__(self, output: str) -> None:
        super().__init__(output)
        self.output = output


def run_tool(
    command: Sequence[str],
    report: Report,
    *,
    cwd: Path,
    environment: Mapping[str, str] | None = None,
) -> str:
    """What the tool said.

    Raises:
        ToolFailed: It ended with an error.
        SaltError: It ran into a full disk.
        BuildFailed: It cannot be started.
    """
    lines: list[str] = []
    try:
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env=_environment() if environment is None else environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
    except OSError as error:
        raise BuildFailed(f"{command[0]} cannot be started: {error.strerror}.") from error
    with process:
        assert process.stdout is not None
        try:
            for line in process.stdout:
                lines.append(line)
                report(line.rstrip("\n"))
        except BaseException:
            process.kill()
            raise
    output = "".join(lines)
    if process.returncode:
        if "No space left on device" in output:
            full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            raise unwritable(full, cwd) from ToolFailed(output)
        raise ToolFailed(output)
    return output


def uv() -> str:
    """The path of uv.

    Raises:
        BuildFailed: It is not installed.
    """
    try:
        from uv import find_uv_bin
    except ImportError:
        found = shutil.which("uv")
    else:
        found = str(find_uv_bin())
    if found is None:
        raise BuildFailed("Builds need uv.", "Install Salt with its extra: salt-py[ui].")
    return found


def _environment() -> dict[str, str]:
    # uv is the user's own: indexes, credentials and proxies come from its settings.
    kept = {name: value for name, value in os.environ.items() if name not in _INHERITED_OUT}
    return {**kept, "UV_PYTHON_DOWNLOADS": "never", "UV_NO_PROGRESS": "1", "NO_COLOR": "1"}
