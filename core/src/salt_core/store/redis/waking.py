"""Waiting for work, notices and ends without polling: each call blocks on a connection of its own."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence

from salt_core.errors import NotFound
from salt_core.model.run import Run
from salt_core.store import Notice
from salt_core.store.redis.base import text, text_map
from salt_core.store.redis.connection import translate
from salt_core.store.redis.keys import Kind
from salt_core.store.redis.questions import QuestionPart

_NOTICES = {"j": "journal", "c": "cancel"}


class WakePart(QuestionPart):
    async def wait_ready(self, queues: Sequence[str], body: bool, timeout_s: float) -> bool:
        kind = "body" if body else "task"
        keys = [self.keys(Kind.WAKE, queue, kind) for queue in queues]
        with translate(self.url):
            return await self._blocking.bzpopmin(keys, timeout_s) is not None

    async def wait_notices(self, agent: str, timeout_s: float) -> list[Notice]:
        key = self.keys(Kind.INBOX, agent)
        with translate(self.url):
            first = await self._blocking.bzpopmin([key], timeout_s)
            if first is None:
                return []
            more = await self._redis.zpopmin(key, 1000)
        found = [text(first[1]), *(text(member) for member, _ in more)]
        return [Notice(_NOTICES[one[0]], one[2:]) for one in found]

    async def wait_run(self, run: str, timeout_s: float) -> Run:
        """Until the run has ended or ``timeout_s`` is over. Raises ``NotFound``."""
        deadline = time.monotonic() + timeout_s
        while True:
            head = await self.run(run)
            if head is None:
                raise NotFound(f"There is no run {run}.", "`salt runs` lists them.")
            left = deadline - time.monotonic()
            if head.status.final or left <= 0:
                return head
            key = self.keys(Kind.ENDED, run)
            with translate(self.url):
                # Whoever is woken puts the entry back, which wakes the next.
                await self._blocking.blmove(key, key, max(0.001, min(left, 60)))

    async def changes(self, after: str = "$") -> AsyncIterator[dict[str, str]]:
        key, last = self.keys(Kind.CHANGES), after
        while True:
            with translate(self.url):
                if last == "$":  # pinned, or what comes between two reads is missed
                    newest = await self._redis.xrevrange(key, count=1)
                    last = text(newest[0][0]) if newest else "0-0"
                found = await self._blocking.xread({key: last}, count=1000, block=60_000)
            for _, entries in found or ():
                for entry, fields in entries:
                    last = text(entry)
                    yield {"id": last, **text_map(fields)}
