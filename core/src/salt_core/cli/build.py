"""``salt build``: a project into one file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from salt_core.cli.building import run


def build(
    path: Annotated[Path, typer.Argument(help="The project's folder.")],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Default: dist/main.pex in the project.")
    ] = None,
    kind: Annotated[str, typer.Option("--format", help="Kind of artifact: pex.")] = "pex",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Build a project, with exactly its own dependencies, into one file."""
    run(path, output, kind, as_json)
