"""Time as a value: wall clock in UTC for people, boot time for deadlines.

No decision compares the wall clocks of two machines: leases, delays and schedules are judged by
Redis ``TIME`` inside the scripts. ``boot_seconds`` goes on during suspend, which a lease does too.
"""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime

_BOOT_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
_LAST_MS = 253_402_300_799_000
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)?")
_UNITS = {"ms": 0.001, "s": 1.0, None: 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def boot_seconds() -> float:
    """Seconds since boot, suspend included; comparable between processes of one machine."""
    return time.clock_gettime(_BOOT_CLOCK)


def utc_now() -> datetime:
    """The wall clock, aware, in UTC."""
    return datetime.now(UTC)


def from_millis(millis: int) -> datetime:
    """Unix milliseconds, as Redis ``TIME`` gives them to the scripts, as an aware moment.

    A moment beyond the year 9999 is shown as its end: a timer may be set to any.
    """
    return datetime.fromtimestamp(min(millis, _LAST_MS) / 1000, UTC)


def to_millis(moment: datetime) -> int:
    """An aware moment as Unix milliseconds."""
    return round(moment.timestamp() * 1000)


def iso(millis: int | None) -> str | None:
    """Unix milliseconds as ISO 8601 in UTC with milliseconds and a ``Z``; ``None`` stays ``None``."""
    if millis is None:
        return None
    return from_millis(millis).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def moment(millis: int | None) -> str:
    """For people: ``2026-01-31 12:00:05Z``; ``-`` for none."""
    return f"{from_millis(millis):%Y-%m-%d %H:%M:%SZ}" if millis else "-"


def duration(start: int | None, end: int | None) -> str:
    """The time between two moments: ``12 ms``, ``3.4 s``, ``5m 02s``, ``2h 10m``; ``-`` for none."""
    if start is None or end is None:
        return "-"
    millis = max(0, end - start)
    if millis < 1000:
        return f"{millis} ms"
    if millis < 60_000:
        return f"{millis / 1000:.1f} s"
    minutes, seconds = divmod(millis // 1000, 60)
    if minutes < 60:
        return f"{minutes}m {seconds:02}s"
    return f"{minutes // 60}h {minutes % 60:02}m"


def parse_duration(text: str | float) -> float:
    """Seconds from ``30s``, ``1.5m``, ``2h``, ``7d``, ``250ms`` or a bare number of seconds.

    Raises:
        ValueError: It is none of these, or not above zero.
    """
    found = _DURATION.fullmatch(str(text).strip())
    if found is None or float(found[1]) <= 0:
        raise ValueError(f"{text!r} is not a duration such as 30s, 10m, 2h or 1d")
    return float(found[1]) * _UNITS[found[2]]
