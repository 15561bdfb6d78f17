"""A run's journal on its way from the store to the process of its workflow function, in order."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from salt_agent.patience import Patience
from salt_agent.process import Child
from salt_agent.values import Values
from salt_core.errors import SaltError
from salt_core.model.journal import Called, Done, Entry
from salt_core.store import RunVerbs
from salt_core.wire import messages

LONGEST_JOURNAL = 200_000
"""Entries; a replay goes through all of them."""
_PAGE = 500


class JournalFull(SaltError):
    """A journal has grown over its ceiling: its run fails with this sentence."""

    def __init__(self) -> None:
        super().__init__(
            f"The run's journal has more than {LONGEST_JOURNAL:,} entries, the most that one may have.",
            "Write a long cycle as `for turn in loop(start):`, which forgets the calls of each turn.",
        )


class Feed:
    """What one process was given of the journal.

    Attributes:
        position: Entries of the journal, as it is now, that the process was given.
        sent: Entries that it was given in all; more than ``position`` once a loop has turned.
        last_call: The newest call that the process was told of.
        lock: Held by whoever reads the journal, or changes what is in it already.
    """

    def __init__(
        self,
        store: RunVerbs,
        values: Values,
        patience: Patience,
        run: str,
        given: Callable[[], None],
    ) -> None:
        """``given`` is called when a result has been sent: the function goes on."""
        self.position = 0
        self.sent = 0
        self.last_call = 0
        self.lock = asyncio.Lock()
        self.grown = asyncio.Event()
        self._store = store
        self._values = values
        self._patience = patience
        self._run = run
        self._given = given
        self._more = False

    async def first(self) -> tuple[list[Entry], bool]:
        """The beginning, and whether there is more that must come before the function starts."""
        entries, self._more = await self._next()
        return entries, self._more

    def room_for(self, call: int) -> None:
        """Raises ``JournalFull`` when the journal, with all calls up to ``call``, is too long."""
        if self.position + max(0, call - self.last_call) > LONGEST_JOURNAL:
            raise JournalFull

    async def run(self, child: Child) -> None:
        """Give ``child`` the rest, and what comes, until cancelled."""
        while self._more:
            await child.written()
            async with self.lock:
                entries, self._more = await self._next()
                child.send(messages.journal(entries, more=self._more))
        while True:
            await self.grown.wait()
            self.grown.clear()
            async with self.lock:
                full = True
                while full:
                    entries, full = await self._next()
                    if entries:
                        child.send(messages.journal(entries, more=False))
                        if not all(isinstance(entry, Called) for entry in entries):
                            self._given()

    async def _next(self) -> tuple[list[Entry], bool]:
        """A page behind what was read, with large values in place; whether it was a full one."""
        page = await self._patience.answered(
            lambda: self._store.journal(self._run, self.position, _PAGE)
        )
        self.position += len(page)
        self.sent += len(page)
        for entry in page:
            if not isinstance(entry, Done):
                self.last_call = max(self.last_call, entry.seq)
        self.room_for(self.last_call)
        return await self._values.fetch_entries(page), len(page) == _PAGE
