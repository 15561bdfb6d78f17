"""``salt init``: a project that builds and runs at once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from salt_core.cli.output import print_json, say


def init(
    path: Annotated[Path, typer.Argument(help="The new project's folder.")],
    template: Annotated[
        str,
        typer.Option(
            "--template",
            help="What to begin with: function (plain Python decides) or graph (a class, >>).",
        ),
    ] = "function",
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Make a new project that builds and runs."""
    from salt_core.project.template import make_project

    made = make_project(path, template)
    if json:
        files = [str(file.relative_to(made.folder)) for file in made.files]
        print_json({"project": str(made.folder), "workflow": made.workflow, "files": files})
        return
    say(f"Made {made.folder}:")
    for file in made.files:
        say(f"  {file.relative_to(made.folder)}")
    say("Next:")
    say(f"  salt register {path}")
    say(f"  salt run {made.workflow} --wait --logs")
