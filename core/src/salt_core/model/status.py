"""Statuses, once. ``salt_core.machine`` says which follows which."""

from __future__ import annotations

from enum import StrEnum


class RunStatus(StrEnum):
    """Where a run is."""

    QUEUED = "queued"
    """Created; no agent has its workflow function yet. An agent's claim moves it on."""
    RUNNING = "running"
    """An agent runs its workflow function."""
    WAITING = "waiting"
    """Its workflow function waits and holds no process. What it waits for moves it on."""
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def final(self) -> bool:
        return self in FINAL_RUN


class TaskStatus(StrEnum):
    """Where one call in a run is."""

    BLOCKED = "blocked"
    """It needs results that are not there yet; the completion of the last one moves it on. Of a
    workflow function: its replay departed from its journal; a person moves it on."""
    QUEUED = "queued"
    """Ready; a claim moves it on."""
    RUNNING = "running"
    """An agent holds its lease. Complete, fail, release, cancel or recover move it on."""
    RETRYING = "retrying"
    """Its last attempt failed; the end of its backoff moves it on."""
    WAITING = "waiting"
    """It waits and holds no process: a workflow function for its calls, a call for its moment, its
    event, its answer or its run. What it waits for moves it on."""
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INVALID = "invalid"
    """It ran, and its data did not pass its checks. Where it is quarantined, a person's decision
    still moves it on."""

    @property
    def final(self) -> bool:
        return self in FINAL_TASK


FINAL_RUN = frozenset({RunStatus.SUCCEEDED, RunStatus.FAILED, RunStatus.CANCELLED})
FINAL_TASK = frozenset(
    {TaskStatus.SUCCEEDED, TaskStatus.FAILED, TaskStatus.CANCELLED, TaskStatus.INVALID}
)


class AttemptEnd(StrEnum):
    """How one try of a task ended."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    """The user's code raised, or its process died."""
    TIMED_OUT = "timed_out"
    CANCELLED = "cancelled"
    LOST = "lost"
    """The lease ran out: the agent died, or could not be reached."""
    RELEASED = "released"
    """A stopping agent gave it back; it does not count as a try."""
    PARKED = "parked"
    """A workflow function waited, and let go of its process."""
    INVALID = "invalid"
    """It computed data that did not pass its checks."""
