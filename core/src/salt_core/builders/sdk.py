"""The SDK's wheel: what every artifact gets, and the user's own project does not ask for."""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

import salt_core
from salt_core.builders.tools import Report, ToolFailed, run_tool, uv
from salt_core.errors import BuildFailed


def sdk_wheel(cache: Path, report: Report) -> Path:
    """The wheel bundled with an installed Salt; in a checkout one made of ``core/sdk``.

    Raises:
        BuildFailed: There is neither.
    """
    bundled = sorted(Path(__file__).parent.glob("salt_sdk-*.whl"))
    if bundled:
        return bundled[-1]
    checkout = Path(salt_core.__file__).parents[2] / "sdk"
    if not (checkout / "pyproject.toml").is_file():
        raise BuildFailed("This installation of Salt lacks the SDK's wheel.", "Install it again.")
    folder = cache / "sdk" / _fingerprint(checkout)
    for wheel in folder.glob("*.whl"):
        return wheel
    return _built(checkout, folder, report)


def _fingerprint(checkout: Path) -> str:
    seal = hashlib.sha256()
    for path in sorted(_inputs(checkout)):
        data = path.read_bytes()
        seal.update(f"{path.relative_to(checkout)} {len(data)}\n".encode())
        seal.update(data)
    return seal.hexdigest()


def _inputs(checkout: Path) -> list[Path]:
    sources = [path for path in (checkout / "src").rglob("*") if path.is_file()]
    return [
        *(path for path in sources if path.suffix != ".pyc"),
        checkout / "pyproject.toml",
        checkout / "README.md",
    ]


def _built(checkout: Path, folder: Path, report: Report) -> Path:
    report("Building the SDK of this checkout")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".making-", dir=folder.parent) as beside:
        out = Path(beside) / "wheel"
        # Hatchling itself takes a tenth of a second, uv's isolated build a whole one.
        command = (
            [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)]
            if find_spec("hatchling")
            else [uv(), "build", "--wheel", "--out-dir", str(out), "."]
        )
        try:
            run_tool(command, lambda line: None, cwd=checkout)
        except ToolFailed as error:
            last = error.output.strip().rpartition("\n")[2]
            raise BuildFailed(f"The SDK in {checkout} does not build: {last}") from error
        try:
            out.rename(folder)
        except OSError:
            if not os.path.isdir(folder):  # else another process was first, with the same bytes
                raise
    return next(folder.glob("*.whl"))
