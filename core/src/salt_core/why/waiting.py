"""What is said of a call that no agent runs: a timer, an event, an answer, another run."""

from __future__ import annotations

from salt_core.clock import duration, moment
from salt_core.model.run import Run
from salt_core.model.task import Task
from salt_core.why.deciding import commands


def of_wait(task: Task, run: Run, now: int) -> str:
    """What holds of a call that waits, as the end of a sentence."""
    type_this = " or ".join(commands(run, task))
    match task.kind:
        case "sleep":
            return f"sleeps{_until(task, now)}"
        case "event":
            where = f" where {task.where}" if task.where not in ("", "{}") else ""
            return f"waits for the event {task.name!r}{where}{_until(task, now)} ({type_this})"
        case "approve":
            asks = " ".join(task.message.split()).rstrip(".")
            asked = f", who is asked {asks!r}" if asks else ""
            return f"waits for a person{_until(task, now)}{asked} ({type_this})"
        case "run":
            return f"waits for the run {task.child} of workflow {task.name!r}"
        case _:
            return f"waits{_until(task, now)}"


def _until(task: Task, now: int) -> str:
    if task.due is None:
        return ""
    left = f" ({duration(now, task.due)} from now)" if task.due > now else ", which is over"
    return f" until {moment(task.due)}{left}"
