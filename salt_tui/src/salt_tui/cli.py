"""``salt ui``."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from salt_core.cli.output import say
from salt_core.config import Config, load
from salt_core.errors import BadInput

if TYPE_CHECKING:
    from salt_tui.app import SaltApp
    from salt_tui.session import Session

_HANGUP_GRACE_S = 2.0


def ui(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[PATH]...", help="Folders to build from at every save."),
    ] = None,
) -> None:
    """Open the console in this terminal; starts a backend, a host and an agent if none is there."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise BadInput(
            "The console needs a terminal for its input and output.",
            "Without one: 'salt scheduler' hosts, 'salt runs' and 'salt logs' show.",
        )
    for path in paths or ():
        if not path.is_dir():
            raise BadInput(f"There is no folder {path}.", f"Make a project with: salt init {path}")
    folders = [path.resolve() for path in paths or ()]
    code = asyncio.run(_console(load(), folders))
    if code:
        raise typer.Exit(code)


async def _console(config: Config, folders: list[Path]) -> int:
    """Run the console to its end; its exit code."""
    from salt_core.blobs import open_blobs
    from salt_core.store.redis import open_store
    from salt_tui.actions.keymap import Keymap
    from salt_tui.session import Session

    keymap = Keymap(config.ui.keys)
    store = await open_store(config, role="ui")
    logs = await open_store(config, role="ui")
    try:
        session = await Session.begin(config, store, folders)
        from salt_tui.app import SaltApp
        from salt_tui.memory import FILE_NAME, Memory
        from salt_tui.readmodel import ReadModel

        warnings = store.fitness.warnings if store.fitness else ()
        app = SaltApp(
            ReadModel(store, open_blobs(config), logs=logs),
            watched=[str(folder) for folder in folders],
            started=list(session.started),
            notice=" ".join(f"{warning.message} {warning.remedy}" for warning in warnings),
            keymap=keymap,
            memory=Memory(config.home / FILE_NAME),
            theme=config.ui.theme,
        )
        await _run(app, session)
        return app.return_code or 0
    finally:
        await store.close()
        await logs.close()


async def _run(app: SaltApp, session: Session) -> None:
    loop = asyncio.get_running_loop()
    # A hangup must end the console cleanly: ignoring it would leave it reading a dead terminal.
    loop.add_signal_handler(signal.SIGHUP, _hung_up, app)
    loop.add_signal_handler(signal.SIGTERM, app.exit)
    leaving = await app.run_async()
    if leaving == "stop":
        session.stop()
        say(f"Stopping {' and '.join(session.started)}.")
    elif leaving == "keep" and session.started:
        say(f"Left running: {' and '.join(session.started)}. 'salt ui' comes back to them.")


def _hung_up(app: SaltApp) -> None:
    """End the console; by force when it does not end by itself.

    With a hangup the kernel sends SIGCONT, on which Textual takes the terminal over once more. That
    fails half way, for the terminal is gone, and the way out then waits for a writer that never began:
    seen in every third hangup of a console without Redis.
    """
    force = threading.Timer(_HANGUP_GRACE_S, os._exit, (0,))
    force.daemon = True
    force.start()
    app.exit()
