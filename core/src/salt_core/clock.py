"""Time as a value: wall clock in UTC for people, boot time for deadlines.

No decision compares the wall clocks of two machines: leases, delays and schedules are judged by
Redis ``TIME`` inside the scripts. ``boot_seconds`` goes on during suspend, which a lease does too.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime

_BOOT_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def boot_seconds() -> float:
    """Seconds since boot, suspend included; comparable between processes of one machine."""
    return time.clock_gettime(_BOOT_CLOCK)


def utc_now() -> datetime:
    """The wall clock, aware, in UTC."""
    return datetime.now(UTC)


def from_millis(millis: int) -> datetime:
    """Unix milliseconds, as Redis ``TIME`` gives them to the scripts, as an aware moment."""
    return datetime.fromtimestamp(millis / 1000, UTC)


def to_millis(moment: datetime) -> int:
    """An aware moment as Unix milliseconds."""
    return round(moment.timestamp() * 1000)


def iso(millis: int | None) -> str | None:
    """Unix milliseconds as ISO 8601 in UTC with milliseconds and a ``Z``; ``None`` stays ``None``."""
    if millis is None:
        return None
    return from_millis(millis).isoformat(timespec="milliseconds").replace("+00:00", "Z")
