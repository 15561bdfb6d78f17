"""Debug mode (``SALT_REPLAY_CHECK=1``): each run that has returned is replayed once more and compared.

What differs shows a workflow function that is not deterministic, before an agent that dies does.
"""

from __future__ import annotations

import asyncio

from salt_agent.binaries import Binaries
from salt_agent.datafiles import DataFiles
from salt_agent.environments import Environments
from salt_agent.folders import Folders
from salt_agent.patience import Patience
from salt_agent.report import Report
from salt_agent.values import Values
from salt_core.artifacts import command
from salt_core.artifacts.replay import replay
from salt_core.artifacts.replay_verdict import Past
from salt_core.cancelling import cancel_all
from salt_core.errors import SaltError
from salt_core.model.journal import Entry
from salt_core.model.status import RunStatus
from salt_core.model.task import Assignment
from salt_core.store import RunVerbs

SAME = "same"
_AT_ONCE = 2
_PAGE = 500


class Rehearsals:
    """Replays beside the work: they hold no place, and no run waits for its own."""

    def __init__(
        self,
        store: RunVerbs,
        values: Values,
        data: DataFiles,
        patience: Patience,
        binaries: Binaries,
        environments: Environments,
        folders: Folders,
        report: Report,
    ) -> None:
        self._store = store
        self._values = values
        self._data = data
        self._patience = patience
        self._binaries = binaries
        self._environments = environments
        self._folders = folders
        self._report = report
        self._turn = asyncio.Semaphore(_AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, one: Assignment, value: str) -> None:
        """The workflow function ``one`` returned ``value`` (JSON text)."""
        task = asyncio.get_running_loop().create_task(self._rehearse(one, value))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def finish(self, within_s: float) -> None:
        """Wait for those that have begun, not longer than ``within_s``."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=within_s)
        await cancel_all(self._tasks)

    async def _rehearse(self, one: Assignment, value: str) -> None:
        run = one.token.run
        async with self._turn:
            try:
                verdict = await self._verdict(one, value)
            except (SaltError, OSError) as error:
                verdict = f"It could not be replayed: {error}"
            if verdict != SAME:
                self._report.say("replay-differs", f"run {run}: {verdict}", run=run)
            await self._patience.answered(lambda: self._store.put_replayed(run, verdict))

    async def _verdict(self, one: Assignment, value: str) -> str:
        past = Past(
            run=one.token.run,
            function=one.name,
            params=await self._values.fetch(one.input),
            created=one.created,
            status=RunStatus.SUCCEEDED,
            entries=await self._journal(one.token.run),
            value=value,
        )
        unpacked = await self._binaries.get(one.workflow, one.version)
        env = dict(await self._environments.get(one.workflow))
        folder = self._folders.make()
        files = self._data.of(folder)
        try:
            said = await replay(command(unpacked, "serve"), past, files.bring, env=env)
        finally:
            files.over(lambda: self._folders.take_back(folder))
        return SAME if said.same else said.text

    async def _journal(self, run: str) -> list[Entry]:
        entries: list[Entry] = []
        while True:
            start = len(entries)
            page = await self._patience.answered(
                lambda start=start: self._store.journal(run, start, _PAGE)  # type: ignore[misc]
            )
            entries += await self._values.fetch_entries(page)
            if len(page) < _PAGE:
                return entries
