"""``salt rerun``: a new run after an old one."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

import typer

from salt_core.blobs import Blobs, open_blobs
from salt_core.cli.deeds import tell
from salt_core.cli.finding import find_run
from salt_core.cli.output import opened, print_json, run_async, say, warn
from salt_core.cli.run import warn_without_agent
from salt_core.cli.values import read_value
from salt_core.config import load
from salt_core.errors import BadInput, NotFound, Refused
from salt_core.ids import new_run_id
from salt_core.model.journal import Done, Entry
from salt_core.model.run import NewRun, Run
from salt_core.model.status import RunStatus
from salt_core.model.workflow import Version, Workflow
from salt_core.parameters import body_policy, check, workflow_function
from salt_core.registry import find_version, find_workflow
from salt_core.rerun import Plan, plan
from salt_core.store import Store
from salt_core.why import past

_PAGE = 500


How = Literal["same", "latest", "from-failed"]


@dataclass(frozen=True, slots=True)
class Made:
    """A new run, and what it keeps of the old one; ``None``: nothing was asked for."""

    new: NewRun
    plan: Plan | None = None


def rerun(
    run: Annotated[str, typer.Argument(help="Id of the run, or its beginning.")],
    same: Annotated[bool, typer.Option("--same", help="All of it, on the run's version.")] = False,
    latest: Annotated[
        bool, typer.Option("--latest", help="All of it, on the live version.")
    ] = False,
    from_failed: Annotated[
        bool,
        typer.Option("--from-failed", help="Keep what succeeded before the first failure."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Start a new run with the parameters of an old one; print its id."""
    if same + latest + from_failed != 1:
        raise BadInput("A rerun is one of --same, --latest and --from-failed.", "Give one of them.")
    made = run_async(_rerun(run, latest=latest, from_failed=from_failed))
    kept = None if made.plan is None else len(made.plan.keep)
    if as_json:
        print_json(
            {
                "run": made.new.id,
                "workflow": made.new.workflow,
                "version": made.new.version,
                "rerun_of": made.new.trigger.removeprefix("rerun:"),
                "kept": kept,
                "params": json.loads(made.new.params),
            }
        )
        return
    say(made.new.id)
    if made.plan is not None:
        warn(f"{kept} of {made.plan.upto} calls are kept; the others run again.")


async def _rerun(name: str, *, latest: bool, from_failed: bool) -> Made:
    config = load()
    async with opened(config) as store:
        old = await find_run(store, name)
        how: How = "latest" if latest else "from-failed" if from_failed else "same"
        made = await start_again(store, open_blobs(config), old, how)
        await warn_without_agent(store, made.new)
        return made


async def start_again(store: Store, blobs: Blobs, old: Run, how: How) -> Made:
    """Start a run with the parameters of ``old``.

    Raises:
        BadInput: Its version is not there any more, or the live one takes other parameters.
        Refused: From what failed, and there is no such thing.
    """
    workflow = await find_workflow(store, old.workflow)
    if how == "latest":
        version = await find_version(store, workflow, workflow.live)
        _judge(blobs, version, old)
    else:
        version = await _own_version(store, workflow, old)
    new = NewRun(
        id=new_run_id(),
        workflow=old.workflow,
        version=version.version,
        params=old.params,
        policy=body_policy(version.described, workflow.settings, old.function),
        trigger=f"rerun:{old.id}",
        function=old.function,
    )
    made = Made(new, await _planned(store, old) if how == "from-failed" else None)
    if made.plan is None:
        await store.create_run(new)
    elif not await store.rerun(old.id, new, made.plan.keep, made.plan.upto):
        raise Refused(f"Run {new.id} exists already.", "Try again.")
    did = f"ran {old.id} of {old.workflow} again as {new.id}"
    await tell(store, did, new.id, "salt", "rerun", old.id, f"--{how}")
    return made


async def _own_version(store: Store, workflow: Workflow, old: Run) -> Version:
    try:
        return await find_version(store, workflow, old.version)
    except NotFound as error:
        raise NotFound(error.message, "Use --latest for the live version.") from None


def _judge(blobs: Blobs, version: Version, old: Run) -> None:
    """Refuse parameters that the new version does not take."""
    schema: dict[str, Any] = workflow_function(version.described, old.function).get("params") or {}
    try:
        check(schema, read_value(old.params, blobs))
    except BadInput as error:
        raise BadInput(
            f"The parameters of run {old.id} do not fit version {version.version}: {error.message}",
            f"Use --same, or start a run with others: salt run {old.workflow} KEY=VALUE",
            key=error.key,
        ) from None


async def _planned(store: Store, old: Run) -> Plan:
    """What a run after a failure keeps.

    Raises:
        Refused: It has not ended, or succeeded, or there is nothing to keep.
    """
    if not old.status.final:
        raise Refused(
            f"Run {old.id} has not ended: it is {old.status}.",
            f"Wait for it, or cancel it first: salt cancel {old.id}",
        )
    if old.status is RunStatus.SUCCEEDED:
        raise Refused(
            f"Run {old.id} succeeded: nothing in it failed.", "Use --same to run all of it again."
        )
    entries: list[Entry] = []
    while page := await store.journal(old.id, len(entries), _PAGE):
        # A plan asks for no values, and there may be very many.
        entries += [replace(one, value=None) if isinstance(one, Done) else one for one in page]
    found = plan(entries)
    if not found.keep:
        raise Refused(
            f"Nothing in run {old.id} had succeeded before it {past(old.status)}.",
            "Use --same or --latest to run all of it again.",
        )
    return found
