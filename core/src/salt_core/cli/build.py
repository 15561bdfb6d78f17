"""``salt build``: a project into one file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from salt_core.cli.output import print_json, say, warn
from salt_core.errors import BadInput

if TYPE_CHECKING:
    from salt_core.builders import Built

_LATER = ("zip", "exe", "oci")


def build(
    path: Annotated[Path, typer.Argument(help="The project's folder.")],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Default: dist/main.pex in the project.")
    ] = None,
    format: Annotated[str, typer.Option("--format", help="Kind of artifact: pex.")] = "pex",
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Build a project, with exactly its own dependencies, into one file."""
    if format in _LATER:
        raise BadInput(f"The format {format} is not in this release.", "Use --format pex.")
    if format != "pex":
        raise BadInput(f"There is no format {format!r}.", "Use --format pex.")
    from salt_core.builders import build as build_project
    from salt_core.places import find_places

    built = build_project(path, find_places(), output, warn)
    if json:
        print_json(facts(built))
        return
    say(f"artifact  {built.path}")
    say(f"workflow  {built.workflow}")
    say(f"digest    sha256:{built.artifact.digest}")
    say(f"size      {built.artifact.size / 1e6:.1f} MB")
    say(f"python    {built.artifact.python}")
    say(f"reused    {', '.join(built.reused) or 'nothing'}")
    stages = ", ".join(f"{name} {s:.2f}" for name, s in built.seconds.items() if name != "total")
    say(f"seconds   {built.seconds['total']:.2f} ({stages})")


def facts(built: Built) -> dict[str, Any]:
    """What ``--json`` prints of a build."""
    artifact = built.artifact
    return {
        "workflow": built.workflow,
        "version": artifact.digest[:12],
        "artifact": str(built.path),
        "kind": artifact.kind,
        "digest": artifact.digest,
        "size": artifact.size,
        "python": artifact.python,
        "platform": artifact.platform,
        "parts": [{"sha256": sha256, "size": size} for sha256, size in artifact.parts],
        "reused": list(built.reused),
        "seconds": built.seconds,
        "tasks": [task["name"] for task in built.described["tasks"]],
    }
