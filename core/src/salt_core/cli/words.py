"""Sizes and names as people read them, and moments as people write them."""

from __future__ import annotations

from datetime import UTC, datetime

from salt_core.clock import parse_duration, to_millis
from salt_core.errors import BadInput
from salt_core.ids import BODY
from salt_core.model.task import Task


def size(count: int) -> str:
    """Bytes: ``812 B``, ``4.2 MB``."""
    amount = float(count)
    for unit in ("B", "kB", "MB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} GB"


def task_name(task: Task) -> str:
    """A task's name, with what it is where that is not a task."""
    if task.id == BODY:
        return f"{task.name} (workflow)"
    return task.name if task.kind in ("task", task.name) else f"{task.name} ({task.kind})"


def parse_since(text: str, now: datetime, option: str = "--since") -> int:
    """Unix ms from a duration ago (``2h``, ``7d``) or a moment in ISO 8601 (UTC unless it says).

    Raises:
        BadInput: It is neither.
    """
    try:
        return to_millis(now) - round(parse_duration(text) * 1000)
    except ValueError:
        pass
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput(
            f"{option} {text!r} is neither a duration such as 2h or 7d nor a moment such as "
            "2026-01-31 or 2026-01-31T12:00:00Z.",
            key=option,
        ) from None
    return to_millis(found if found.tzinfo else found.replace(tzinfo=UTC))
