"""``salt result``."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import typer

from salt_core.blobs import open_blobs
from salt_core.cli.finding import find_run
from salt_core.cli.output import opened, print_json, run_async
from salt_core.cli.values import read_value
from salt_core.config import load
from salt_core.errors import Refused
from salt_core.model.run import Run
from salt_core.model.status import RunStatus
from salt_core.why import past


def result(
    run: Annotated[str, typer.Argument(help="Id of the run, or its beginning.")],
    as_json: Annotated[bool, typer.Option("--json", help="The same: the value is JSON.")] = False,
) -> None:
    """Print a run's value as JSON; fails while there is none."""
    print_json(run_async(_result(run)))


async def _result(name: str) -> Any:
    config = load()
    async with opened(config) as store:
        head = await find_run(store, name)
        text = await store.result(head.id) if head.status is RunStatus.SUCCEEDED else None
        if text is None:
            raise Refused(f"Run {head.id} has no value: {why_none(head)}.")
        return await asyncio.to_thread(lambda: read_value(text, open_blobs(config)))


def why_none(run: Run) -> str:
    """Why a run has no value, as the end of a sentence."""
    if run.error is not None:
        return f"it {run.status} with {run.error.type}: {run.error.message}".rstrip(".")
    if run.status.final:
        return f"it {past(run.status)}"
    return f"it is {run.status}"
