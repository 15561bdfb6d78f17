"""``salt workflows``, ``salt versions`` and ``salt rollback``."""

from __future__ import annotations

from typing import Annotated

import typer

from salt_core.cli import deeds
from salt_core.cli.output import opened, print_json, print_table, run_async, say
from salt_core.cli.records import version_record, workflow_record
from salt_core.cli.words import size
from salt_core.clock import moment
from salt_core.config import load
from salt_core.model.workflow import Version, Workflow
from salt_core.registry import find_version, find_workflow

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


def workflows(as_json: AsJson = False) -> None:
    """List the registered workflows."""
    found = run_async(_workflows())
    if as_json:
        print_json([workflow_record(one) for one in found])
    elif not found:
        say("No workflow is registered yet. Start with: salt init PATH, then salt register PATH")
    else:
        print_table(
            ["WORKFLOW", "LIVE", "VERSIONS", "REGISTERED", "SOURCE", "NOTE"],
            [
                (one.name, one.live, one.versions, moment(one.registered), one.source, _note(one))
                for one in found
            ],
        )


def versions(
    workflow: Annotated[str, typer.Argument(help="Name of the workflow.")],
    as_json: AsJson = False,
) -> None:
    """List a workflow's versions, newest first."""
    head, found = run_async(_versions(workflow))
    if as_json:
        print_json([version_record(one, head.live) for one in found])
        return
    print_table(
        ["VERSION", "LIVE", "SIZE", "PYTHON", "PLATFORM", "REGISTERED"],
        [
            (
                one.version,
                "live" if one.version == head.live else "",
                size(one.artifact.size),
                one.artifact.python,
                one.artifact.platform,
                moment(one.registered),
            )
            for one in found
        ],
    )


def rollback(
    workflow: Annotated[str, typer.Argument(help="Name of the workflow.")],
    version: Annotated[str, typer.Argument(help="The version, or its beginning.")],
    as_json: AsJson = False,
) -> None:
    """Let new runs begin with another version; what runs stays on its own."""
    before, after = run_async(_rollback(workflow, version))
    if as_json:
        print_json({"workflow": workflow, "from": before, "version": after})
    elif before == after:
        say(f"{workflow}@{after} is live already")
    else:
        say(f"{workflow}@{after} is live; before it was {before or 'none'}")


def pause(
    workflow: Annotated[str, typer.Argument(help="Name of the workflow.")],
    as_json: AsJson = False,
) -> None:
    """Let a workflow's schedules skip their slots until it is resumed; what runs goes on."""
    _pause(workflow, True, as_json)


def resume(
    workflow: Annotated[str, typer.Argument(help="Name of the workflow.")],
    as_json: AsJson = False,
) -> None:
    """Let a paused workflow's schedules fire again, from their next slots on."""
    _pause(workflow, False, as_json)


def _pause(workflow: str, paused: bool, as_json: bool) -> None:
    changed = run_async(_paused(workflow, paused))
    word = "paused" if paused else "resumed"
    if as_json:
        print_json({"workflow": workflow, "paused": paused, "changed": changed})
    else:
        say(f"{word} {workflow}" if changed else f"{workflow} is {word} already")


async def _paused(name: str, paused: bool) -> bool:
    async with opened(load()) as store:
        head = await find_workflow(store, name)
        return await deeds.pause(store, head.name, paused)


async def _rollback(name: str, wanted: str) -> tuple[str, str]:
    """The version that was live, and the one that is now."""
    async with opened(load()) as store:
        head = await find_workflow(store, name)
        version = (await find_version(store, head, wanted)).version
        await deeds.roll_back(store, head, version)
        return head.live, version


async def _workflows() -> list[Workflow]:
    async with opened(load()) as store:
        return sorted(await store.workflows(), key=lambda one: one.name)


async def _versions(name: str) -> tuple[Workflow, list[Version]]:
    async with opened(load()) as store:
        head = await find_workflow(store, name)
        found = await store.versions(name)
        return head, sorted(found, key=lambda one: one.registered, reverse=True)


def _note(workflow: Workflow) -> str:
    if workflow.build_error:
        return f"newest build failed: {workflow.build_error}"
    return "paused" if workflow.paused else ""
