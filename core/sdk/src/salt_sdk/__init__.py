"""Declare workflows and tasks as plain functions.

    from salt_sdk import task, workflow

    @task(retries=3, timeout="10m")
    def extract(day: date) -> list[Path]: ...

    @workflow
    def nightly(day: date) -> Report:
        files = extract(day)          # runs as a process of its own; its value comes back here
        stats = transform.map(files)  # side by side, one for each file
        return publish(stats)

``nightly(day)`` runs it here, with no service. ``README.md`` tells the rest.
"""

from __future__ import annotations

from salt_sdk._checks import check, record
from salt_sdk._classic import Workflow
from salt_sdk._codecs import codec
from salt_sdk._declare import Task, WorkflowFunction, task, workflow
from salt_sdk._errors import (
    BadInput,
    DataUnavailable,
    Fatal,
    InvalidData,
    NoService,
    NotSendable,
    Rejected,
    TaskFailed,
    TimedOut,
)
from salt_sdk._file import File
from salt_sdk._futures import (
    ALL_COMPLETED,
    FIRST_COMPLETED,
    FIRST_FAILED,
    Future,
    as_completed,
    gather,
    wait,
)
from salt_sdk._heartbeat import heartbeat
from salt_sdk._limits import Limit
from salt_sdk._loop import Loop, loop
from salt_sdk._running import Context, context, now, random
from salt_sdk._waits import Approval, approve, call, sleep, wait_event

__version__ = "0.1.0"

__all__ = [
    "ALL_COMPLETED",
    "FIRST_COMPLETED",
    "FIRST_FAILED",
    "Approval",
    "BadInput",
    "Context",
    "DataUnavailable",
    "Fatal",
    "File",
    "Future",
    "InvalidData",
    "Limit",
    "Loop",
    "NoService",
    "NotSendable",
    "Rejected",
    "Task",
    "TaskFailed",
    "TimedOut",
    "Workflow",
    "WorkflowFunction",
    "approve",
    "as_completed",
    "call",
    "check",
    "codec",
    "context",
    "gather",
    "heartbeat",
    "loop",
    "now",
    "random",
    "record",
    "sleep",
    "task",
    "wait",
    "wait_event",
    "workflow",
]
