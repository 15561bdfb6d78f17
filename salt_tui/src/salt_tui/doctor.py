"""The checks of ``salt doctor``, made where they keep nobody waiting."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from salt_core.cli.checks import Check

Doctor = Callable[[], Awaitable[list["Check"]]]


async def examined() -> list[Check]:
    """All checks, on a thread and a loop of their own: some read disks, and wait for servers."""

    def make() -> list[Check]:
        from salt_core.cli.checks import examine
        from salt_core.config import load

        return asyncio.run(examine(load()))

    return await asyncio.to_thread(make)
