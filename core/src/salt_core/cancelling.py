"""Ending tasks of an event loop for sure."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Any

_AGAIN_S = 0.1


async def cancel_all(tasks: Collection[asyncio.Future[Any]], again_s: float = _AGAIN_S) -> None:
    """Cancel ``tasks`` and wait until all are over; their errors are of no interest any more.

    Once is not enough: before Python 3.12 ``asyncio.wait_for``, in which redis-py sends every
    command, swallows a cancellation that comes in the moment when the sending is done.

    Args:
        again_s: Pause before another cancellation; longer than the tasks' own tidying up takes.
    """
    left = {task for task in tasks if not task.done()}
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=again_s)
    await asyncio.gather(*tasks, return_exceptions=True)
