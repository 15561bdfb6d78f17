"""What is told of a call below the tree: why it failed, what it was given and made, its checks."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Iterable, Iterator

from salt_core.cli.values import read_value, resolved
from salt_core.errors import SaltError
from salt_core.ids import BODY
from salt_core.logs import last_lines
from salt_core.model.run import Run, RunFilter
from salt_core.model.status import RunStatus
from salt_core.model.task import Attempt, Failure, Task
from salt_tui.onerun.compare import Past, differences
from salt_tui.onerun.failure import told
from salt_tui.onerun.nodes import Node
from salt_tui.readmodel import ReadModel
from salt_tui.text import plain, printed, shorten
from salt_tui.times import moment, span, time_of_day

_LAST_LINES = 12
_COMPARED = 2_000
"""Calls of each of two runs that are compared."""
_LONGEST_INPUT = 2_000
NOTHING = "Nothing has failed here."


def failed_call(node: Node) -> Task | None:
    """The first call in ``node`` that has an error."""
    return next((task for task in calls_of(node) if error_of(task) is not None), None)


def calls_of(node: Node) -> Iterator[Task]:
    """All calls in ``node``."""
    if node.task is not None:
        yield node.task
    for child in node.children:
        yield from calls_of(child)


def error_of(task: Task) -> Failure | None:
    """Why a call failed, or why its last try did."""
    return task.error or next((a.error for a in reversed(task.attempts) if a.error), None)


def failure_text(run: Run | None, node: Node | None, model: ReadModel) -> str:
    """What is known at once of a failure."""
    lines: list[str] = []
    if node is not None and node.task is None:
        lines += _many(node)
    task = None if node is None else failed_call(node)
    if task is not None and (error := error_of(task)) is not None:
        lines += told(error)
        lines += _tries(task, error, model)
    elif run is not None and run.error is not None:
        lines += ["This call did not fail; the run did:", "", *told(run.error)]
    return "\n".join(lines) or NOTHING


def _many(node: Node) -> list[str]:
    """The errors of many calls, the most frequent first."""
    errors = Counter(
        shorten(plain(f"{error.type}: {error.message}"), 200)
        for task in calls_of(node)
        if (error := error_of(task)) is not None
    )
    if not errors:
        return []
    lines = [f"{count:>5} × {words}" for words, count in errors.most_common(10)]
    return [*lines, "", "The first of them:"]


def _tries(task: Task, error: Failure, model: ReadModel) -> list[str]:
    lines = [""]
    for attempt in reversed(task.attempts):
        if attempt.error is not None:
            other = "" if attempt.error == error else f": {_words(attempt.error)}"
            lines.append(f"{_try(attempt, model)}{other}")
    return lines if len(lines) > 1 else []


def _try(attempt: Attempt, model: ReadModel) -> str:
    at = moment(attempt.started, model.now(), model.zone)
    took = "" if attempt.finished is None else f", {span(attempt.finished - attempt.started)}"
    return plain(f"try {attempt.number} on {attempt.agent} at {at}{took}")


def _words(error: Failure) -> str:
    return plain(f"{error.type}: {error.message}" if error.message else error.type)


async def failure_context(run: Run, task: Task, tasks: Iterable[Task], model: ReadModel) -> str:
    """What a failed call was given, what it said last, and what was different when all was well."""
    given = await given_text(model, run, task)
    lines = [""]
    if given:
        lines += ["", "It was given", *_indented(shorten(given, _LONGEST_INPUT))]
    if task.attempts:
        attempt = next((a for a in reversed(task.attempts) if a.error), task.attempts[-1])
        found = await last_lines(
            model.store, model.blobs, run.id, task.id, attempt.number, _LAST_LINES
        )
        lines += ["", "The last lines of its log"]
        lines += [f"  {time_of_day(one.at, model.zone)} {printed(one.text)}" for one in found]
        lines += [] if found else ["  It wrote nothing."]
    return "\n".join([*lines, *await _different(run, task, tasks, given, model)])


async def _different(
    run: Run, task: Task, tasks: Iterable[Task], given: str, model: ReadModel
) -> list[str]:
    which = RunFilter(workflow=run.workflow, status=RunStatus.SUCCEEDED, limit=20)
    found = [one for one in await model.store.runs(which) if one.id != run.id]
    good = next((one for one in found if one.created < run.created), None)
    if good is None:
        return ["", "No run of this workflow before it has succeeded."]
    then = await model.store.tasks(good.id, 0, _COMPARED)
    same = [one for one in then if (one.name, one.at) == (task.name, task.at)]
    theirs = await given_text(model, good, same[0]) if same and task.id != BODY else None
    now = [one for _, one in zip(range(_COMPARED), tasks, strict=False)]
    mine = given if theirs else None
    lines = differences(Past(run, now, mine), Past(good, then, theirs or None))
    when = moment(good.created, model.now(), model.zone)
    head = f"What differs from the last good run, {plain(good.id)} at {when}"
    return ["", head, *(f"  {line}" for line in lines or ["nothing that is known"])]


async def given_text(model: ReadModel, run: Run, task: Task) -> str:
    """What a call was given, as JSON; ``""``: nothing is known."""
    text = run.params if task.id == BODY else await model.store.input(run.id, task.id)
    if not text:
        return ""
    try:
        return pretty(await asyncio.to_thread(resolved, text, model.blobs))
    except SaltError as error:
        return str(error)


async def value_text(run: Run, task: Task | None, model: ReadModel) -> str:
    """What a run or a call was given, and its value."""
    if task is None or task.id == BODY:
        value = await model.result(run.id)
        over, given, title = run.status.final, pretty(run.params or "{}"), "Parameters"
    else:
        found = await model.store.values(run.id, int(task.id), 1)
        value = None
        if task.id in found:
            read = await asyncio.to_thread(read_value, found[task.id], model.blobs)
            value = json.dumps(read, indent=2, ensure_ascii=False)
        over, title = task.status.final, "Input"
        given = await given_text(model, run, task) or "It was given nothing."
    none_yet = "It has none." if over else "There is none yet."
    return "\n".join([title, given, "", "Value", value if value is not None else none_yet])


def checks_text(tasks: Iterable[Task]) -> str:
    """The checks of some calls, those that did not pass first."""
    found = [(check, task) for task in tasks for check in task.checks]
    found.sort(key=lambda each: (each[0].passed, int(each[1].id)))
    lines = []
    for check, task in found:
        sign = "✓ passed" if check.passed else f"✗ {check.severity}"
        numbers = "".join(f"  {name}={value:g}" for name, value in check.numbers.items())
        why = f"  {plain(check.message)}" if check.message else ""
        lines.append(
            f"{sign:<12} {plain(check.name)} of {plain(task.name)}#{task.id}{why}{numbers}"
        )
        if task.quarantined and not check.passed:
            lines.append("             quarantined: a person accepts or rejects it")
        if task.decided:
            lines.append(f"             decided: {plain(task.decided)}")
    return "\n".join(lines) or "No checks have run here."


def pretty(text: str) -> str:
    """JSON text, indented."""
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except ValueError:
        return text


def _indented(text: str) -> list[str]:
    return [f"  {line}" for line in text.splitlines()]
