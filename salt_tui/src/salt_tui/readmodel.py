"""All questions that the console asks, and what has changed since: no widget talks to the store.

The change stream names what changed, often many times a second. It is gathered into sets of ids
and handed on ten times a second at most; who shows such a thing then reads it again. When the
store is lost, the model says so once, tries again by itself, and says when everything is stale.
Knows no Textual.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import tzinfo
from typing import TYPE_CHECKING, cast

from salt_core.errors import NotFound, SaltError, Unreachable
from salt_core.model.agent import AgentInfo
from salt_core.model.deed import Deed
from salt_core.model.run import Run
from salt_core.model.schedule import Schedule
from salt_core.model.workflow import Version, Workflow
from salt_core.parameters import Schema, main_workflow
from salt_tui.changes import Changes, Link

if TYPE_CHECKING:
    from salt_core.blobs import Blobs
    from salt_core.store import Store

LOST = (SaltError, OSError)
"""What a question raises when the store does not answer."""

_FLUSH_S = 0.1
_SILENT_AFTER_MS = 60_000
_DEEDS = 100
_RETRY_FIRST_S, _RETRY_LAST_S = 0.5, 5.0


@dataclass(frozen=True, slots=True)
class Overview:
    """What the top line tells: who leads, and what the agents can take."""

    known: bool = False
    """Whether anybody has looked yet."""
    leader: str | None = None
    agents: int = 0
    busy: int = 0
    slots: int = 0


@dataclass(frozen=True, slots=True)
class WorkflowDetail:
    """What is known of one workflow beyond its line."""

    workflow: Workflow
    live: Version | None
    schedules: tuple[Schedule, ...]

    @property
    def parameters(self) -> Schema:
        """The JSON Schema of its parameters; an empty object when nothing is known."""
        found: Schema = main_workflow(self.live.described).get("params") or {} if self.live else {}
        return found


def is_silent(agent: AgentInfo, now: int) -> bool:
    """Whether an agent has not been heard of for so long that it is likely dead."""
    return now - agent.seen > _SILENT_AFTER_MS


class ReadModel:
    """The console's view of the store.

    Args:
        store: ``None``: it is connected later; until then nothing can be asked.
        logs: Where logs are read; ``None``: ``store``. A follower of a wide run waits on very many
            connections, and must not take them from everything else.
        now: Unix ms; ``None``: the store's clock, as far as it is known.
        zone: Time zone of what is shown; ``None``: this machine's.
    """

    def __init__(
        self,
        store: Store | None = None,
        blobs: Blobs | None = None,
        *,
        logs: Store | None = None,
        now: Callable[[], int] | None = None,
        zone: tzinfo | None = None,
    ) -> None:
        self._store = store
        self._blobs = blobs
        self._logs = logs
        self._connected = asyncio.Event()
        if store is not None:
            self._connected.set()
        self.zone = zone
        self._now = now
        self._skew = 0
        self._last_deed = ""
        self._pending = Changes()
        self._dirty = asyncio.Event()
        self._link = Link(True, 0)
        self._is_lost = asyncio.Event()
        self._publish: Callable[[Changes | Link], None] = lambda _: None

    def connect(self, store: Store, blobs: Blobs, *, logs: Store) -> None:
        """Give it what it asks."""
        self._store, self._blobs, self._logs = store, blobs, logs
        self._connected.set()

    async def ready(self) -> None:
        """Until it is connected."""
        await self._connected.wait()

    @property
    def connected(self) -> bool:
        return self._connected.is_set()

    @property
    def store(self) -> Store:
        if self._store is None:
            raise Unreachable("The console is not connected yet.")
        return self._store

    @property
    def blobs(self) -> Blobs:
        return cast("Blobs", self._blobs)

    @property
    def logs(self) -> Store:
        return self._logs or self.store

    def now(self) -> int:
        """Unix ms on the store's clock."""
        return self._now() if self._now else time.time_ns() // 1_000_000 + self._skew

    # -- changes ---------------------------------------------------------------------------

    async def follow(self, publish: Callable[[Changes | Link], None]) -> None:
        """Call ``publish`` with what changed and with each loss and return of the store.

        Runs until it is cancelled.
        """
        self._publish = publish
        await self.ready()
        if not self._link.up:  # somebody asked before we listened, and was not answered
            publish(self._link)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._read_changes())
            group.create_task(self._flush())
            group.create_task(self._heal())

    async def _read_changes(self) -> None:
        last = "$"
        while True:
            try:
                await self.check()
                async for change in self.store.changes(last):
                    last = change["id"]
                    self._pending = self._pending.noting(change["kind"], change["key"])
                    self._dirty.set()
            except LOST as error:
                self.lost(error)
            await asyncio.sleep(_RETRY_FIRST_S)

    async def _heal(self) -> None:
        """Look after the store whenever somebody's question was not answered, until it is."""
        while True:
            await self._is_lost.wait()
            wait = _RETRY_FIRST_S
            while not self._link.up:
                await asyncio.sleep(wait)
                wait = min(wait * 2, _RETRY_LAST_S)
                with contextlib.suppress(*LOST):
                    await self.check()

    async def _flush(self) -> None:
        while True:
            await self._dirty.wait()
            await asyncio.sleep(_FLUSH_S)
            self._dirty.clear()
            changes, self._pending = self._pending, Changes()
            self._publish(changes)

    async def check(self) -> None:
        """Ask the store whether it is there; raises what it raises."""
        clock = await self.store.ping()
        self._skew = clock - time.time_ns() // 1_000_000
        if not self._link.up:
            self._link = Link(True, self.now())
            self._is_lost.clear()
            self._publish(self._link)
            self._publish(Changes(everything=True))

    def lost(self, error: BaseException) -> None:
        """Somebody's question was not answered: tell it, once."""
        if self._link.up:
            self._link = Link(False, self.now(), str(error) or type(error).__name__)
            self._is_lost.set()
            self._publish(self._link)

    # -- questions -------------------------------------------------------------------------

    async def overview(self) -> Overview:
        leader = await self.store.leader()
        now = self.now()
        agents = [agent for agent in await self.agents() if not is_silent(agent, now)]
        busy, slots = sum(a.busy for a in agents), sum(a.slots for a in agents)
        return Overview(True, leader, len(agents), busy, slots)

    async def agents(self) -> list[AgentInfo]:
        return sorted(await self.store.agents(), key=lambda agent: (agent.host, agent.id))

    async def queue_depths(self) -> dict[str, int]:
        return await self.store.queue_depths()

    async def schedules(self) -> list[Schedule]:
        """All schedules, the next to fire first."""
        return sorted(await self.store.schedules(), key=lambda s: (s.paused, s.next_due, s.id))

    async def workflow(self, name: str) -> WorkflowDetail | None:
        found = await self.store.workflow(name)
        if found is None:
            return None
        live = await self.store.version(name, found.live) if found.live else None
        return WorkflowDetail(found, live, tuple(await self.store.schedules(name)))

    async def run(self, run: str) -> Run | None:
        return await self.store.run(run)

    async def why(self, run: Run) -> str:
        """One line: what keeps a run from getting on; empty when it is gone."""
        from salt_core.cli.whyfacts import gather
        from salt_core.why import explain

        try:
            return explain(await gather(self.store, run)).line
        except NotFound:
            return ""

    async def result(self, run: str) -> str | None:
        """The run's value as indented JSON; ``None`` while there is none."""
        text = await self.store.result(run)
        if text is None:
            return None
        from salt_core.cli.values import read_value

        value = await asyncio.to_thread(read_value, text, self.blobs)
        return json.dumps(value, indent=2, ensure_ascii=False)

    async def new_deeds(self) -> list[Deed]:
        """What people did since this was asked for last, oldest first; at first: nothing."""
        newest = await self.store.deeds(_DEEDS, after=self._last_deed)
        begun = bool(self._last_deed)
        self._last_deed = newest[0].id if newest else self._last_deed or "0-0"
        return newest[::-1] if begun else []
