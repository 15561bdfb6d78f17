"""The state machines of a run and of a task: which event moves which status where.

One table each, pure and total; the store's scripts are its only executors and check the same
``from`` statuses. ``docs/architecture.md`` draws both.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from salt_core.model.status import RunStatus, TaskStatus


class TaskEvent(StrEnum):
    """What can happen to a task."""

    RELEASE_NEEDS = "release_needs"
    """The last result that it needs is there."""
    UPSTREAM_FAILED = "upstream_failed"
    CLAIM = "claim"
    COMPLETE = "complete"
    FAIL_RETRY = "fail_retry"
    FAIL_FINAL = "fail_final"
    BACKOFF_OVER = "backoff_over"
    RELEASE = "release"
    """A stopping agent gives it back."""
    LEASE_EXPIRED = "lease_expired"
    LOST_TOO_OFTEN = "lost_too_often"
    PARK = "park"
    """A body waits without a process."""
    WAKE = "wake"
    """What a parked body waits for has come."""
    TURN_UP = "turn_up"
    """What a call waits for came: its moment, its event, its answer, its run's value."""
    TURN_DOWN = "turn_down"
    """It will not come: a timeout, a rejection, a failed run, a start that took too long."""
    INVALIDATE = "invalidate"
    """Its data did not pass its checks, or what it needs is invalid."""
    ACCEPT = "accept"
    """A person takes quarantined data as it is."""
    DIVERGE = "diverge"
    """A replay departed from the journal."""
    UNBLOCK = "unblock"
    """A person sends a run that departed to another version."""
    CANCEL = "cancel"


_S = TaskStatus
_E = TaskEvent

TASK: Mapping[tuple[TaskStatus, TaskEvent], TaskStatus] = MappingProxyType(
    {
        (_S.BLOCKED, _E.RELEASE_NEEDS): _S.QUEUED,
        (_S.BLOCKED, _E.UPSTREAM_FAILED): _S.FAILED,
        (_S.BLOCKED, _E.CANCEL): _S.CANCELLED,
        (_S.QUEUED, _E.CLAIM): _S.RUNNING,
        (_S.QUEUED, _E.CANCEL): _S.CANCELLED,
        (_S.RUNNING, _E.COMPLETE): _S.SUCCEEDED,
        (_S.RUNNING, _E.FAIL_RETRY): _S.RETRYING,
        (_S.RUNNING, _E.FAIL_FINAL): _S.FAILED,
        (_S.RUNNING, _E.RELEASE): _S.QUEUED,
        (_S.RUNNING, _E.LEASE_EXPIRED): _S.QUEUED,
        (_S.RUNNING, _E.LOST_TOO_OFTEN): _S.FAILED,
        (_S.RUNNING, _E.PARK): _S.WAITING,
        (_S.RUNNING, _E.CANCEL): _S.CANCELLED,
        (_S.RETRYING, _E.BACKOFF_OVER): _S.QUEUED,
        (_S.RETRYING, _E.CANCEL): _S.CANCELLED,
        (_S.WAITING, _E.WAKE): _S.QUEUED,
        (_S.WAITING, _E.CANCEL): _S.CANCELLED,
        (_S.WAITING, _E.TURN_UP): _S.SUCCEEDED,
        (_S.WAITING, _E.TURN_DOWN): _S.FAILED,
        (_S.QUEUED, _E.TURN_DOWN): _S.FAILED,
        (_S.RETRYING, _E.TURN_DOWN): _S.FAILED,
        (_S.RUNNING, _E.TURN_DOWN): _S.FAILED,
        (_S.RUNNING, _E.INVALIDATE): _S.INVALID,
        (_S.BLOCKED, _E.INVALIDATE): _S.INVALID,
        (_S.INVALID, _E.ACCEPT): _S.SUCCEEDED,
        (_S.RUNNING, _E.DIVERGE): _S.BLOCKED,
        (_S.BLOCKED, _E.UNBLOCK): _S.QUEUED,
    }
)
"""Every move that exists; any other pair is refused and changes nothing."""


def next_task(status: TaskStatus, event: TaskEvent) -> TaskStatus | None:
    """The status after ``event``, or ``None`` when it may not happen in ``status``."""
    return TASK.get((status, event))


RUN_OF_BODY: Mapping[TaskStatus, RunStatus] = MappingProxyType(
    {
        _S.QUEUED: RunStatus.QUEUED,
        _S.RUNNING: RunStatus.RUNNING,
        _S.RETRYING: RunStatus.RUNNING,
        _S.WAITING: RunStatus.WAITING,
        _S.BLOCKED: RunStatus.WAITING,
        _S.SUCCEEDED: RunStatus.SUCCEEDED,
        _S.FAILED: RunStatus.FAILED,
        _S.CANCELLED: RunStatus.CANCELLED,
    }
)
"""A run's status follows its body's; once it has begun it never shows ``queued`` again."""
