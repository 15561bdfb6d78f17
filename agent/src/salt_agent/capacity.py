"""How much an agent can take: slots for tasks, and a limit of its own for workflow functions."""

from __future__ import annotations

import asyncio


class Capacity:
    """Places of one kind. A place is reserved before the claim, so a claim finds a free one."""

    def __init__(self, places: int) -> None:
        self.places = places
        self.taken = 0
        self.leaving = 0
        """Places that are about to be given back."""
        self._reserved = 0
        self._freed = asyncio.Event()

    @property
    def free(self) -> int:
        return self.places - self.taken

    @property
    def crowded(self) -> bool:
        """Whether work has every place, and none is about to be free."""
        return self.taken - self._reserved - self.leaving >= self.places

    def reserve(self) -> int:
        """Take all places that are free; how many that was."""
        self._reserved = count = self.free
        self.taken = self.places
        return count

    def use(self, count: int) -> None:
        """Keep ``count`` of the places that were reserved, and give the others back."""
        others, self._reserved = self._reserved - count, 0
        self.give_back(others)

    def give_back(self, count: int = 1) -> None:
        if count:
            self.taken -= count
            self._freed.set()

    async def wait(self) -> None:
        """Until a place is free."""
        while self.free <= 0:
            self._freed.clear()
            await self._freed.wait()
