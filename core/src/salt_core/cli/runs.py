"""``salt runs``."""

from __future__ import annotations

from typing import Annotated

import typer

from salt_core.cli.output import one_line, opened, print_json, print_table, run_async, say
from salt_core.cli.records import run_record
from salt_core.cli.words import parse_since
from salt_core.clock import duration, moment, utc_now
from salt_core.config import load
from salt_core.errors import BadInput
from salt_core.model.run import Run, RunFilter
from salt_core.model.status import RunStatus
from salt_core.registry import find_workflow

_LONGEST = 60


def runs(
    workflow: Annotated[str | None, typer.Option(help="Only of this workflow.")] = None,
    status: Annotated[
        str | None, typer.Option(help=f"Only in this status: {', '.join(RunStatus)}.")
    ] = None,
    since: Annotated[
        str | None, typer.Option(help="Created since: 2h, 7d, 2026-01-31, 2026-01-31T12:00:00Z.")
    ] = None,
    limit: Annotated[int, typer.Option(help="At most this many.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """List runs, newest first."""
    if limit < 1:
        raise BadInput(f"--limit {limit} is not above zero.", key="--limit")
    which = RunFilter(
        workflow=workflow,
        status=_status(status) if status else None,
        since=parse_since(since, utc_now()) if since else None,
        limit=limit,
    )
    found = run_async(_runs(which))
    if as_json:
        print_json([run_record(one) for one in found])
    elif not found:
        say("No run is like that." if workflow or status or since else "Nothing has run yet.")
    else:
        print_table(
            ["RUN", "WORKFLOW", "VERSION", "STATUS", "CREATED", "TOOK", "TASKS", "NOTE"],
            [_row(one) for one in found],
        )


def _row(run: Run) -> tuple[object, ...]:
    error = run.error
    note = one_line(f"{error.type}: {error.message}") if error else ""
    return (
        run.id,
        run.workflow,
        run.version,
        run.status,
        moment(run.created),
        duration(run.started, run.finished),
        f"{run.tasks_done}/{run.tasks_total}",
        note if len(note) <= _LONGEST else f"{note[: _LONGEST - 1]}…",
    )


async def _runs(which: RunFilter) -> list[Run]:
    async with opened(load()) as store:
        found = await store.runs(which)
        if not found and which.workflow:
            await find_workflow(store, which.workflow)
        return found


def _status(text: str) -> RunStatus:
    try:
        return RunStatus(text)
    except ValueError:
        raise BadInput(
            f"There is no run status {text!r}.", f"It is one of {', '.join(RunStatus)}.", key=text
        ) from None
