"""How a task is run and tried again: what a decorator says, checked where it is said."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Union

Duration = Union[int, float, str]

_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)?")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_QUEUE = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")

BACKOFF_S = 1.0
BACKOFF_MAX_S = 300.0


def seconds(duration: Duration) -> float:
    """Seconds from ``90``, ``"90s"``, ``"1.5m"``, ``"2h"``, ``"1d"`` or ``"250ms"``.

    Raises:
        ValueError: It is none of these, or negative.
    """
    if isinstance(duration, (int, float)) and not isinstance(duration, bool):
        if 0 <= duration < float("inf"):
            return float(duration)
    elif isinstance(duration, str):
        found = _DURATION.fullmatch(duration.strip())
        if found is not None:
            return float(found[1]) * _UNITS[found[2] or "s"]
    raise ValueError(f"{duration!r} is not a duration such as 30, '30s', '10m' or '2h'")


@dataclass(frozen=True)
class Policy:
    """What a decorator said; ``None`` leaves it to the default.

    Attributes:
        backoff_s: Seconds before the first retry; doubled each time up to ``backoff_max_s``.
        jitter: Share of that delay that chance may add or take, 0 to 1.
        timeout_s: Longest that one attempt may run.
    """

    queue: str | None = None
    priority: int | None = None
    retries: int | None = None
    backoff_s: float | None = None
    backoff_max_s: float | None = None
    jitter: float | None = None
    timeout_s: float | None = None

    def wire(self) -> dict[str, Any]:
        """What was said, by the names of WIRE.md."""
        return {key: value for key, value in self.__dict__.items() if value is not None}

    def delay(self, attempt: int) -> float:
        """Seconds to wait after failed attempt number ``attempt``, without jitter."""
        first = BACKOFF_S if self.backoff_s is None else self.backoff_s
        most = BACKOFF_MAX_S if self.backoff_max_s is None else self.backoff_max_s
        return float(min(most, first * 2.0 ** min(attempt - 1, 60)))


def policy(
    who: str,
    *,
    retries: int | None,
    timeout: Duration | None,
    backoff: Duration | None,
    backoff_max: Duration | None,
    jitter: float | None,
    queue: str | None,
    priority: int | None,
) -> Policy:
    """A checked policy of ``who``.

    Raises:
        ValueError: A setting is out of its range; names it.
    """

    def bad(key: str, value: object, wants: str) -> ValueError:
        return ValueError(f"{who}: {key}={value!r} must be {wants}")

    def whole(value: object) -> bool:
        return isinstance(value, int) and not isinstance(value, bool)

    def span(key: str, value: Duration | None) -> float | None:
        if value is None:
            return None
        try:
            return seconds(value)
        except ValueError:
            raise bad(key, value, "a duration such as 30, '30s', '10m' or '2h'") from None

    if retries is not None and not (whole(retries) and retries >= 0):
        raise bad("retries", retries, "a whole number from 0")
    if priority is not None and not (whole(priority) and -512 <= priority <= 511):
        raise bad("priority", priority, "a whole number from -512 to 511")
    if queue is not None and not (isinstance(queue, str) and _QUEUE.fullmatch(queue)):
        raise bad("queue", queue, "a name of small letters, digits, '.', '_' and '-'")
    if jitter is not None and not (isinstance(jitter, (int, float)) and 0 <= jitter <= 1):
        raise bad("jitter", jitter, "from 0 to 1")
    limit = span("timeout", timeout)
    if limit == 0:
        raise bad("timeout", timeout, "above zero")
    return Policy(
        queue=queue,
        priority=priority,
        retries=retries,
        backoff_s=span("backoff", backoff),
        backoff_max_s=span("backoff_max", backoff_max),
        jitter=None if jitter is None else float(jitter),
        timeout_s=limit,
    )
