"""What the store has to tell this agent: a journal grew, a task was cancelled. Pushed, not polled."""

from __future__ import annotations

from collections.abc import Callable

from salt_agent.patience import Patience
from salt_core.errors import Unreachable
from salt_core.store import Notice, WakeVerbs

_WAIT_S = 300.0


class Notices:
    """One loop for all that this agent holds."""

    def __init__(
        self,
        store: WakeVerbs,
        patience: Patience,
        agent: str,
        told: Callable[[Notice], None],
        missed: Callable[[], None],
    ) -> None:
        """
        Args:
            told: Gets each notice.
            missed: Called when notices may have been lost with a connection.
        """
        self._store = store
        self._patience = patience
        self._agent = agent
        self._told = told
        self._missed = missed

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                found = await self._store.wait_notices(self._agent, _WAIT_S)
            except Unreachable as error:
                await self._patience.pause(0.1, error)
                self._missed()
                continue
            for notice in found:
                self._told(notice)
