"""Frames: one JSON object a line (WIRE.md section 2). ``messages.read`` is the other direction."""

from __future__ import annotations

import json
from typing import Any


def encode(message: dict[str, Any]) -> bytes:
    """One frame's bytes, with its newline."""
    return json.dumps(message, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"
