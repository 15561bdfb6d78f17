"""``salt scheduler`` and ``salt watch``."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Any

import typer

from salt_core.cli.output import print_json_line, say, warn
from salt_core.clock import parse_duration
from salt_core.config import load
from salt_core.errors import BadInput
from salt_core.scheduler.pruner import KEEP_S
from salt_tui.watching import Told


def scheduler(
    paths: Annotated[
        list[Path] | None, typer.Argument(metavar="[PATH]...", help="Folders to watch.")
    ] = None,
    keep: Annotated[
        str | None, typer.Option("--keep", help="How long finished runs are kept (default 7d).")
    ] = None,
) -> None:
    """Run a scheduler host without a screen: fire schedules, rescue lost tasks, watch folders."""
    from salt_tui.host import log_to_stderr, serve
    from salt_tui.watching import log_told

    folders = _folders(paths or [])
    try:
        keep_s = KEEP_S if keep is None else parse_duration(keep)
    except ValueError as error:
        raise BadInput(f"--keep: {error}.", key="--keep") from None
    log_to_stderr()
    asyncio.run(serve(load(), folders, tell=log_told, keep_s=keep_s))


def watch(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Folders to watch.")],
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document per line.")
    ] = False,
) -> None:
    """Build and register on every change; print one line for each."""
    folders = _folders(paths)
    asyncio.run(_watch(folders, as_json))


async def _watch(folders: list[Path], as_json: bool) -> None:
    from salt_core.store.redis import open_store
    from salt_tui.host import log_to_stderr, stop_signals
    from salt_tui.watching import Watcher

    log_to_stderr()
    config = load()
    store = await open_store(config, role="host")
    try:
        watcher = Watcher(config, store, folders, _print_json if as_json else _print)
        with stop_signals() as asked:
            watcher.start()
            if not as_json:
                say(f"Watching {', '.join(map(str, folders))}; Ctrl-C ends it.")
            await asked.wait()
            await watcher.stop()
    finally:
        await store.close()


def _folders(paths: list[Path]) -> list[Path]:
    for path in paths:
        if not path.is_dir():
            raise BadInput(f"There is no folder {path}.", f"Make a project with: salt init {path}")
    return [path.resolve() for path in paths]


def _print(told: Told) -> None:
    if told.outcome == "failed":
        warn(f"{told.workflow}  failed  {told.ms:.0f} ms  {told.error}")
    else:
        say(f"{told.workflow}  {told.version}  {told.outcome}  {told.ms:.0f} ms")


def _print_json(told: Told) -> None:
    record: dict[str, Any] = {
        "workflow": told.workflow,
        "folder": str(told.folder),
        "outcome": told.outcome,
        "version": told.version or None,
        "error": told.error or None,
        "ms": round(told.ms, 1),
        "parts": {name: round(ms, 1) for name, ms in told.parts.items()},
    }
    print_json_line(record)
