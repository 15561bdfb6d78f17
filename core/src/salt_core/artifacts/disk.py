"""What a failed write means to a person, and what a killed process left behind."""

from __future__ import annotations

import errno
import shutil
import time
from contextlib import suppress
from pathlib import Path

from salt_core.errors import SaltError

MAKING = ".making-"
"""What the names of folders begin with that are filled, and take their place when they are whole."""

_LEFT_S = 3600
"""Nothing takes an hour to fill."""


def unwritable(error: OSError, place: Path) -> SaltError:
    """The error to raise when writing at ``place`` failed: one sentence, with a remedy."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return SaltError(
            f"The disk is full: {place} cannot be written.",
            "Free some space, or set SALT_HOME to a folder on another disk.",
        )
    reason = error.strerror or str(error)
    return SaltError(f"{place} cannot be written: {reason}.", "Check who owns it.")


def sweep(folder: Path, prefix: str) -> None:
    """Remove what begins with ``prefix`` and is so old that whoever filled it must have died."""
    for left in folder.iterdir():
        if not left.name.startswith(prefix):
            continue
        with suppress(OSError):
            if time.time() - left.lstat().st_mtime > _LEFT_S:
                shutil.rmtree(left) if left.is_dir() else left.unlink()
