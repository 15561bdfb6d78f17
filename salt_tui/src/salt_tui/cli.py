"""``salt ui``, as Typer reads it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from salt_tui.console import open_console


def ui(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[PATH]...", help="Folders to build from at every save."),
    ] = None,
) -> None:
    """Open the console in this terminal; starts a backend, a host and an agent if none is there."""
    if code := open_console(paths or []):
        raise typer.Exit(code)
