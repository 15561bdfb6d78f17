"""Identifiers: runs, agents, nonces, names.

A run's id is 16 lowercase base-32 characters that sort by creation time; a fired slot's is
``<schedule>@<due>``, so that firing it twice names the same run. A task's id is the number that
its call took in program order; the workflow function itself is task ``0``.
"""

from __future__ import annotations

import os
import re
import secrets
import socket
import time
from datetime import UTC, datetime

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")

BODY = "0"
"""The id of the task that is the workflow function itself."""


def _base32(number: int, width: int) -> str:
    digits = []
    for _ in range(width):
        number, digit = divmod(number, 32)
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))


def new_run_id() -> str:
    """A fresh id: 9 characters of milliseconds, 7 of chance (35 bits)."""
    return _base32(time.time_ns() // 1_000_000, 9) + _base32(secrets.randbits(35), 7)


def slot_run_id(schedule: str, due_millis: int) -> str:
    """The id of the run that a schedule's slot makes: the same each time it is asked."""
    due = datetime.fromtimestamp(due_millis / 1000, UTC)
    return f"{schedule}@{due:%Y%m%dT%H%M%S}Z"


def new_agent_id() -> str:
    """``<host>-<pid>-<chance>``: readable, and never one that a dead agent had."""
    host = re.sub(r"[^a-z0-9]+", "-", socket.gethostname().lower()).strip("-") or "host"
    return f"{host[:24]}-{os.getpid()}-{_base32(secrets.randbits(20), 4)}"


def new_nonce() -> str:
    """128 bits of chance, in hex: what a counter alone cannot give after a rollback."""
    return secrets.token_hex(16)


def is_name(text: str) -> bool:
    """Whether ``text`` may name a workflow, a queue or a schedule: it goes into keys and paths."""
    return _NAME.fullmatch(text) is not None and ".." not in text
