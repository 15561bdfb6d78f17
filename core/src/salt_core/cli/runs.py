"""``salt runs``."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from salt_core.cli.filtering import parse
from salt_core.cli.output import one_line, opened, print_json, print_table, run_async, say
from salt_core.cli.records import run_record
from salt_core.cli.watchruns import watch_runs
from salt_core.cli.words import parse_since
from salt_core.clock import duration, moment, to_millis, utc_now
from salt_core.config import load
from salt_core.errors import BadInput
from salt_core.model.query import Field, Pattern, RunQuery, Term
from salt_core.model.run import Run
from salt_core.model.status import RunStatus
from salt_core.registry import find_workflow
from salt_core.store import Store

_LONGEST = 60


def runs(
    workflow: Annotated[str | None, typer.Option(help="Only of this workflow.")] = None,
    status: Annotated[
        str | None, typer.Option(help=f"Only in this status: {', '.join(RunStatus)}.")
    ] = None,
    since: Annotated[
        str | None, typer.Option(help="Created since: 2h, 7d, 2026-01-31, 2026-01-31T12:00:00Z.")
    ] = None,
    filter_: Annotated[
        str,
        typer.Option(
            "--filter", help="As in the console: 'status:failed,running wf:etl* took:>5m words'."
        ),
    ] = "",
    limit: Annotated[int, typer.Option(help="At most this many.")] = 50,
    watch: Annotated[
        bool, typer.Option("--watch", help="Then one line for each change, until Ctrl-C.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document; with --watch one per line.")
    ] = False,
) -> None:
    """List runs, newest first; or watch them, line by line."""
    if limit < 1:
        raise BadInput(f"--limit {limit} is not above zero.", key="--limit")
    query = _query(workflow, status, since, filter_)
    if watch:
        run_async(_watch(query, limit, as_json))
        return
    found = run_async(_runs(query, limit))
    if as_json:
        print_json([run_record(one) for one in found])
    elif not found:
        say("Nothing has run yet." if query == RunQuery() else "No run is like that.")
    else:
        print_table(
            ["RUN", "WORKFLOW", "VERSION", "STATUS", "CREATED", "TOOK", "TASKS", "NOTE"],
            [_row(one) for one in found],
        )


def _query(workflow: str | None, status: str | None, since: str | None, text: str) -> RunQuery:
    query = parse(text, to_millis(utc_now()), workflow=workflow)
    if status:
        term = Term(Field.STATUS, (Pattern((str(_status(status)),)),))
        query = replace(query, terms=(*query.terms, term))
    if since:
        query = replace(query, created=replace(query.created, least=parse_since(since, utc_now())))
    return query


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


async def _runs(query: RunQuery, limit: int) -> list[Run]:
    async with opened(load()) as store:
        return await _newest(store, query, limit)


async def _newest(store: Store, query: RunQuery, limit: int) -> list[Run]:
    ids: list[str] = []
    after: tuple[int, int] | None = None
    while True:
        found = await store.find_runs(query, after)
        ids += [run for _, run in found.keys]
        after = found.next
        if after is None or len(ids) >= limit:
            break
    if not ids and query.workflow:
        await find_workflow(store, query.workflow)
    return await store.read_runs(ids[:limit])


async def _watch(query: RunQuery, limit: int, as_json: bool) -> None:
    async with opened(load()) as store:
        after = f"{await store.ping()}-0"
        before = await _newest(store, query, limit)
        await watch_runs(store, query, before[::-1], after, as_json=as_json)


def _status(text: str) -> RunStatus:
    try:
        return RunStatus(text)
    except ValueError:
        raise BadInput(
            f"There is no run status {text!r}.", f"It is one of {', '.join(RunStatus)}.", key=text
        ) from None
