"""``salt cancel``."""

from __future__ import annotations

from typing import Annotated

import typer

from salt_core.cli import deeds
from salt_core.cli.finding import find_run
from salt_core.cli.output import opened, print_json, run_async, say
from salt_core.config import load
from salt_core.errors import Refused
from salt_core.model.run import Run
from salt_core.why import past


def cancel(
    run: Annotated[str, typer.Argument(help="Id of the run, or its beginning.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Cancel a run and all its tasks; what runs is ended by its agents."""
    head, cancelled = run_async(_cancel(run))
    if not cancelled:
        raise Refused(f"Run {head.id} has ended already: it {past(head.status)}.")
    if as_json:
        print_json({"run": head.id, "status": "cancelled"})
    else:
        say(f"cancelled {head.id}")


async def _cancel(name: str) -> tuple[Run, bool]:
    async with opened(load()) as store:
        head = await find_run(store, name)
        cancelled = await deeds.cancel(store, head)
        return (await store.run(head.id) or head), cancelled
