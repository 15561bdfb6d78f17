"""Retention: forgets runs that ended long ago."""

from __future__ import annotations

from collections.abc import Callable

from salt_core.scheduler.service import Loop
from salt_core.store import HostVerbs

KEEP_S = 7 * 86_400.0
"""How long a finished run is kept when nothing else is said."""
_EVERY_S = 60.0
_LIMIT = 100


class Pruner(Loop[int]):
    """Forgets finished runs older than ``keep_s``, a few at a time."""

    name = "pruner"

    def __init__(
        self,
        store: HostVerbs,
        gate: Callable[[], bool] | None = None,
        *,
        keep_s: float = KEEP_S,
    ) -> None:
        super().__init__(gate)
        self._store = store
        self._keep_s = keep_s

    async def pass_once(self) -> int:
        return len(await self._store.prune(round(self._keep_s * 1000), _LIMIT))

    def pause_after(self, did: int) -> float:
        # As long as there is more: at once, and leaving room for others.
        return 0.05 if did else _EVERY_S

    def tell(self, did: int) -> str | None:
        return f"forgot {did} runs" if did else None
