"""How a task is run and tried again, and how that reads on the wire."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Union

from salt_sdk._limits import UNITS, Limit, fill, names_in

Duration = Union[int, float, str]

_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)?")

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
            return float(found[1]) * UNITS[found[2] or "s"]
    raise ValueError(f"{duration!r} is not a duration such as 30, '30s', '10m' or '2h'")


@dataclass(frozen=True)
class Policy:
    """What a decorator said; ``None`` leaves it to the default.

    Attributes:
        backoff_s: Seconds before the first retry; doubled each time up to ``backoff_max_s``.
        jitter: Share of that delay that chance may add or take, 0 to 1.
        timeout_s: Longest that one attempt may run; of a workflow function: its whole run.
        start_timeout_s: Longest that it may be ready before its first attempt starts.
        heartbeat_s: Longest silence between two heartbeats.
        limits: What it must hold to run; names not filled in.
        fair: Whose turn it takes; not filled in.
        cache: ``by-inputs``, or nothing.
        strict: Whether it needs valid data.
        retry_on, no_retry_on: Names of exceptions that are tried again, and that are not.
        concurrency: How many calls of one ``map`` run at once.
    """

    queue: str | None = None
    priority: int | None = None
    retries: int | None = None
    backoff_s: float | None = None
    backoff_max_s: float | None = None
    jitter: float | None = None
    timeout_s: float | None = None
    start_timeout_s: float | None = None
    heartbeat_s: float | None = None
    limits: tuple[Limit, ...] | None = None
    fair: str | None = None
    cache: str | None = None
    cache_s: float | None = None
    strict: bool | None = None
    retry_on: tuple[str, ...] | None = None
    no_retry_on: tuple[str, ...] | None = None
    concurrency: int | None = None

    def wire(self) -> dict[str, Any]:
        """What was said, by the names of WIRE.md, as far as it is the same for all calls."""
        return {
            key: value
            for key, value in self.__dict__.items()
            if value is not None and key not in _OF_A_CALL
        }

    def wire_for(self, who: str, arguments: Mapping[str, Any], group: str) -> dict[str, Any]:
        """The policy of one call.

        Args:
            arguments: Of the call, by parameter; they fill in names of limits.
            group: Name of the limit that the calls of one ``map`` share.

        Raises:
            BadInput: A name needs an argument that is a future, or no plain value.
        """
        policy = self.wire()
        limits = [
            one.wire(fill(one.name, arguments, f"the limit of {who}")) for one in self.limits or ()
        ]
        if self.concurrency is not None and group:
            limits.append({"name": group, "at_once": self.concurrency})
        if limits:
            policy["limits"] = limits
        if self.fair is not None:
            policy["fair"] = fill(self.fair, arguments, f"the fair= of {who}")
        return policy

    def described(self) -> dict[str, Any]:
        """As ``describe`` tells it: names of limits as they were written."""
        policy = self.wire()
        if self.limits:
            policy["limits"] = [one.wire(one.name) for one in self.limits]
        if self.fair is not None:
            policy["fair"] = self.fair
        return policy

    def of_arguments(self) -> bool:
        """Whether it differs from call to call."""
        return bool(self.limits) or self.fair is not None

    def names(self, who: str) -> list[str]:
        """The arguments that limits and fairness refer to."""
        templates = [one.name for one in self.limits or ()]
        if self.fair is not None:
            templates.append(self.fair)
        return [name for template in templates for name in names_in(template, who)]

    def retries_on(self, error: BaseException) -> bool:
        """Whether what it says about exceptions lets this one be tried again."""
        if self.no_retry_on and _among(error, self.no_retry_on):
            return False
        return self.retry_on is None or _among(error, self.retry_on)

    def delay(self, attempt: int) -> float:
        """Seconds to wait after failed attempt number ``attempt``, without jitter."""
        first = BACKOFF_S if self.backoff_s is None else self.backoff_s
        most = BACKOFF_MAX_S if self.backoff_max_s is None else self.backoff_max_s
        return float(min(most, first * 2.0 ** min(attempt - 1, 60)))


_OF_A_CALL = {"limits", "fair", "cache", "retry_on", "no_retry_on", "concurrency"}


def _among(error: BaseException, names: Iterable[str]) -> bool:
    """By the name of the class or of one that it derives from, short or with its module."""
    known = set(names)
    return any(
        known & {kind.__name__, kind.__qualname__, class_name(kind)} for kind in type(error).__mro__
    )


def class_name(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"
