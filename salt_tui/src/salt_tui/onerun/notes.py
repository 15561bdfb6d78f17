"""A few words beside a call: what failed, or what keeps it."""

from __future__ import annotations

from salt_core.model.status import TaskStatus
from salt_core.model.task import Task
from salt_tui.onerun.nodes import Node
from salt_tui.times import age


def note(node: Node, now: int) -> tuple[str, str]:
    """The words, and their tone."""
    return _of_many(node) if node.task is None else _of_call(node.task, now)


def _of_call(task: Task, now: int) -> tuple[str, str]:
    error = task.error or next((a.error for a in reversed(task.attempts) if a.error), None)
    failed = [one for one in task.checks if not one.passed]
    if task.status is TaskStatus.RETRYING and task.due is not None:
        again = f"again in {age(task.due - now)}"
        return (f"{again}: {error.type}: {error.message}" if error else again), "warn"
    if failed and not (error and not task.status.final):
        words = ", ".join(
            f"{one.name}{f': {one.message}' if one.message else ''}" for one in failed
        )
        return f"check {words}", "bad" if task.status is TaskStatus.INVALID else "warn"
    if error is not None:
        return f"{error.type}: {error.message}", "bad"
    if task.status is TaskStatus.BLOCKED and task.needs:
        return f"needs {', '.join(task.needs[:6])}{'…' if len(task.needs) > 6 else ''}", "dim"
    if task.status is TaskStatus.QUEUED:
        return (f"limit {task.held}" if task.held else f"in queue {task.policy.queue}"), "wait"
    if task.status is TaskStatus.WAITING:
        return _of_wait(task, now), "wait"
    if task.kind == "loop" and task.turn:
        return f"turn {task.turn:,}", "dim"
    return "", ""


def _of_wait(task: Task, now: int) -> str:
    until = f", {age(task.due - now)} left" if task.due and task.due > now else ""
    match task.kind:
        case "approve":
            return f"a person: {task.message}{until}" if task.message else f"a person{until}"
        case "event":
            return f"event {task.name}{until}"
        case "run":
            return f"run {task.child}"
        case "sleep":
            return f"sleeps{until}"
        case _:
            return ""


def _of_many(node: Node) -> tuple[str, str]:
    parts = [
        f"{node.counts[status]:,} {status}"
        for status in (
            "failed",
            "quarantined",
            "invalid",
            "running",
            "retrying",
            "queued",
            "waiting",
        )
        if node.counts[status] > 0
    ]
    bad = any(node.counts[one] > 0 for one in ("failed", "invalid", "quarantined"))
    return ", ".join(parts), "bad" if bad else "busy" if parts else ""
