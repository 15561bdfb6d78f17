"""Hears what changes in the store, so that loops sleep until there is something to do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from salt_core.model.status import FINAL_RUN, TaskStatus
from salt_core.scheduler.service import Complaints, Service
from salt_core.store import WakeVerbs

Heard = Callable[[Mapping[str, str]], None]
_AGAIN_S = 0.5
_TIMED = (TaskStatus.RUNNING, TaskStatus.RETRYING, TaskStatus.WAITING)
"""A lease, a backoff or a wait has begun, and will end."""


class Changes(Service):
    """Calls ``heard`` with each change that matters to a host; and with ``{}`` after a gap."""

    name = "changes"

    def __init__(self, store: WakeVerbs, heard: Heard) -> None:
        super().__init__()
        self._store = store
        self._heard = heard
        self._complaints = Complaints(self.name)

    async def _run(self) -> None:
        while not self.stopping:
            try:
                async for change in self._store.changes():
                    self._complaints.fine()
                    if _matters(change):
                        self._heard(change)
            except Exception as error:  # noqa: BLE001 - it listens again as long as the host lives
                self._complaints.error(error)
            await asyncio.sleep(_AGAIN_S)
            self._heard({})


def _matters(change: Mapping[str, str]) -> bool:
    kind = change.get("kind")
    if kind == "run":
        return change.get("status") in FINAL_RUN
    if kind == "task":
        return change.get("status") in _TIMED
    return kind in ("schedule", "workflow", "leader")
