"""What an agent does to itself first: it holds credentials, and runs other people's code, a lot."""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import MutableMapping

_PR_SET_DUMPABLE = 4
_SECRETS = ("SALT_REDIS_URL", "SALT_S3_URL")


def harden(environment: MutableMapping[str, str] = os.environ) -> None:
    """Let no task of the same user look into this process, and forget secrets in the environment.

    Call it once the settings have been read.
    """
    for name in _SECRETS:
        environment.pop(name, None)
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def allow_files(count: int) -> None:
    """See to it that this process may open ``count`` files, as far as the system lets it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < count:
        most = count if hard == resource.RLIM_INFINITY else min(count, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
