"""``salt why``."""

from __future__ import annotations

from typing import Annotated

import typer

from salt_core.cli.finding import find_run, find_task
from salt_core.cli.output import opened, print_json, run_async, say
from salt_core.cli.records import Record
from salt_core.cli.whyfacts import gather
from salt_core.config import load
from salt_core.ids import BODY
from salt_core.why import explain


def why(
    run: Annotated[str, typer.Argument(help="Id of the run, or its beginning.")],
    task: Annotated[
        str | None, typer.Argument(help="Name or id of one of its tasks; default: the run.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Say in one line why a run or a task is not running, or what it waits for."""
    record = run_async(_why(run, task))
    if as_json:
        print_json(record)
    else:
        say(record["why"])


async def _why(name: str, task: str | None) -> Record:
    async with opened(load()) as store:
        head = await find_run(store, name)
        found = None if task is None else await find_task(store, head, task)
        facts = await gather(store, head, found)
        reason = explain(facts)
        return {
            "run": head.id,
            "task": None if facts.task.id == BODY and task is None else facts.task.id,
            "name": facts.task.name,
            "status": str(head.status if facts.task.id == BODY else facts.task.status),
            "why": reason.line,
            "commands": list(reason.commands),
        }
