"""The artifacts of the folders here, as if they had been fetched and unpacked; no PEX is needed."""

from __future__ import annotations

import sys
from pathlib import Path

from salt_core.artifacts import Unpacked

HERE = Path(__file__).parent
SDK = HERE.parents[2] / "core" / "sdk" / "src"
DIGESTS = {"flow": "f" * 64, "durable": "d" * 64, "data": "a" * 64, "other": "0" * 64}
FOLDERS = {"flow": "flows"}


def unpacked(workflow: str = "flow") -> Unpacked:
    """A workflow's artifact."""
    path = (str(HERE / FOLDERS.get(workflow, workflow)), str(SDK))
    return Unpacked(DIGESTS[workflow], path, sys.executable)
