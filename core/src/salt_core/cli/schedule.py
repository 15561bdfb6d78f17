"""``salt schedule list`` and ``salt schedule next``."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from salt_core.cli.output import opened, print_json, print_table, run_async, say
from salt_core.clock import from_millis, iso, moment
from salt_core.config import load
from salt_core.model.schedule import Schedule
from salt_core.model.workflow import Workflow
from salt_core.registry import find_workflow
from salt_core.scheduler.catchup import NEVER
from salt_core.scheduler.slots import upcoming, zone

app = typer.Typer(help="Show the schedules and when they fire.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


@app.command("list")
def list_schedules(
    workflow: Annotated[
        str | None, typer.Option("--workflow", help="Only of this workflow.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the schedules of all workflows, the next one first."""
    found, workflows = run_async(_schedules(workflow))
    if as_json:
        print_json([_record(one, workflows) for one in found])
    elif not found:
        say("No schedule is registered. They are written in salt.yaml, under 'schedules'.")
    else:
        print_table(
            ["SCHEDULE", "WORKFLOW", "WHEN", "ZONE", "NEXT", "LAST", "CATCHUP", "NOTE"],
            [
                (
                    one.id,
                    one.workflow,
                    when(one),
                    one.timezone,
                    moment(_next(one)),
                    moment(one.last_due),
                    one.catchup,
                    "paused" if _paused(one, workflows) else "",
                )
                for one in found
            ],
        )


@app.command("next")
def next_slots(
    workflow: Annotated[str, typer.Argument(metavar="WF", help="Name of the workflow.")],
    count: Annotated[int, typer.Option("-n", "--count", min=1, max=1000, help="How many.")] = 5,
    as_json: AsJson = False,
) -> None:
    """Show when a workflow will be started next, by all of its schedules."""
    found, workflows, now = run_async(_next_slots(workflow))
    slots = sorted(
        (due, one.id) for one in found if _next(one) for due in upcoming(one, now, count)
    )[:count]
    by_id = {one.id: one for one in found}
    if as_json:
        print_json(
            [
                {"due": iso(due), "local": _local(due, by_id[name]), "schedule": name}
                for due, name in slots
            ]
        )
        return
    if not slots:
        say(f"{workflow} has no schedule. They are written in salt.yaml, under 'schedules'.")
        return
    print_table(
        ["DUE", "LOCAL", "ZONE", "SCHEDULE"],
        [
            (moment(due), _local(due, by_id[name]), by_id[name].timezone, name)
            for due, name in slots
        ],
    )
    if any(_paused(one, workflows) for one in found):
        say(f"{workflow} is paused: these slots will be skipped.")


def when(schedule: Schedule) -> str:
    """The rule, as a person would write it: a cron line, or ``every 15m``."""
    if schedule.every_s is None:
        return schedule.cron or ""
    millis = round(schedule.every_s * 1000)
    for unit, name in ((86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1000, "s")):
        if millis % unit == 0:
            return f"every {millis // unit}{name}"
    return f"every {millis}ms"


async def _schedules(workflow: str | None) -> tuple[list[Schedule], dict[str, Workflow]]:
    async with opened(load()) as store:
        if workflow is not None:
            await find_workflow(store, workflow)
        found = await store.schedules(workflow)
        workflows = {one.name: one for one in await store.workflows()}
    return sorted(found, key=lambda one: (one.next_due, one.id)), workflows


async def _next_slots(workflow: str) -> tuple[list[Schedule], dict[str, Workflow], int]:
    async with opened(load()) as store:
        head = await find_workflow(store, workflow)
        return await store.schedules(workflow), {head.name: head}, await store.ping()


def _next(schedule: Schedule) -> int | None:
    return None if schedule.next_due >= NEVER else schedule.next_due


def _paused(schedule: Schedule, workflows: dict[str, Workflow]) -> bool:
    head = workflows.get(schedule.workflow)
    return schedule.paused or (head is not None and head.paused)


def _local(due: int, schedule: Schedule) -> str:
    return from_millis(due).astimezone(zone(schedule.timezone)).isoformat(timespec="seconds")


def _record(schedule: Schedule, workflows: dict[str, Workflow]) -> dict[str, Any]:
    return {
        "schedule": schedule.id,
        "workflow": schedule.workflow,
        "cron": schedule.cron,
        "every_s": schedule.every_s,
        "timezone": schedule.timezone,
        "params": json.loads(schedule.params),
        "next": iso(_next(schedule)),
        "last": iso(schedule.last_due),
        "catchup": schedule.catchup,
        "jitter_s": schedule.jitter_s,
        "paused": _paused(schedule, workflows),
    }
