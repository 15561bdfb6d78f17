"""``salt drain`` and ``salt undrain``."""

from __future__ import annotations

from typing import Annotated

import typer

from salt_core.cli import deeds
from salt_core.cli.output import opened, print_json, run_async, say
from salt_core.config import load
from salt_core.errors import BadInput, NotFound
from salt_core.store import Store

AgentArgument = Annotated[str, typer.Argument(help="Id of the agent, or its beginning.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


def drain(agent: AgentArgument, as_json: AsJson = False) -> None:
    """Let an agent take no more work; its tasks end, and it stays up until it is stopped."""
    _drain(agent, True, as_json)


def undrain(agent: AgentArgument, as_json: AsJson = False) -> None:
    """Let a drained agent take work again."""
    _drain(agent, False, as_json)


def _drain(agent: str, on: bool, as_json: bool) -> None:
    name = run_async(_asked(agent, on))
    if as_json:
        print_json({"agent": name, "drain": on})
    else:
        say(f"{name} takes {'no more work' if on else 'work again'} from its next heartbeat on")


async def _asked(agent: str, on: bool) -> str:
    async with opened(load()) as store:
        name = await _find(store, agent)
        await deeds.drain(store, name, on)
        return name


async def _find(store: Store, wanted: str) -> str:
    names = [one.id for one in await store.agents()]
    found = [wanted] if wanted in names else [one for one in names if one.startswith(wanted)]
    if len(found) == 1:
        return found[0]
    if found and wanted:
        raise BadInput(f"{len(found)} agents begin with {wanted!r}.", "Type more of the id.")
    raise NotFound(f"There is no agent {wanted!r}.", "'salt agents' lists them.")
