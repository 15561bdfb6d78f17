"""The verdict of a check on the data that a task computed."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Verdict(StrEnum):
    """What the checks made of a value, as a whole."""

    VALID = "valid"
    INVALID = "invalid"
    """A check of severity ``fail`` did not pass."""
    QUARANTINED = "quarantined"
    """A check of severity ``quarantine`` did not pass, and none of ``fail``: a person decides."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What one check said of one value.

    Attributes:
        severity: ``fail``, ``warn`` or ``quarantine``.
        message: Why it did not pass; ``""`` when it did.
        numbers: What it recorded.
    """

    name: str
    severity: str
    passed: bool
    message: str = ""
    numbers: dict[str, float] = field(default_factory=dict[str, float])


def verdict(checks: tuple[CheckResult, ...]) -> Verdict:
    """The strictest of what failed decides."""
    failed = {one.severity for one in checks if not one.passed}
    if "fail" in failed:
        return Verdict.INVALID
    return Verdict.QUARANTINED if "quarantine" in failed else Verdict.VALID


@dataclass(frozen=True, slots=True)
class Record:
    """An earlier value of a task, as its checks may ask for it.

    Attributes:
        at: Unix ms.
        numbers: What the checks recorded of it.
        value: Its JSON text, or a reference to it.
    """

    run: str
    at: int
    numbers: dict[str, float]
    value: str | None
