"""``salt runs --watch``: a line for each change of a run, and nothing that moves on the screen.

For logs, pipes and screen readers: lines are only added, each says all that there is to say.
"""

from __future__ import annotations

from collections.abc import Sequence

from salt_core.cli.output import print_json_line, say
from salt_core.cli.records import run_record
from salt_core.clock import duration, from_millis
from salt_core.model.query import RunQuery
from salt_core.model.run import Run
from salt_core.store import Store


def sentence(run: Run) -> str:
    """One line that says how a run is: ``14:02:11Z nightly 01k…: failed after 12.0 s, KeyError``."""
    at = from_millis(run.finished or run.started or run.created)
    words = f"{at:%H:%M:%SZ} {run.workflow} {run.id}: {run.status}"
    if run.finished is not None and run.started is not None:
        words += f" after {duration(run.started, run.finished)}"
    if run.tasks_total:
        words += f", {run.tasks_done} of {run.tasks_total} tasks done"
    return f"{words}, {run.error.type}: {run.error.message}" if run.error else words


async def watch_runs(
    store: Store, query: RunQuery, before: Sequence[Run], after: str, *, as_json: bool = False
) -> None:
    """Print the runs ``before``, then each change of status. Runs until it is cancelled.

    Args:
        after: Place in the change stream from when ``before`` was not read yet.
    """
    known: dict[str, str] = {}

    def tell(run: Run) -> None:
        if known.get(run.id) == run.status:
            return
        known[run.id] = run.status
        if as_json:
            print_json_line(run_record(run))
        else:
            say(sentence(run))

    for run in before:
        tell(run)
    async for change in store.changes(after):
        if change["kind"] != "run":
            continue
        found = await store.read_runs([change["key"]])
        if not found:
            known.pop(change["key"], None)
        for run in found:
            if query.matches(run, await store.ping()):
                tell(run)
