"""What a build says, told to the store in batches: all consoles show it while it goes on."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from types import TracebackType
from typing import Self

from salt_core.errors import SaltError
from salt_core.store import RegistryVerbs

log = logging.getLogger("salt.host")

_GATHER_S = 0.2
_LONGEST = 2000
"""Characters of a line that are told."""


class BuildOutput:
    """Take lines with ``add`` while it is entered. A store that is away costs the lines only."""

    def __init__(self, store: RegistryVerbs, workflow: str) -> None:
        self._store = store
        self._workflow = workflow
        self._lines: list[str] = []
        self._some = asyncio.Event()
        self._telling: asyncio.Task[None] | None = None

    def add(self, text: str) -> None:
        """Tell one or several lines."""
        log.debug(text)
        self._lines += [line[:_LONGEST] for line in text.splitlines()]
        self._some.set()

    async def __aenter__(self) -> Self:
        self._telling = asyncio.create_task(self._tell_on())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._telling is not None
        self._telling.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._telling
        await self._tell()

    async def _tell_on(self) -> None:
        while True:
            await self._some.wait()
            self._some.clear()
            await self._tell()
            await asyncio.sleep(_GATHER_S)

    async def _tell(self) -> None:
        lines, self._lines = self._lines, []
        if lines:
            with contextlib.suppress(SaltError):
                await self._store.tell_build(self._workflow, lines)
