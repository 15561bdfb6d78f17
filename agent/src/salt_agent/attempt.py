"""One attempt while it runs: its child, its log, what it said, and who wants it to end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from salt_agent.endings import Ending, Reason, died, diverged, stopped
from salt_agent.leases import Leases
from salt_agent.process import Child, Exit
from salt_agent.tasklog import TaskLog
from salt_core.model.task import Assignment, Failure
from salt_core.wire.messages import Diverged, Error, Failed, FromArtifact, Result

LINGER_S = 5.0
"""How long a process may take to end after its result."""
DIE_S = 10.0
"""How long a supervisor may take to kill; its own grace is 5 s."""

Heard = Callable[[FromArtifact], None]


class Attempt:
    """One claimed attempt. ``stop`` may be called at any moment, by anyone on the loop."""

    def __init__(self, assignment: Assignment, sent: float, leases: Leases, log: TaskLog) -> None:
        loop = asyncio.get_running_loop()
        self.assignment = assignment
        self.token = assignment.token
        self.sent = sent
        """When its claim was sent, CLOCK_BOOTTIME."""
        self.log = log
        self.start = ""
        """How its process came to be."""
        self.stopped: asyncio.Future[Reason] = loop.create_future()
        self.settled: asyncio.Future[None] = loop.create_future()
        """Done when it is over and told."""
        self.notice: Callable[[], None] = lambda: None
        """A body's: its journal has grown."""
        self._leases = leases
        self._child: Child | None = None
        self._verdict: asyncio.Future[Ending] = loop.create_future()
        self._heard: Heard = lambda message: None

    def stop(self, reason: Reason) -> None:
        """End it, for ``reason``; the first reason holds, and a result that is there already."""
        if self.stopped.done() or self._verdict.done():
            return
        self.stopped.set_result(reason)
        if reason is Reason.LOST or (reason is Reason.STOPPED and self.assignment.body):
            # Another agent may have it at any moment: no grace.
            self._leases.expire(self.token)
        if self._child is not None:
            self._child.terminate()
            asyncio.get_running_loop().call_later(DIE_S, self._child.destroy)

    def parked(self) -> None:
        """The store has let go of it: its process is to end, and nothing more is written."""
        self._leases.drop(self.token)
        self._decide(Ending(Reason.PARKED))

    def give_up(self, ending: Ending) -> None:
        """The agent cannot go on with it: it ends so, whatever its process does."""
        self._decide(ending)
        if self._child is not None:
            self._child.terminate()

    async def conduct(self, child: Child, frames: list[bytes], heard: Heard) -> Ending:
        """Give ``child`` its work, and see it to its end; ``heard`` gets what is no ending."""
        loop = asyncio.get_running_loop()
        self._child, self.start, self._heard = child, child.start, heard
        # A run's timeout is the store's to keep: a workflow function has many attempts.
        limit = None if self.assignment.body else self.assignment.policy.timeout_s
        timer = loop.call_later(limit, self.stop, Reason.TIMED_OUT) if limit else None
        child.listen(self._message, self._hung_up)
        child.exit.add_done_callback(self._gone)
        self.log.attach(*child.pipes())
        for frame in frames:
            child.send(frame)
        try:
            ending = await self._verdict
            if ending.reason is Reason.PARKED:
                child.hang_up()
            await self._see_out(child)
        finally:
            if timer is not None:
                timer.cancel()
            child.close()
        if self.stopped.done():
            reason = self.stopped.result()
            if not (reason is Reason.STOPPED and ending.reason is Reason.RETURNED):
                return stopped(reason, self.assignment.policy)
        return ending

    async def _see_out(self, child: Child) -> None:
        """Until the output is whole. That the process is gone is not waited for longer."""
        whole = self.log.when_ended()
        if not whole.done():
            either: set[asyncio.Future[Any]] = {whole, child.exit}
            await asyncio.wait(either, timeout=LINGER_S, return_when=asyncio.FIRST_COMPLETED)
        if not whole.done() and not child.exit.done():
            child.terminate()
            await asyncio.wait([child.exit], timeout=DIE_S)
        if not whole.done():
            await self.log.drain()
        if not child.exit.done():
            # It closed its output or holds on to its life; the supervisor ends it in time.
            loop = asyncio.get_running_loop()
            timer = loop.call_later(LINGER_S, child.terminate)
            child.exit.add_done_callback(lambda _: timer.cancel())

    def _message(self, message: FromArtifact) -> None:
        match message:
            case Result():
                checks = tuple(one.result() for one in message.checks)
                ending = Ending(
                    Reason.RETURNED, value=message.value, checks=checks, data=message.data
                )
                self._decide(ending)
            case Error():
                self._decide(Ending(Reason.RAISED, failure=message.error.failure()))
            case Failed():
                failure = replace(message.error.failure(), retryable=False)
                self._decide(Ending(Reason.NOT_STARTED, failure=failure))
            case Diverged():
                self._decide(diverged(message))
            case _:
                if not self._verdict.done() and not self.stopped.done():
                    self._heard(message)

    def _hung_up(self, why: str) -> None:
        """The channel is closed: ``exit`` says more, unless it was we who could not read on."""
        if self._child is None or self._verdict.done():
            return
        if why:
            failure = Failure("BadMessage", why, retryable=False)
            self._decide(Ending(Reason.DIED, failure=failure))
            self._child.terminate()
        else:
            child = self._child
            asyncio.get_running_loop().call_later(LINGER_S, self._give_up_on, child)

    def _give_up_on(self, child: Child) -> None:
        """It closed its channel and lives on: no result can come any more."""
        if not self._verdict.done():
            child.terminate()
            asyncio.get_running_loop().call_later(DIE_S, self._decide, died(Exit()))

    def _gone(self, exit: asyncio.Future[Exit]) -> None:
        if self._child is not None:
            self._child.drain()
        self._decide(died(exit.result()))

    def _decide(self, ending: Ending) -> None:
        if not self._verdict.done():
            self._verdict.set_result(ending)
