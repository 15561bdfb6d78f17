"""The agent: its parts, wired; started, watched and stopped together."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from typing import Any

from salt_agent import runner
from salt_agent.archiver import Archiver
from salt_agent.binaries import Binaries, Prepare
from salt_agent.blobaccess import AsyncBlobs
from salt_agent.bodies import BodyKit, Replays
from salt_agent.callees import Callees
from salt_agent.capacity import Capacity
from salt_agent.claimer import Claimer
from salt_agent.crew import Crew
from salt_agent.datafiles import DataFiles
from salt_agent.deadlines import Deadlines
from salt_agent.environments import Environments
from salt_agent.folders import Folders
from salt_agent.heartbeat import Heartbeat
from salt_agent.leases import Leases
from salt_agent.leftovers import Home, agents_folder, archive_leftovers
from salt_agent.memory import settle
from salt_agent.notices import Notices
from salt_agent.options import Options
from salt_agent.patience import Patience
from salt_agent.recoverer import Recoverer
from salt_agent.rehearsals import Rehearsals
from salt_agent.report import Report
from salt_agent.tasklog import Logs
from salt_agent.usage import Usage, load, memory
from salt_agent.values import Values
from salt_agent.warm import Warm
from salt_core import __version__
from salt_core.artifacts.disk import unwritable
from salt_core.cancelling import cancel_all
from salt_core.config import Config
from salt_core.errors import SaltError
from salt_core.ids import new_agent_id
from salt_core.model.agent import AgentInfo
from salt_core.model.lease import Token
from salt_core.store import Renewal, Store, Wants

_KILLED_S = 15.0
"""How long attempts may take to be killed and given back when the agent ends."""
_ARCHIVED_S = 5.0
"""How long logs may take to be archived then; what is left is done by the next agent here."""


class Agent:
    """One agent. ``run`` is its whole life; ``stop`` asks for the end."""

    def __init__(
        self,
        config: Config,
        options: Options,
        report: Report,
        open_store: Callable[[], Awaitable[Store]],
        prepare: Callable[[Store, AsyncBlobs], Prepare],
    ) -> None:
        self.id = new_agent_id()
        self._config = config
        self._options = options
        self._report = report
        self._open_store = open_store
        self._make_prepare = prepare
        self._tasks = Capacity(options.slots)
        self._bodies = Capacity(options.bodies)
        self._stopping = asyncio.Event()
        self._hurry = asyncio.Event()
        self._usage = Usage()
        self._drained = False
        self._error: BaseException | None = None

    def stop(self) -> None:
        """Take no more work, let tasks end, then end. Called again: do not wait for the tasks."""
        if self._stopping.is_set():
            self._hurry.set()
        else:
            self._report.say("stopping", "stopping: taking no more work")
            self._stopping.set()

    async def run(self) -> None:
        """Work until ``stop``. Raises what broke a part of it, after an orderly end."""
        async with AsyncExitStack() as parts:
            loops = await self._set_up(parts)
            self._report.say(
                "up",
                f"agent {self.id} is up: {self._options.slots} slots, "
                f"queues {', '.join(self._options.queues)}",
                agent=self.id,
            )
            settle()
            for claimer in self._claimers:
                loops.append(asyncio.ensure_future(claimer.run()))
            for loop in loops:
                loop.add_done_callback(self._watch)
            await self._stopping.wait()
            await self._wind_down()
            await cancel_all(loops)
        self._report.say("down", f"agent {self.id} is down", agent=self.id)
        if self._error is not None:
            raise self._error

    async def _set_up(self, parts: AsyncExitStack) -> list[asyncio.Future[Any]]:
        """Make all parts; ``parts`` closes them in the opposite order."""
        config, options, report = self._config, self._options, self._report
        patience = Patience(config, report)
        store = await self._open_store()
        parts.push_async_callback(store.close)
        parts.push_async_callback(self._leave, store)
        root = agents_folder(config)
        try:
            home = Home(root, self.id)
        except OSError as error:
            raise unwritable(error, root) from error
        parts.callback(home.close)
        deadlines = Deadlines(home.path / "deadlines")
        parts.callback(deadlines.close)
        leases = Leases(deadlines, config.lease_s)
        blobs = AsyncBlobs(config)
        archiver = Archiver(store, blobs, patience, config.log_chunk_bytes)
        parts.push_async_callback(archiver.finish, _ARCHIVED_S)
        folders = Folders(home.path / "work")
        parts.push_async_callback(folders.settled)
        binaries = Binaries(self._make_prepare(store, blobs))
        environments = Environments(store, patience)
        warm = Warm(
            binaries,
            environments,
            home.sockets,
            deadlines,
            report,
            ahead=options.slots,
        )
        parts.push_async_callback(warm.close)
        self._recoverer = Recoverer(store, patience, report, config.lease_s)
        self._heartbeat = Heartbeat(
            self._open_store,
            leases,
            self._describe,
            config.lease_ms,
            self._heartbeat_heard,
            report,
        )
        values = Values(blobs, patience)
        data = DataFiles(blobs, patience)
        parts.callback(data.close)
        kit = runner.Kit(
            store,
            warm,
            leases,
            values,
            data,
            patience,
            folders,
            self._recoverer,
            report,
            self._heartbeat.now,
        )
        logs = Logs(store, patience, archiver, home.logs)
        rehearsals = None
        if config.replay_check:
            rehearsals = Rehearsals(
                store, values, data, patience, binaries, environments, folders, report
            )
            parts.push_async_callback(rehearsals.finish, _KILLED_S)
        body_kit = BodyKit(
            store,
            values,
            patience,
            report,
            Callees(store, patience),
            self._recoverer,
            Replays(),
            self._bodies,
            rehearsals,
        )
        self._crew = Crew(kit, body_kit, logs, self._tasks, self._wants)
        self._claimers = [
            Claimer(
                store,
                patience,
                capacity,
                self.id,
                options.queues,
                config.lease_ms,
                self._crew.launch,
                bodies=capacity is self._bodies,
            )
            for capacity in (self._tasks, self._bodies)
        ]
        self._heartbeat.start()
        parts.push_async_callback(self._heartbeat.stop)
        notices = Notices(store, patience, self.id, self._crew.noticed, self._missed)
        return [
            asyncio.ensure_future(notices.run()),
            asyncio.ensure_future(self._recoverer.run()),
            asyncio.ensure_future(archive_leftovers(root, store, archiver, patience)),
        ]

    async def _leave(self, store: Store) -> None:
        """After the last heartbeat: who asks for the agents must not be shown this one."""
        try:
            await store.leave(self.id)
        except SaltError as error:
            self._report.say(
                "left", f"the backend was not told that agent {self.id} ended: {error}"
            )

    async def _wind_down(self) -> None:
        """Workflow functions go at once, for others can replay them; tasks may end."""
        for claimer in self._claimers:
            claimer.stop()
        self._heartbeat.now()  # say so, and wake others for what we were woken for
        self._crew.give_back(bodies=True)
        await self._crew.until_done(self._options.drain_s, unless=self._hurry)
        self._crew.give_back(bodies=False)
        await self._crew.until_done(_KILLED_S)
        await self._crew.abandon()

    def _describe(self) -> AgentInfo:
        """Called by the heartbeat's thread."""
        return AgentInfo(
            id=self.id,
            host=socket.gethostname(),
            pid=os.getpid(),
            queues=self._options.queues,
            slots=self._options.slots,
            busy=self._tasks.taken,
            bodies=self._bodies.taken,
            started=0,
            seen=0,
            state="draining" if self._stopping.is_set() or self._drained else "up",
            labels=self._options.labels,
            version=__version__,
            cpu=self._usage.cpu(),
            memory=memory(),
            load=load(),
            cores=os.cpu_count() or 0,
        )

    def _heartbeat_heard(self, renewal: Renewal, lost: Sequence[Token]) -> None:
        self._crew.lost(lost)
        self._recoverer.heartbeat(
            renewal.next_lease_in_ms, leader=renewal.leader, holding=self._crew.holding
        )
        if renewal.drain != self._drained and not self._stopping.is_set():
            self._drain(renewal.drain)

    def _drain(self, on: bool) -> None:
        """Take no more work until the opposite is asked for; tasks may end."""
        self._drained = on
        does = "taking no more work" if on else "taking work again"
        self._report.say("drained" if on else "resumed", f"somebody asked for it: {does}")
        for claimer in self._claimers:
            claimer.hold(on)
        if on:
            self._crew.give_back(bodies=True)
        else:
            self._crew.take_again()
        self._heartbeat.now()

    def _missed(self) -> None:
        """Notices may be lost. What was cancelled meanwhile, the heartbeat finds lost."""
        self._crew.look_again()
        self._heartbeat.now()

    def _wants(self, body: bool) -> Wants | None:
        return self._claimers[1 if body else 0].wants()

    def _watch(self, loop: asyncio.Future[Any]) -> None:
        """A loop that breaks takes the agent down in order: half an agent is worse than none."""
        error = None if loop.cancelled() else loop.exception()
        if error is not None:
            self._report.say("bug", f"a part of the agent broke: {error!r}")
            self._error = self._error or error
            self._stopping.set()
