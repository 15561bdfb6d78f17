"""``salt logs``."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Annotated

import typer

from salt_core.blobs import open_blobs
from salt_core.cli.finding import find_run
from salt_core.cli.output import as_json as json_text
from salt_core.cli.output import opened, print_json_line, run_async, say, write
from salt_core.cli.records import Record
from salt_core.clock import iso
from salt_core.config import load
from salt_core.errors import BadInput, NotFound
from salt_core.logs import Said, follow_run
from salt_core.model.task import Task
from salt_core.store.paging import all_tasks

_STREAMS = {"o": "stdout", "e": "stderr"}


def logs(
    run: Annotated[str, typer.Argument(help="Id of the run, or its beginning.")],
    task: Annotated[
        str | None, typer.Option(help="Only of this task: its number, or its name.")
    ] = None,
    attempt: Annotated[int | None, typer.Option(help="Only of this try of the task.")] = None,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on until the run has ended.")
    ] = False,
    colours: Annotated[bool, typer.Option("--colours", help="Keep the colours of lines.")] = False,
    as_json: Annotated[
        bool,
        typer.Option("--json", help="Print one JSON document; with --follow one per line."),
    ] = False,
) -> None:
    """Print what a run's tasks wrote, all of them in time order unless one is named."""
    if attempt is not None and task is None:
        raise BadInput("--attempt needs --task: every task counts its own tries.", key="--attempt")
    run_async(_logs(run, task, attempt, follow, colours, as_json))


async def _logs(
    name: str, task: str | None, attempt: int | None, follow: bool, colours: bool, as_json: bool
) -> None:
    config = load()
    async with opened(config) as store:
        head = await find_run(store, name)
        if task is not None:
            may_come = follow and not head.status.final
            _must_exist(await all_tasks(store, head.id), head.id, task, attempt, may_come)

        def chosen(one: Task, number: int) -> bool:
            return task in (None, one.id, one.name) and attempt in (None, number)

        said = follow_run(store, open_blobs(config), head.id, follow=follow, chosen=chosen)
        async with aclosing(said):
            if not as_json:
                async for one in said:
                    print_said(one, named=task is None or not task.isdigit(), colours=colours)
            elif follow:
                async for one in said:
                    print_json_line(said_record(head.id, one))
            else:
                await _print_document(head.id, said)


def print_said(said: Said, *, named: bool, colours: bool = False) -> None:
    """One line of a log, with who said it when there are several."""
    tries = f" try {said.attempt}" if said.attempt > 1 else ""
    who = f"{said.name}[{said.task}]{tries} | " if named else ""
    say(f"{who}{said.line.text}".replace("\r", ""), colours=colours)


def said_record(run: str, said: Said) -> Record:
    return {
        "run": run,
        "task": said.task,
        "name": said.name,
        "attempt": said.attempt,
        "at": iso(said.line.at),
        "stream": _STREAMS.get(said.line.stream, said.line.stream),
        "text": said.line.text,
    }


async def _print_document(run: str, lines: AsyncIterator[Said]) -> None:
    """One JSON list, written as it is read: a log may be larger than memory."""
    before = "[\n"
    async for one in lines:
        write(f"{before}  {json_text(said_record(run, one))}")
        before = ",\n"
    write("[]\n" if before == "[\n" else "\n]\n")


def _must_exist(
    tasks: list[Task], run: str, wanted: str, attempt: int | None, may_come: bool
) -> None:
    found = [one for one in tasks if wanted in (one.id, one.name)]
    if not found and not may_come:
        names = ", ".join(dict.fromkeys(one.name for one in tasks))
        raise NotFound(f"Run {run} has no task {wanted!r}.", f"Its tasks: {names}.")
    numbers = {each.number for one in found for each in one.attempts}
    if attempt is not None and attempt not in numbers and not may_come:
        raise NotFound(
            f"Task {wanted!r} of run {run} has no try {attempt}.",
            f"It has {', '.join(map(str, sorted(numbers))) or 'none'}.",
        )
