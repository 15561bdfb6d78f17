"""The attempts that an agent runs now: begun, told what concerns them, stopped, awaited."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from salt_agent import runner
from salt_agent.attempt import Attempt
from salt_agent.bodies import BodyKit, BodyWork
from salt_agent.capacity import Capacity
from salt_agent.endings import Reason
from salt_agent.tasklog import Logs
from salt_agent.tasks import TaskWork
from salt_core.cancelling import cancel_all
from salt_core.model.lease import Token
from salt_core.model.task import Assignment, Failure
from salt_core.store import Notice, Wants


class Crew:
    """Each attempt has a place that was reserved for it; what is claimed at its end inherits it."""

    def __init__(
        self,
        kit: runner.Kit,
        body_kit: BodyKit,
        logs: Logs,
        tasks: Capacity,
        wants: Callable[[bool], Wants | None],
    ) -> None:
        """
        Args:
            wants: What to claim when an attempt ends in its place; ``True``: a workflow function.
        """
        self._kit = kit
        self._body_kit = body_kit
        self._logs = logs
        self._tasks = tasks
        self._wants = wants
        self._attempts: dict[Token, Attempt] = {}
        self._running: set[asyncio.Task[None]] = set()
        self._unwanted: set[bool] = set()

    @property
    def holding(self) -> bool:
        return bool(self._attempts)

    def launch(self, assignment: Assignment, sent: float) -> None:
        """Begin an attempt whose claim was sent at ``sent`` (CLOCK_BOOTTIME)."""
        task = asyncio.ensure_future(self._attend(assignment, sent))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    def noticed(self, notice: Notice) -> None:
        """The store told something."""
        for token, attempt in list(self._attempts.items()):
            if notice.kind == "journal" and attempt.assignment.body and token.run == notice.member:
                attempt.notice()
            elif notice.kind == "cancel" and token.member == notice.member:
                attempt.stop(Reason.CANCELLED)

    def look_again(self) -> None:
        """Notices may be lost: every workflow function looks at its journal."""
        for attempt in self._of_kind(body=True):
            attempt.notice()

    def lost(self, tokens: Sequence[Token]) -> None:
        """These are not ours any more."""
        for token in tokens:
            attempt = self._attempts.get(token)
            if attempt is not None:
                attempt.stop(Reason.LOST)

    def give_back(self, *, bodies: bool) -> None:
        """Stop the workflow functions, or the tasks, so that others can take them.

        Also those that a claim brings that is on its way.
        """
        self._unwanted.add(bodies)
        for attempt in self._of_kind(body=bodies):
            attempt.stop(Reason.STOPPED)

    def take_again(self) -> None:
        """Workflow functions may come again: nobody stops any more."""
        self._unwanted.discard(True)

    async def until_done(self, within_s: float, unless: asyncio.Event | None = None) -> None:
        """Until no attempt runs, ``within_s`` is over, or ``unless`` is set."""
        hurried = asyncio.ensure_future(unless.wait()) if unless is not None else None
        end = asyncio.get_running_loop().time() + within_s
        while self._running and not (hurried is not None and hurried.done()):
            left = end - asyncio.get_running_loop().time()
            if left <= 0:
                break
            waiting = {*self._running, *([hurried] if hurried is not None else [])}
            await asyncio.wait(waiting, timeout=left, return_when=asyncio.FIRST_COMPLETED)
        if hurried is not None:
            hurried.cancel()

    async def abandon(self) -> None:
        """Leave what still runs: its lease will end."""
        await cancel_all(self._running)

    def _of_kind(self, *, body: bool) -> list[Attempt]:
        return [one for one in self._attempts.values() if one.assignment.body is body]

    async def _attend(self, assignment: Assignment, sent: float) -> None:
        body, token, kit = assignment.body, assignment.token, self._kit
        attempt = Attempt(assignment, sent, kit.leases, self._logs.begin(token))
        before = [one for one in self._attempts.values() if one.token.member == token.member]
        self._attempts[token] = attempt
        work: runner.Work = (
            BodyWork(attempt, self._body_kit)
            if body
            else TaskWork(attempt, kit.store, kit.values, kit.patience)
        )
        claimed: list[Assignment] = []
        kit.leases.hold(token, sent)
        try:
            if body in self._unwanted:
                attempt.stop(Reason.STOPPED)
            for one in before:
                # An attempt that was lost is still being killed here: never two at once.
                await asyncio.shield(one.settled)
            following = await runner.run(kit, attempt, work, lambda: self._wants(body))
            claimed = following.assignments
            for one_more in claimed:
                self.launch(one_more, following.sent)
        except (Exception, asyncio.CancelledError) as error:
            me = asyncio.current_task()
            if me is not None and me.cancelling():
                raise
            # One attempt's trouble is not the agent's; nor is a cancellation that nobody asked for.
            kit.report.say("bug", f"{token.member}: {error!r}")
            failure = Failure("AgentError", f"The agent could not run it: {error!r}")
            await kit.patience.answered(
                lambda: kit.store.fail(token, failure, "failed", attempt.start)
            )
        finally:
            kit.leases.drop(token)
            del self._attempts[token]
            attempt.settled.set_result(None)
            (self._body_kit.places if body else self._tasks).give_back(1 - len(claimed))
