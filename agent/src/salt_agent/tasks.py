"""A task: its input and what it needs go in, one result comes out, and what checks made of it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace

from salt_agent.attempt import Attempt
from salt_agent.datafiles import AttemptFiles
from salt_agent.endings import Ending, Reason
from salt_agent.folders import Place
from salt_agent.memo import memo_key
from salt_agent.patience import Patience
from salt_agent.process import Child
from salt_agent.values import ValueRefused, Values
from salt_core.model.check import Record, verdict
from salt_core.store import Judged, RunVerbs
from salt_core.wire import messages
from salt_core.wire.messages import FromArtifact, Heartbeat


class TaskWork:
    """One attempt of a task (``runner.Work``)."""

    def __init__(
        self, attempt: Attempt, store: RunVerbs, values: Values, patience: Patience
    ) -> None:
        self._attempt = attempt
        self._store = store
        self._values = values
        self._patience = patience
        self._memo = ""
        self._heard_at = 0.0
        self._silence: asyncio.TimerHandle | None = None

    async def known(self) -> Ending | None:
        one = self._attempt.assignment
        try:
            # A large input refers to results by numbers that only its own run knows.
            text = await self._values.fetch(one.input) if one.results else one.input
        except ValueRefused:
            return None  # it is met again on the way to the process, and told there
        self._memo = key = memo_key(one.policy.cache, one.name, text, one.results)
        value = await self._patience.answered(lambda: self._store.cached(key))
        return None if value is None else Ending(Reason.RETURNED, value=value)

    async def opening(self, place: Place, env: Mapping[str, str]) -> list[bytes]:
        one = self._attempt.assignment
        frame = messages.task(
            run=one.token.run,
            task=one.token.task,
            attempt=one.token.attempt,
            name=one.name,
            input=await self._values.fetch(one.input),
            results=await self._values.fetch_all(one.results),
            key=one.token.member,
            cwd=place.cwd,
            env=env,
            files=place.files,
            history=await self._history() if one.policy.history else (),
        )
        return [frame]

    def heard(self, message: FromArtifact) -> None:
        if isinstance(message, Heartbeat):
            self._heard_at = asyncio.get_running_loop().time()

    def begun(self, child: Child, files: AttemptFiles) -> None:
        limit = self._attempt.assignment.policy.heartbeat_s
        if limit is not None:
            loop = asyncio.get_running_loop()
            self._heard_at = loop.time()
            self._silence = loop.call_later(limit, self._listen, limit)

    async def over(self) -> None:
        if self._silence is not None:
            self._silence.cancel()

    def replayed(self, ending: Ending) -> bool:
        """A task that died has failed: what it did to the world cannot be replayed."""
        return False

    def judged(self, ending: Ending) -> Judged | None:
        one = self._attempt.assignment
        if not ending.checks and not self._memo:
            return None
        return Judged(
            verdict(ending.checks),
            ending.checks,
            self._memo,
            round(one.policy.cache_s * 1000),
            (one.workflow, one.name) if ending.checks else None,
        )

    def recorded(self, ending: Ending) -> None:
        """Nothing follows."""

    def _listen(self, limit: float) -> None:
        """The end of a silence, unless a heartbeat has broken it."""
        loop = asyncio.get_running_loop()
        left = self._heard_at + limit - loop.time()
        if left <= 0:
            self._attempt.stop(Reason.SILENT)
        else:
            self._silence = loop.call_later(left, self._listen, limit)

    async def _history(self) -> list[Record]:
        one = self._attempt.assignment
        records = await self._patience.answered(
            lambda: self._store.history(one.workflow, one.name, one.policy.history)
        )
        return [await self._whole(record) for record in records]

    async def _whole(self, record: Record) -> Record:
        """With its value in place; an old value that is gone is none."""
        if record.value is None:
            return record
        try:
            return replace(record, value=await self._values.fetch(record.value))
        except ValueRefused:
            return replace(record, value=None)
