"""What an agent forgets, and what it asks of the system."""

from __future__ import annotations

import resource
import subprocess
import sys

import pytest

from salt_agent.hardening import allow_files

_HARDENED = """
import os
from salt_agent.hardening import harden
harden()
import ctypes
assert "SALT_REDIS_URL" not in os.environ
assert "SALT_HOME" in os.environ
print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="prctl is Linux's")
def test_secrets_leave_the_environment_and_nobody_may_look_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SALT_REDIS_URL", "redis://:secret@host")
    done = subprocess.run([sys.executable, "-c", _HARDENED], capture_output=True, check=True)
    assert done.stdout == b"0\n"


def test_more_files_are_asked_for_only_when_needed() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (300, before[1]))
        allow_files(200)
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == 300
        allow_files(400)
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == 400
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
