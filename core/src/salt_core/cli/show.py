"""``salt show``.

Tasks are read and printed a page at a time: a run may have a hundred thousand.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Annotated

import typer

from salt_core.cli.finding import find_run
from salt_core.cli.output import TablePages, one_line, opened, run_async, say, write
from salt_core.cli.output import as_json as json_text
from salt_core.cli.records import Record, run_record, task_record
from salt_core.cli.words import task_name
from salt_core.clock import duration, moment
from salt_core.config import load
from salt_core.ids import BODY
from salt_core.model.run import Run
from salt_core.model.status import AttemptEnd, TaskStatus
from salt_core.model.task import Failure, Task
from salt_core.store import Store
from salt_core.store.paging import PAGE, task_pages
from salt_core.why.deciding import commands, waits_for_decision

_LONGEST = 60
_MOST_TOLD = 20
"""Failures, and questions to a person, that are written out below the table."""


@dataclass(frozen=True, slots=True)
class _Page:
    """Some tasks, with the JSON text of their values by id."""

    tasks: list[Task]
    values: dict[str, str]


def show(
    run: Annotated[str, typer.Argument(help="Id of the run, or its beginning.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Show a run: its tasks, their attempts and checks, what each needs, times and results."""
    run_async(_show(run, as_json))


async def _show(name: str, as_json: bool) -> None:
    async with opened(load()) as store:
        head = await find_run(store, name)
        result = await store.result(head.id)
        body = await store.task(head.id, BODY)
        if as_json:
            await _print_document(head, body, result, _pages(store, head))
        else:
            await _print_text(head, body, result, _pages(store, head))


async def _pages(store: Store, run: Run) -> AsyncIterator[_Page]:
    async for tasks in task_pages(store, run):
        first = int(tasks[0].id) // PAGE * PAGE
        yield _Page(tasks, await store.values(run.id, first, PAGE))


async def _print_document(
    run: Run, body: Task | None, result: str | None, pages: AsyncIterator[_Page]
) -> None:
    """One JSON document, written as it is read, a task a line. A large value stays a reference."""
    head = {
        **run_record(run),
        "result": _value(result),
        "body": None if body is None else task_record(body),
    }
    write(json_text(head, indent=2).removesuffix("\n}") + ',\n  "tasks": [')
    before = ""
    async for page in pages:
        records = [
            _task_record(one, page.values.get(one.id)) for one in page.tasks if one.id != BODY
        ]
        if records:
            write(before + ",".join(f"\n    {json_text(record)}" for record in records))
            before = ","
    write("\n  ]\n}\n" if before else "]\n}\n")


def _task_record(task: Task, value: str | None) -> Record:
    return {**task_record(task), "result": _value(value)}


def _value(text: str | None) -> object:
    return None if text is None else json.loads(text)


@dataclass
class _Below:
    """What is told below the table."""

    decisions: list[Task] = field(default_factory=list[Task])
    checks: list[Task] = field(default_factory=list[Task])
    failures: list[Task] = field(default_factory=list[Task])
    more: int = 0

    def note(self, task: Task) -> None:
        kinds = (
            (waits_for_decision(task), self.decisions),
            (any(not one.passed for one in task.checks), self.checks),
            (task.error is not None and task.id != BODY and not task.checks, self.failures),
        )
        for holds, place in kinds:
            if holds and len(place) < _MOST_TOLD:
                place.append(task)
            elif holds:
                self.more += 1


async def _print_text(
    run: Run, body: Task | None, result: str | None, pages: AsyncIterator[_Page]
) -> None:
    _print_head(run, result)
    say()
    table = TablePages(
        ["TASK", "NAME", "STATUS", "NEEDS", "TRIES", "START", "AGENT", "TOOK", "RESULT"]
    )
    below = _Below()
    async for page in pages:
        table.print([_row(one, page.values.get(one.id)) for one in page.tasks])
        for one in page.tasks:
            below.note(one)
    _print_below(run, below)
    failure = run.error or (body.error if body else None)
    if failure is not None:
        say()
        blocked = body is not None and body.status is TaskStatus.BLOCKED
        _print_failure("the run is blocked" if blocked else "the run failed", failure)


def _print_head(run: Run, result: str | None) -> None:
    say(f"run       {run.id}")
    say(f"workflow  {run.workflow}@{run.version}")
    say(f"status    {run.status}")
    say(f"params    {run.params}")
    say(f"trigger   {run.trigger}")
    if run.parent:
        say(f"called by {run.parent}")
    say(f"created   {moment(run.created)}")
    say(f"started   {moment(run.started)}")
    say(f"finished  {moment(run.finished)}  (took {duration(run.started, run.finished)})")
    if result is not None:
        say(f"result    {_short(result)}")
    if run.replayed:
        say(f"replayed  {run.replayed}")


def _row(task: Task, value: str | None) -> tuple[object, ...]:
    last = task.attempts[-1] if task.attempts else None
    tries = sum(1 for one in task.attempts if one.status is not AttemptEnd.PARKED)
    return (
        task.id,
        task_name(task),
        "quarantined" if task.quarantined else task.status,
        ",".join(task.needs) or None,
        tries if task.kind == "task" else None,
        (last and last.start) or None,
        last and last.agent,
        duration(task.started, task.finished),
        _last_column(task, value),
    )


def _last_column(task: Task, value: str | None) -> str | None:
    if task.id == BODY:
        return None
    if task.kind == "loop":
        return f"{task.turn:,} turns"
    if task.child and task.status is TaskStatus.WAITING:
        return f"run {task.child}"
    if task.due and task.status in (TaskStatus.WAITING, TaskStatus.RETRYING):
        return f"until {moment(task.due)}"
    return None if value is None else _short(value)


def _print_below(run: Run, below: _Below) -> None:
    for task in below.decisions:
        say()
        asked = f": {one_line(task.message)}" if task.message else ""
        say(f"task {task.id} ({task.name}) waits for a person{asked}")
        for typed in commands(run, task):
            say(f"  {typed}")
    for task in below.checks:
        say()
        for check in task.checks:
            if not check.passed:
                numbers = "".join(f" {name}={n:g}" for name, n in check.numbers.items())
                why = f": {one_line(check.message)}" if check.message else ""
                say(f"task {task.id} ({task.name}): check {check.name} did not pass{why}{numbers}")
    for task in below.failures:
        if task.error is not None:
            say()
            _print_failure(f"task {task.id} ({task.name}) {_how(task)}", task.error)
    if below.more:
        say()
        say(f"{below.more:,} more are like that: salt show {run.id} --json")


def _how(task: Task) -> str:
    return "is invalid" if task.status is TaskStatus.INVALID else "failed"


def _print_failure(what: str, failure: Failure) -> None:
    say(f"{what}: {failure.type}: {failure.message}")
    if failure.traceback:
        say(failure.traceback.rstrip())


def _short(text: str) -> str:
    line = one_line(text)
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
