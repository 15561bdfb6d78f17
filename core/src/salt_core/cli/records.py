"""The JSON that commands print: one function per thing, so that it looks the same everywhere."""

from __future__ import annotations

import json
from typing import Any

from salt_core.clock import iso
from salt_core.model.agent import AgentInfo
from salt_core.model.check import CheckResult
from salt_core.model.run import Run
from salt_core.model.status import TaskStatus
from salt_core.model.task import Attempt, Failure, Task
from salt_core.model.workflow import Version, Workflow

Record = dict[str, Any]


def run_record(run: Run) -> Record:
    """The head of a run, as ``salt runs`` and ``salt show`` print it."""
    return {
        "run": run.id,
        "workflow": run.workflow,
        "version": run.version,
        "status": str(run.status),
        "params": json.loads(run.params or "{}"),
        "trigger": run.trigger,
        "created": iso(run.created),
        "started": iso(run.started),
        "finished": iso(run.finished),
        "tasks_total": run.tasks_total,
        "tasks_done": run.tasks_done,
        "error": failure_record(run.error),
        "function": run.function or None,
        "parent": run.parent or None,
        "replayed": run.replayed or None,
    }


def task_record(task: Task) -> Record:
    """One task with its attempts; ``needs`` are the edges that lead to it."""
    return {
        "id": task.id,
        "name": task.name,
        "status": str(task.status),
        "queue": task.policy.queue,
        "created": iso(task.created),
        "started": iso(task.started),
        "finished": iso(task.finished),
        "attempts": [attempt_record(one) for one in task.attempts],
        "needs": list(task.needs),
        "checks": [check_record(one) for one in task.checks],
        "error": failure_record(task.error),
        "kind": task.kind,
        "at": task.at or None,
        "quarantined": task.quarantined,
        "decided": json.loads(task.decided) if task.decided else None,
        "due": iso(task.due) if task.status in _DUE else None,
        "limit": task.held or None,
        **_kind_record(task),
    }


_DUE = (TaskStatus.WAITING, TaskStatus.RETRYING)


def _kind_record(task: Task) -> Record:
    """What only tasks of one kind have."""
    match task.kind:
        case "run":
            return {"child": task.child or None}
        case "event":
            return {"where": json.loads(task.where) if task.where else None}
        case "approve":
            fields = json.loads(task.fields) if task.fields else None
            return {"message": task.message or None, "fields": fields}
        case "loop":
            return {"turn": task.turn}
        case _:
            return {}


def check_record(check: CheckResult) -> Record:
    return {
        "name": check.name,
        "severity": check.severity,
        "passed": check.passed,
        "message": check.message,
        "numbers": check.numbers,
    }


def attempt_record(attempt: Attempt) -> Record:
    return {
        "attempt": attempt.number,
        "agent": attempt.agent,
        "started": iso(attempt.started),
        "finished": iso(attempt.finished),
        "status": str(attempt.status),
        "error": failure_record(attempt.error),
        "start": attempt.start,
    }


def failure_record(failure: Failure | None) -> Record | None:
    if failure is None:
        return None
    return {
        "type": failure.type,
        "message": failure.message,
        "traceback": failure.traceback,
        "retryable": failure.retryable,
    }


def workflow_record(workflow: Workflow) -> Record:
    return {
        "workflow": workflow.name,
        "version": workflow.live,
        "versions": workflow.versions,
        "paused": workflow.paused,
        "registered": iso(workflow.registered or None),
        "source": workflow.source,
        "settings": workflow.settings,
        "build_error": workflow.build_error or None,
    }


def version_record(version: Version, live: str) -> Record:
    artifact = version.artifact
    return {
        "workflow": version.workflow,
        "version": version.version,
        "live": version.version == live,
        "kind": artifact.kind,
        "digest": artifact.digest,
        "size": artifact.size,
        "python": artifact.python,
        "platform": artifact.platform,
        "sdk": version.described.get("sdk"),
        "registered": iso(version.registered or None),
        "source": version.source,
    }


def agent_record(agent: AgentInfo) -> Record:
    return {
        "agent": agent.id,
        "host": agent.host,
        "pid": agent.pid,
        "state": agent.state,
        "queues": list(agent.queues),
        "labels": list(agent.labels),
        "slots": agent.slots,
        "busy": agent.busy,
        "bodies": agent.bodies,
        "started": iso(agent.started),
        "seen": iso(agent.seen),
        "version": agent.version,
    }
