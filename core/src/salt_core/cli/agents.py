"""``salt agents``."""

from __future__ import annotations

from typing import Annotated

import typer

from salt_core.cli.local_agent import is_gone
from salt_core.cli.output import opened, print_json, print_table, run_async, say
from salt_core.cli.records import agent_record
from salt_core.clock import duration
from salt_core.config import load
from salt_core.model.agent import AgentInfo


def agents(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """List the agents that were heard of in the last two minutes."""
    found, now = run_async(_agents())
    if as_json:
        print_json([agent_record(one) for one in found])
    elif not found:
        say("No agent is up. Start one with: salt agent")
    else:
        print_table(
            ["AGENT", "HOST", "STATE", "BUSY", "QUEUES", "LABELS", "UP", "SEEN"],
            [
                (
                    one.id,
                    one.host,
                    one.state,
                    f"{one.busy}/{one.slots}",
                    ",".join(one.queues),
                    ",".join(one.labels) or None,
                    duration(one.started, now),
                    f"{duration(one.seen, now)} ago",
                )
                for one in found
            ],
        )


async def _agents() -> tuple[list[AgentInfo], int]:
    async with opened(load()) as store:
        found = [one for one in await store.agents() if not is_gone(one)]
        return sorted(found, key=lambda one: one.id), await store.ping()
