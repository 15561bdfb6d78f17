"""What a slot does when runs of its workflow are still going: ``concurrency`` of salt.yaml.

``runs`` (default 1) is how many may go on at once when a slot is due; runs made by hand count, and
are not held back themselves. ``on_overlap`` says what a slot does that would be one too many:

    queue           waits until there is room; what became due meanwhile is ``catchup``'s to decide
    skip            is skipped
    cancel-running  cancels the oldest until there is room, then fires
    allow           fires

Without ``concurrency`` every slot fires.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from salt_core.model.run import Run, RunFilter
from salt_core.model.status import RunStatus
from salt_core.store import QuestionVerbs

_GOING = (RunStatus.QUEUED, RunStatus.RUNNING, RunStatus.WAITING)


@dataclass(frozen=True, slots=True)
class Overlap:
    """The rule of one workflow."""

    runs: int = 1
    on_overlap: str = "allow"

    @classmethod
    def of(cls, settings: dict[str, Any]) -> Overlap:
        """The rule in a workflow's settings."""
        given = settings.get("concurrency")
        if not given:
            return cls()
        return cls(int(given.get("runs") or 1), str(given.get("on_overlap") or "queue"))

    async def in_the_way(self, store: QuestionVerbs, workflow: str) -> list[Run]:
        """The oldest runs that would have to end before another may start; empty: none."""
        if self.on_overlap == "allow":
            return []
        going: list[Run] = []
        for status in _GOING:
            going += await store.runs(RunFilter(workflow, status, limit=1000))
        going.sort(key=lambda run: run.created)
        return going[: max(0, len(going) - self.runs + 1)]
