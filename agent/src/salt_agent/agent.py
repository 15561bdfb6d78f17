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
from salt_agent.attempt import Attempt
from salt_agent.binaries import Binaries, Prepare
from salt_agent.blobaccess import AsyncBlobs
from salt_agent.bodies import BodyWork, Replays
from salt_agent.cancelling import cancel_all
from salt_agent.capacity import Capacity
from salt_agent.claimer import Claimer
from salt_agent.deadlines import Deadlines
from salt_agent.endings import Reason
from salt_agent.environments import Environments
from salt_agent.folders import Folders
from salt_agent.heartbeat import Heartbeat
from salt_agent.leases import Leases
from salt_agent.leftovers import Home, archive_leftovers
from salt_agent.memory import settle
from salt_agent.notices import Notices
from salt_agent.options import Options
from salt_agent.patience import Patience
from salt_agent.recoverer import Recoverer
from salt_agent.report import Report
from salt_agent.tasklog import Logs
from salt_agent.tasks import TaskWork
from salt_agent.values import Values
from salt_agent.warm import Warm
from salt_core import __version__
from salt_core.config import Config
from salt_core.ids import new_agent_id
from salt_core.model.agent import AgentInfo
from salt_core.model.lease import Token
from salt_core.model.task import Assignment
from salt_core.store import Notice, Renewal, Store

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
        self._replays = Replays()
        self._attempts: dict[Token, Attempt] = {}
        self._running: set[asyncio.Task[None]] = set()
        self._stopping = asyncio.Event()
        self._hurry = asyncio.Event()
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
        root = config.home / "agents"
        home = Home(root, self.id)
        parts.callback(home.close)
        config.runtime.mkdir(parents=True, exist_ok=True, mode=0o700)
        deadlines = Deadlines(home.path / "deadlines")
        parts.callback(deadlines.close)
        leases = Leases(deadlines, config.lease_s)
        blobs = AsyncBlobs(config)
        archiver = Archiver(store, blobs, patience, config.log_chunk_bytes)
        parts.push_async_callback(archiver.finish, _ARCHIVED_S)
        folders = Folders(home.path / "work")
        parts.push_async_callback(folders.settled)
        warm = Warm(
            Binaries(self._make_prepare(store, blobs)),
            Environments(store, patience),
            config.runtime,
            deadlines,
            report,
            ahead=options.slots,
        )
        parts.push_async_callback(warm.close)
        self._recoverer = Recoverer(store, patience, report, config.lease_s)
        self._heartbeat = Heartbeat(
            self._open_store, leases, self._describe, config.lease_ms, self._heartbeat_heard
        )
        self._heartbeat.start()
        parts.push_async_callback(self._heartbeat.stop)
        self._kit = runner.Kit(
            store,
            warm,
            leases,
            Values(blobs, patience),
            patience,
            folders,
            self._recoverer,
            report,
            self._heartbeat.now,
        )
        self._logs = Logs(store, patience, archiver, home.logs)
        self._claimers = [
            Claimer(
                store,
                patience,
                capacity,
                self.id,
                options.queues,
                config.lease_ms,
                self._launch,
                bodies=capacity is self._bodies,
            )
            for capacity in (self._tasks, self._bodies)
        ]
        notices = Notices(store, patience, self.id, self._noticed, self._missed)
        return [
            asyncio.ensure_future(notices.run()),
            asyncio.ensure_future(self._recoverer.run()),
            asyncio.ensure_future(archive_leftovers(root, store, archiver, patience)),
        ]

    async def _wind_down(self) -> None:
        for claimer in self._claimers:
            claimer.stop()
        self._heartbeat.now()  # say so, and wake others for what we were woken for
        for attempt in self._of_kind(body=True):
            attempt.stop(Reason.STOPPED)
        await self._until_done(self._options.drain_s, unless=self._hurry)
        for attempt in self._of_kind(body=False):
            attempt.stop(Reason.STOPPED)
        await self._until_done(_KILLED_S)
        await cancel_all(self._running)

    async def _until_done(self, within_s: float, unless: asyncio.Event | None = None) -> None:
        """Until no attempt runs, ``within_s`` is over, or ``unless`` is set."""
        hurried = asyncio.ensure_future(unless.wait()) if unless is not None else None
        end = asyncio.get_running_loop().time() + within_s
        while self._running and not (hurried is not None and hurried.done()):
            left = end - asyncio.get_running_loop().time()
            if left <= 0:
                break
            waiting = self._running | ({hurried} if hurried is not None else set())
            await asyncio.wait(waiting, timeout=left, return_when=asyncio.FIRST_COMPLETED)
        if hurried is not None:
            hurried.cancel()

    def _of_kind(self, *, body: bool) -> list[Attempt]:
        return [one for one in self._attempts.values() if one.assignment.body is body]

    def _launch(self, assignment: Assignment, sent: float) -> None:
        task = asyncio.ensure_future(self._attend(assignment, sent))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _attend(self, assignment: Assignment, sent: float) -> None:
        """Run an attempt in its place; the place passes on to what was claimed with its end."""
        body = assignment.body
        capacity = self._bodies if body else self._tasks
        claimer = self._claimers[1 if body else 0]
        kit = self._kit
        attempt = Attempt(assignment, sent, kit.leases, self._logs.begin(assignment.token))
        before = [
            one for one in self._attempts.values() if one.token.member == attempt.token.member
        ]
        self._attempts[attempt.token] = attempt
        work: runner.Work = (
            BodyWork(attempt, kit.store, kit.values, kit.patience, kit.report, self._replays)
            if body
            else TaskWork(assignment, kit.values)
        )
        claimed: list[Assignment] = []
        kit.leases.hold(attempt.token, sent)
        try:
            if self._stopping.is_set() and body:
                attempt.stop(Reason.STOPPED)
            for one in before:
                # An attempt that was lost is still being killed here: never two at once.
                await asyncio.shield(one.settled)
            following = await runner.run(kit, attempt, work, claimer.wants)
            claimed = following.assignments
            for one_more in claimed:
                self._launch(one_more, following.sent)
        except Exception as error:  # noqa: BLE001 - told, and raised at the end
            self._report.say("bug", f"{attempt.token.member}: {error!r}")
            self._error = self._error or error
            self._stopping.set()
        finally:
            kit.leases.drop(attempt.token)
            del self._attempts[attempt.token]
            attempt.settled.set_result(None)
            capacity.give_back(1 - len(claimed))

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
            state="draining" if self._stopping.is_set() else "up",
            labels=self._options.labels,
            version=__version__,
        )

    def _heartbeat_heard(self, renewal: Renewal, lost: Sequence[Token]) -> None:
        for token in lost:
            attempt = self._attempts.get(token)
            if attempt is not None:
                attempt.stop(Reason.LOST)
        self._recoverer.heartbeat(
            renewal.next_lease_in_ms, leader=renewal.leader, holding=bool(self._attempts)
        )
        if renewal.drain and not self._stopping.is_set():
            self.stop()

    def _noticed(self, notice: Notice) -> None:
        for token, attempt in list(self._attempts.items()):
            if notice.kind == "journal" and attempt.assignment.body and token.run == notice.member:
                attempt.notice()
            elif notice.kind == "cancel" and token.member == notice.member:
                attempt.stop(Reason.CANCELLED)

    def _missed(self) -> None:
        """Notices may be lost: every body looks. What was cancelled, the heartbeat finds lost."""
        for attempt in self._of_kind(body=True):
            attempt.notice()
        self._heartbeat.now()

    def _watch(self, loop: asyncio.Future[Any]) -> None:
        """A loop that breaks takes the agent down in order: half an agent is worse than none."""
        error = None if loop.cancelled() else loop.exception()
        if error is not None:
            self._report.say("bug", f"a part of the agent broke: {error!r}")
            self._error = self._error or error
            self._stopping.set()
