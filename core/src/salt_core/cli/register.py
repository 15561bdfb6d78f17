"""``salt register``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from salt_core.blobs import open_blobs
from salt_core.cli.output import opened, print_json, run_async, say, warn
from salt_core.config import Config, load

if TYPE_CHECKING:
    from salt_core.builders import Built
    from salt_core.model.workflow import Version


def register(
    path: Annotated[Path, typer.Argument(help="The project's folder.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Build a project when it is stale, and make the version live."""
    from salt_core.builders import build

    config = load()
    run_async(_reachable(config))
    built = build(path, config, report=warn)
    version, new, schedules = run_async(publish(built, config))
    if as_json:
        print_json(_facts(built, version, new, schedules))
        return
    say(f"{version.workflow}@{version.version}")
    known = "registered" if new else "was registered already"
    warn(f"{known}, {schedules} schedules" if schedules != 1 else f"{known}, 1 schedule")


async def publish(built: Built, config: Config) -> tuple[Version, bool, int]:
    """Upload and register a build, and put its schedules.

    Returns:
        The version, whether it is new, and how many schedules its workflow has now.
    """
    from salt_core.release import release

    async with opened(config) as store:
        return await release(store, open_blobs(config), built)


async def _reachable(config: Config) -> None:
    """Find out before a long build that there is nowhere to register it."""
    async with opened(config) as store:
        await store.ping()


def _facts(built: Built, version: Version, new: bool, schedules: int) -> dict[str, Any]:
    return {
        "workflow": version.workflow,
        "version": version.version,
        "new": new,
        "artifact": str(built.path),
        "digest": built.artifact.digest,
        "size": built.artifact.size,
        "reused": list(built.reused),
        "schedules": schedules,
        "seconds": built.seconds,
    }
