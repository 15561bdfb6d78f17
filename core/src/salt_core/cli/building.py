"""What ``salt build`` does, and its usual forms read without Typer.

Typer takes longer to load than a build takes after a change of one line; what it is for here is
help and the words for a wrong command line.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from salt_core.cli.output import print_json, say, warn
from salt_core.errors import BadInput

if TYPE_CHECKING:
    from salt_core.builders import Built

_LATER = ("zip", "exe", "oci")


def quick(arguments: list[str]) -> bool:
    """Build, if ``arguments`` are ``PATH [-o FILE] [--json]`` in any order; else do nothing."""
    rest = list(arguments)
    as_json = "--json" in rest
    if as_json:
        rest.remove("--json")
    output = None
    for word in ("-o", "--output"):
        if word in rest[:-1]:
            at = rest.index(word)
            output = Path(rest[at + 1])
            del rest[at : at + 2]
    if len(rest) != 1 or rest[0].startswith("-"):
        return False
    run(Path(rest[0]), output, "pex", as_json)
    return True


def run(path: Path, output: Path | None, kind: str, as_json: bool) -> None:
    """Build, and print what was made."""
    if kind in _LATER:
        raise BadInput(f"The format {kind} is not in this release.", "Use --format pex.")
    if kind != "pex":
        raise BadInput(f"There is no format {kind!r}.", "Use --format pex.")
    from salt_core.builders import build
    from salt_core.places import find_places

    built = build(path, find_places(), output, warn)
    if as_json:
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
