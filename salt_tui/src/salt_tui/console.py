"""The console, from its start to its end: it paints first, and connects then."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from salt_core.errors import BadInput
from salt_core.places import Places, find_places

if TYPE_CHECKING:
    from salt_core.store.redis import RedisStore
    from salt_tui.app import SaltApp
    from salt_tui.session import Session

_HANGUP_GRACE_S = 2.0


def quick(arguments: Sequence[str]) -> bool:
    """Do what ``salt ui`` does where nothing but folders is given: Typer takes its time to load."""
    if any(word.startswith("-") for word in arguments):
        return False
    if code := open_console([Path(word) for word in arguments]):
        raise SystemExit(code)
    return True


def open_console(paths: Sequence[Path]) -> int:
    """Show the console in this terminal until a person leaves it; the exit code.

    Args:
        paths: Folders to build from.

    Raises:
        BadInput: There is no terminal, no such folder, or a setting cannot be used.
        Unreachable: The store does not answer.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise BadInput(
            "The console needs a terminal for its input and output.",
            "Without one: 'salt scheduler' hosts, 'salt runs' and 'salt logs' show.",
        )
    for path in paths:
        if not path.is_dir():
            raise BadInput(f"There is no folder {path}.", f"Make a project with: salt init {path}")
    return asyncio.run(_Console([path.resolve() for path in paths], find_places()).run())


class _Console:
    def __init__(self, folders: list[Path], places: Places) -> None:
        from salt_tui.actions.keymap import Keymap
        from salt_tui.app import SaltApp
        from salt_tui.memory import FILE_NAME, Memory
        from salt_tui.readmodel import ReadModel

        settings: dict[str, Any] = _table(places, "ui")
        self._folders = folders
        self._stores: list[RedisStore] = []
        self._session: Session | None = None
        self._model = ReadModel()
        self._app: SaltApp = SaltApp(
            self._model,
            watched=[str(folder) for folder in folders],
            keymap=Keymap(_texts(settings.get("keys"))),
            memory=Memory(places.home / FILE_NAME),
            theme=str(settings.get("theme") or ""),
            connect=self._connect,
        )

    async def run(self) -> int:
        loop = asyncio.get_running_loop()
        # A hangup must end the console cleanly: ignoring it would leave it reading a dead terminal.
        loop.add_signal_handler(signal.SIGHUP, self._hung_up)
        loop.add_signal_handler(signal.SIGTERM, self._app.exit)
        try:
            leaving = await self._app.run_async()
        finally:
            for store in self._stores:
                await store.close()
        if self._app.failure is not None:
            raise self._app.failure
        if self._session is not None and self._session.started:
            self._say_what_is_left(self._session, leaving)
        return self._app.return_code or 0

    async def _connect(self) -> tuple[list[str], str]:
        """Connect the model; then start what is missing: what was started, and what to warn of."""
        for name in ("salt_core.store.redis", "salt_core.blobs", "salt_tui.session"):
            await asyncio.to_thread(import_module, name)
        from salt_core.blobs import open_blobs
        from salt_core.config import load
        from salt_core.store.redis import open_store
        from salt_tui.session import Session

        config = load()
        for _ in range(2):
            self._stores.append(await open_store(config, role="ui"))
        store, logs = self._stores
        self._model.connect(store, open_blobs(config), logs=logs)
        self._session = await Session.begin(config, store, self._folders)
        warnings = store.fitness.warnings if store.fitness else ()
        notice = " ".join(f"{warning.message} {warning.remedy}" for warning in warnings)
        return list(self._session.started), notice

    @staticmethod
    def _say_what_is_left(session: Session, leaving: str | None) -> None:
        from salt_core.cli.output import say

        started = " and ".join(session.started)
        if leaving == "stop":
            session.stop()
            say(f"Stopping {started}.")
        elif leaving == "keep":
            say(f"Left running: {started}. 'salt ui' comes back to them.")

    def _hung_up(self) -> None:
        """End the console; by force when it does not end by itself.

        With a hangup the kernel sends SIGCONT, on which Textual takes the terminal over once more.
        That fails half way, for the terminal is gone, and the way out then waits for a writer that
        never began: seen in every third hangup of a console without Redis.
        """
        force = threading.Timer(_HANGUP_GRACE_S, os._exit, (0,))
        force.daemon = True
        force.start()
        self._app.exit()


def _table(places: Places, name: str) -> dict[str, Any]:
    """A table of the settings file as it was written; ``load`` judges all of it a moment later."""
    found = places.values.get(name)
    return found if isinstance(found, dict) else {}


def _texts(found: object) -> dict[str, str]:
    return {str(k): str(v) for k, v in found.items()} if isinstance(found, dict) else {}
