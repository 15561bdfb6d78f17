"""What the run view writes: its head, why something failed, parameters and value."""

from __future__ import annotations

import json
import re
from datetime import tzinfo

from textual.content import Content

from salt_core.model.run import Run
from salt_core.model.task import Failure, Task
from salt_tui.marks import mark
from salt_tui.readmodel import ReadModel
from salt_tui.taskrows import RunTasks
from salt_tui.text import plain, shorten
from salt_tui.times import moment, span

_UNPACKED = re.compile(r"[^\s\"']*/sources/[0-9a-f]{64}/")
"""Where an agent unpacks a version's sources: long, and the same for all of its files."""


def head(run: Run, now: int, zone: tzinfo | None) -> Content:
    """Two lines: how the run is, and what it was given or why it failed."""
    status = mark(run.status)
    colour = {"good": "$success", "bad": "$error", "busy": "$accent", "warn": "$warning"}
    parts: list[Content | str | tuple[str, str]] = [
        (f" {status.text}", f"bold {colour.get(status.tone, '$foreground-muted')}"),
        "  ",
        (plain(run.workflow), "bold"),
        (f"@{plain(run.version)}", "$foreground-muted"),
        ("  by ", "$foreground-muted"),
        plain(run.trigger),
        ("  at ", "$foreground-muted"),
        moment(run.created, now, zone),
    ]
    if run.started is not None:
        verb = "  took " if run.finished else "  for "
        parts += [(verb, "$foreground-muted"), span((run.finished or now) - run.started)]
    else:
        parts += [("  waits for ", "$foreground-muted"), span(now - run.created)]
    parts.append("\n ")
    if run.error is not None:
        parts.append((shorten(one_line(run.error), 300), "$error"))
    else:
        given = "" if run.params in ("", "{}") else plain(run.params)
        parts += [("with ", "$foreground-muted"), shorten(given, 300) or "no parameters"]
    return Content.assemble(*parts)


def one_line(error: Failure) -> str:
    """``KeyError: 'region'``."""
    return plain(f"{error.type}: {error.message}" if error.message else error.type)


def about_error(tasks: RunTasks | None, task: Task | None, model: ReadModel) -> str:
    """Why the task, or else the run, failed: the newest error first, then the tries before it."""
    run = tasks.run if tasks else None
    if task is not None and task.attempts:
        lines: list[str] = []
        if task.error is not None and not any(a.error == task.error for a in task.attempts):
            lines += _of_failure(task.error)
        for attempt in reversed(task.attempts):
            if attempt.error is None:
                continue
            took = (
                "" if attempt.finished is None else f", {span(attempt.finished - attempt.started)}"
            )
            at = moment(attempt.started, model.now(), model.zone)
            lines += _of_failure(attempt.error)
            lines += ["", f"try {attempt.number} on {attempt.agent} at {at}{took}", ""]
        if lines:
            return "\n".join(lines)
    elif task is not None and task.error is not None:
        return "\n".join(_of_failure(task.error))
    if run is not None and run.error is not None:
        return "\n".join(["This task did not fail; the run did:", "", *_of_failure(run.error)])
    return "Nothing has failed here."


def _of_failure(error: Failure) -> list[str]:
    lines = [one_line(error)]
    if error.traceback:
        lines += ["", *_UNPACKED.sub("…/", error.traceback).rstrip().splitlines()]
    return lines


def about_value(run: Run, value: str | None) -> str:
    """The parameters and the value of a run, indented."""
    none_yet = "It has none." if run.status.final else "There is none yet."
    return "\n".join(["Parameters", _pretty(run.params or "{}"), "", "Value", value or none_yet])


def _pretty(text: str) -> str:
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except ValueError:
        return text
