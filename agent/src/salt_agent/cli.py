"""``salt agent``: read the settings, watch the signals, run one agent."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from salt_agent.binaries import Prepare
    from salt_agent.blobaccess import AsyncBlobs
    from salt_agent.options import Options
    from salt_core.store import Store


def agent(
    queue: Annotated[
        list[str] | None, typer.Option(help="Take work of this queue; may be repeated.")
    ] = None,
    slots: Annotated[
        int | None, typer.Option(min=1, help="Tasks at once. Default: the processors, at least 2.")
    ] = None,
    label: Annotated[list[str] | None, typer.Option(help="A word about this machine.")] = None,
    bodies: Annotated[
        int,
        typer.Option(
            min=1, envvar="SALT_BODIES", help="Workflow functions at once, without a slot."
        ),
    ] = 64,
    drain: Annotated[
        str, typer.Option(help="How long running tasks may go on after SIGTERM.")
    ] = "10m",
    json: Annotated[
        bool, typer.Option("--json", help="Report in JSON, one object a line.")
    ] = False,
) -> None:
    """Run an agent: it claims tasks, runs each in a fresh process, and streams its log."""
    from salt_core.clock import parse_duration
    from salt_core.errors import BadInput
    from salt_core.ids import is_name

    queues = tuple(dict.fromkeys(queue or ["default"]))
    for name in queues:
        if not is_name(name):
            raise BadInput(
                f"{name!r} cannot be the name of a queue.",
                "Use lower-case letters, digits, dots, dashes and underscores.",
                key="--queue",
            )
    try:
        drain_s = parse_duration(drain)
    except ValueError as error:
        raise BadInput(f"--drain: {error}.", key="--drain") from error

    from salt_agent.options import Options

    options = Options(
        queues=queues,
        slots=slots or max(2, os.cpu_count() or 1),
        bodies=bodies,
        labels=tuple(label or ()),
        drain_s=drain_s,
    )
    asyncio.run(_serve(options, json_lines=json))


async def _serve(options: Options, *, json_lines: bool) -> None:
    from salt_agent.agent import Agent
    from salt_agent.fetching import preparer
    from salt_agent.hardening import allow_files, harden
    from salt_agent.report import Report
    from salt_core.config import load
    from salt_core.store.redis import RedisStore, open_store

    config = load()
    harden()

    async def open_one() -> RedisStore:
        return await open_store(config, role="agent")

    def prepare(store: Store, blobs: AsyncBlobs) -> Prepare:
        return preparer(config, store, blobs)

    one = Agent(config, options, Report(json_lines=json_lines), open_one, prepare)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
        loop.add_signal_handler(number, one.stop)
    if sys.stdin.isatty():
        loop.add_signal_handler(signal.SIGHUP, one.stop)
    else:
        # The end of an SSH session must not end the agent that was started in it.
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    allow_files(3 * (options.bodies + 10 * options.slots) + 256)
    await one.run()
