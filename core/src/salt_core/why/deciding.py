"""What a person may type to let a task go on."""

from __future__ import annotations

import json
import shlex

from salt_core.ids import BODY
from salt_core.model.run import Run
from salt_core.model.status import TaskStatus
from salt_core.model.task import Task


def waits_for_decision(task: Task) -> bool:
    """Whether ``salt approve`` or ``salt reject`` moves it on."""
    return task.quarantined or (task.kind == "approve" and task.status is TaskStatus.WAITING)


def commands(run: Run, task: Task) -> tuple[str, ...]:
    """The commands that move ``task`` on, ready to type; fields are left to fill in."""
    if run.status.final:
        return ()
    if waits_for_decision(task):
        step = f"{run.id} {task.id if task.quarantined else quoted(task.name)}"
        return (f"salt approve {step}{_fields(task)}", f"salt reject {step}")
    if task.id == BODY and task.status is TaskStatus.BLOCKED:
        return (f"salt replay {run.id} --onto latest", f"salt cancel {run.id}")
    if task.kind == "event" and task.status is TaskStatus.WAITING:
        return (f"salt emit {quoted(task.name)} JSON",)
    return ()


def quoted(name: str) -> str:
    """A name as a shell takes it."""
    return shlex.quote(name)


def _fields(task: Task) -> str:
    if not task.fields or task.quarantined:
        return ""
    schema = json.loads(task.fields)
    required = schema.get("required") or ()
    return "".join(f" {name}=…" for name in schema.get("properties") or {} if name in required)
