"""Moments and durations as people read them. Pure: now and the time zone are passed in."""

from __future__ import annotations

from datetime import datetime, tzinfo

from salt_core.clock import from_millis


def span(millis: int) -> str:
    """A stretch of time in at most two units: ``0.42s``, ``12.3s``, ``3m02s``, ``2h05m``, ``4d03h``."""
    if millis < 0:
        return "0s"
    seconds = millis / 1000
    if seconds < 1:
        return f"{seconds:.2f}s"
    if seconds < 60:
        return f"{int(seconds * 10) / 10:.1f}s"
    minutes, rest = divmod(int(seconds), 60)
    if minutes < 60:
        return f"{minutes}m{rest:02}s"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours}h{minutes:02}m"
    days, hours = divmod(hours, 24)
    return f"{days}d{hours:02}h"


def age(millis: int) -> str:
    """A stretch of time in one unit, for columns: ``8s``, ``12m``, ``3h``, ``4d``."""
    seconds = max(millis, 0) // 1000
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "m")):
        if seconds >= size:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def every(seconds: float) -> str:
    """``every 15m``: an interval in its largest whole unit."""
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "m")):
        if seconds >= size and seconds % size == 0:
            return f"every {seconds / size:g}{unit}"
    return f"every {seconds:g}s"


def ago(moment: int, now: int) -> str:
    """How long ago, or in how long: ``12m ago``, ``in 3h``."""
    return f"in {age(moment - now)}" if moment > now else f"{age(now - moment)} ago"


def _local(moment: int, zone: tzinfo | None) -> datetime:
    return from_millis(moment).astimezone(zone)


def moment(at: int, now: int, zone: tzinfo | None) -> str:
    """``14:02:11`` today, ``Nov 21 14:02`` on another day, with the year in another year."""
    local, today = _local(at, zone), _local(now, zone)
    if local.date() == today.date():
        return f"{local:%H:%M:%S}"
    return f"{local:%b %d %H:%M}" if local.year == today.year else f"{local:%Y-%m-%d}"


def time_of_day(at: int, zone: tzinfo | None) -> str:
    """``14:02:11.402``."""
    local = _local(at, zone)
    return f"{local:%H:%M:%S}.{local.microsecond // 1000:03}"
