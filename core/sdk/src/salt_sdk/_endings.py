"""How a call ended, as what a workflow function meets."""

from __future__ import annotations

from typing import Any

from salt_sdk._errors import InvalidData, Rejected, TaskFailed, TimedOut
from salt_sdk._futures import Future

_OF_WAITS = {"TimedOut": TimedOut, "Rejected": Rejected}


def failure_of(future: Future[Any], entry: dict[str, Any]) -> TaskFailed:
    """The failure that a ``done`` entry of WIRE.md tells."""
    error = entry.get("error") or {}
    asked, status = future._asked, entry["status"]
    told = (
        asked.name,
        future.seq,
        error.get("type", status),
        error.get("message", ""),
        error.get("traceback", ""),
        status,
    )
    if status == "invalid":
        text = entry.get("value")
        return InvalidData(*told, read=None if text is None else lambda: asked.read(text))
    if asked.kind in ("event", "approve"):
        return _OF_WAITS.get(told[2], TaskFailed)(*told)
    return TaskFailed(*told)
