"""Make a build live: its schedules judged, its bytes uploaded, its version registered."""

from __future__ import annotations

from salt_core.blobs import Blobs
from salt_core.builders import Built
from salt_core.errors import BadInput
from salt_core.model.workflow import Version
from salt_core.project.pyproject import SETTINGS_FILE
from salt_core.registry import Registry
from salt_core.scheduler.settings import locate, schedules_of
from salt_core.store import Store


async def release(store: Store, blobs: Blobs, built: Built) -> tuple[Version, bool, int]:
    """Register ``built`` and put its schedules; doing it again changes nothing.

    Returns:
        The version, whether it is new, and how many schedules its workflow has now.

    Raises:
        BadInput: A schedule cannot be used: nothing has been changed then.
        Unreachable: The store or the blob store does not answer.
    """
    try:
        schedules = schedules_of(
            built.workflow, built.settings, await store.ping(), described=built.described
        )
    except BadInput as error:
        raise locate(error, built.source / SETTINGS_FILE) from None
    version, new = await Registry(store, blobs).publish(
        built.path,
        built.artifact,
        workflow=built.workflow,
        described=built.described,
        settings=built.settings,
        source=str(built.source),
    )
    await store.put_schedules(built.workflow, schedules)
    return version, new, len(schedules)
