"""Checks of the data that a task computed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable


@dataclass(frozen=True)
class Check:
    """One check of one task.

    Attributes:
        severity: ``fail``, ``warn`` or ``quarantine``.
        history: How many earlier records it wants; 0: none.
    """

    name: str
    severity: str
    fn: Callable[..., Any]
    history: int
