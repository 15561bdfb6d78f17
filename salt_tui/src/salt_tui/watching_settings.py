"""A changed salt.yaml, taken without a build."""

from __future__ import annotations

import re
from pathlib import Path

from salt_core.errors import BadInput
from salt_core.ids import is_name
from salt_core.project import read_project, read_settings
from salt_core.project.pyproject import SETTINGS_FILE
from salt_core.scheduler.settings import locate, schedules_of
from salt_core.store import Store


async def apply_settings(store: Store, folder: Path, baked: tuple[str, str]) -> bool:
    """Validate the salt.yaml in ``folder`` and have the store take it.

    Args:
        baked: Workflow and entrypoint that are in the live artifact.

    Returns:
        ``False``: it names another workflow or entrypoint, which takes a build; nothing was done.

    Raises:
        BadInput: It cannot be used; what was there before stays.
        Unreachable: The store does not answer.
    """
    settings = read_settings(folder / SETTINGS_FILE)
    workflow = settings.workflow or read_project(folder).workflow
    if (workflow, settings.entrypoint or baked[1]) != baked:
        return False
    whole = settings.model_copy(update={"workflow": workflow, "entrypoint": baked[1]})
    record = whole.model_dump(mode="json")
    head = await store.workflow(workflow)
    live = await store.version(workflow, head.live) if head else None
    try:
        schedules = schedules_of(
            workflow, record, await store.ping(), described=live.described if live else None
        )
    except BadInput as error:
        raise locate(error, folder / SETTINGS_FILE) from None
    await store.put_settings(workflow, record)
    await store.put_schedules(workflow, schedules)
    return True


def name_of(folder: Path) -> str:
    """What to call a project that does not tell its name: its folder's name, made fit."""
    try:
        return read_project(folder).workflow
    except BadInput:
        name = re.sub(r"[^a-z0-9]+", "-", folder.name.lower()).strip("-")[:63]
        return name if is_name(name) else "project"
