"""A schedule: when a workflow is started by the clock."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Schedule:
    """One entry of ``schedules`` in salt.yaml, with its cursor.

    Attributes:
        id: ``<workflow>.<8 hex of what defines it>``: the same definition keeps its cursor.
        cron: Five fields, or ``None`` for an interval.
        every_s: Seconds between two slots, or ``None`` for cron.
        timezone: IANA name.
        params: JSON text, templates not yet filled in.
        next_due: Unix ms of the next slot that has not fired.
        last_due: Unix ms of the last slot that fired, or ``None``.
    """

    id: str
    workflow: str
    cron: str | None
    every_s: float | None
    timezone: str
    params: str
    next_due: int
    last_due: int | None = None
    catchup: str = "latest"
    jitter_s: float = 0.0
    paused: bool = False
