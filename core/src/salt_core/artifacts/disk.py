"""What a failed write means to a person."""

from __future__ import annotations

import errno
from pathlib import Path

from salt_core.errors import SaltError


def unwritable(error: OSError, place: Path) -> SaltError:
    """The error to raise when writing at ``place`` failed: one sentence, with a remedy."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return SaltError(
            f"The disk is full: {place} cannot be written.",
            "Free some space, or set SALT_HOME to a folder on another disk.",
        )
    reason = error.strerror or str(error)
    return SaltError(f"{place} cannot be written: {reason}.", "Check who owns it.")
