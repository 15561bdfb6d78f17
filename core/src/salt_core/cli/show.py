"""``salt show``."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from salt_core.cli.finding import all_tasks, find_run
from salt_core.cli.output import one_line, opened, print_json, print_table, run_async, say
from salt_core.cli.records import Record, run_record, task_record
from salt_core.clock import duration, moment
from salt_core.config import load
from salt_core.ids import BODY
from salt_core.model.journal import Done
from salt_core.model.run import Run
from salt_core.model.task import Failure, Task
from salt_core.store import Store

_PAGE = 500
_LONGEST = 60


def show(
    run: Annotated[str, typer.Argument(help="Id of the run, or its beginning.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Show a run: its tasks, their attempts, what each needs, times and results."""
    head, tasks, values = run_async(_show(run))
    if as_json:
        print_json(show_record(head, tasks, values))
    else:
        _print(head, tasks, values)


def show_record(run: Run, tasks: list[Task], values: dict[str, str]) -> Record:
    """A run with its workflow function (``body``) and the tasks that it called.

    A large result stays a reference, ``{"$blob": SHA256, "size": N}``.
    """
    calls = [one for one in tasks if one.id != BODY]
    return {
        **run_record(run),
        "result": _value(values.get(BODY)),
        "body": next((task_record(one) for one in tasks if one.id == BODY), None),
        "tasks": [{**task_record(one), "result": _value(values.get(one.id))} for one in calls],
    }


async def _show(name: str) -> tuple[Run, list[Task], dict[str, str]]:
    async with opened(load()) as store:
        head = await find_run(store, name)
        tasks = await all_tasks(store, head.id)
        values = await _values(store, head.id)
        return head, tasks, values


async def _values(store: Store, run: str) -> dict[str, str]:
    """The JSON text of each result, by the task's id; the run's own is the body's."""
    values: dict[str, str] = {}
    start = 0
    while entries := await store.journal(run, start, _PAGE):
        start += len(entries)
        for entry in entries:
            if isinstance(entry, Done) and entry.value is not None:
                values[str(entry.seq)] = entry.value
    own = await store.result(run)
    return values if own is None else {**values, BODY: own}


def _value(text: str | None) -> object:
    return None if text is None else json.loads(text)


def _print(run: Run, tasks: list[Task], values: dict[str, str]) -> None:
    say(f"run       {run.id}")
    say(f"workflow  {run.workflow}@{run.version}")
    say(f"status    {run.status}")
    say(f"params    {run.params}")
    say(f"trigger   {run.trigger}")
    say(f"created   {moment(run.created)}")
    say(f"started   {moment(run.started)}")
    say(f"finished  {moment(run.finished)}  (took {duration(run.started, run.finished)})")
    if BODY in values:
        say(f"result    {_short(values[BODY])}")
    say()
    print_table(
        ["TASK", "NAME", "STATUS", "NEEDS", "TRIES", "START", "AGENT", "TOOK", "RESULT"],
        [_row(one, values) for one in tasks],
    )
    for task in tasks:
        if task.error is not None and task.id != BODY:
            say()
            _print_failure(f"task {task.id} ({task.name})", task.error)
    if run.error is not None:
        say()
        _print_failure("the run", run.error)


def _row(task: Task, values: dict[str, str]) -> tuple[object, ...]:
    last = task.attempts[-1] if task.attempts else None
    return (
        task.id,
        f"{task.name} (workflow)" if task.id == BODY else task.name,
        task.status,
        ",".join(task.needs) or None,
        len(task.attempts),
        (last and last.start) or None,
        last and last.agent,
        duration(task.started, task.finished),
        _short(values[task.id]) if task.id in values and task.id != BODY else None,
    )


def _print_failure(who: str, failure: Failure) -> None:
    say(f"{who} failed: {failure.type}: {failure.message}")
    if failure.traceback:
        say(failure.traceback.rstrip())


def _short(text: str) -> str:
    line = one_line(text)
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
