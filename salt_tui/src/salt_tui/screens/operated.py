"""A view from which people act on the system itself: its deeds run one at a time, and say what failed."""

from __future__ import annotations

from collections.abc import Awaitable

from textual import work

from salt_tui.readmodel import LOST
from salt_tui.screens.view import View


class OperatedView(View):
    """See the module."""

    @work(exclusive=True, group="deed", exit_on_error=False)
    async def act(self, deed: Awaitable[None]) -> None:
        """Do it; where it cannot be done, say why."""
        try:
            await deed
        except LOST as error:
            self.say(str(error), problem=True)
