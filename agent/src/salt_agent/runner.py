"""Run one attempt: prepare, run, flush its log, record its end, and claim the next with it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeVar

from salt_agent.attempt import Attempt
from salt_agent.datafiles import AttemptFiles, DataFiles
from salt_agent.endings import Ending, Reason, stopped
from salt_agent.folders import Folders, Place
from salt_agent.leases import Leases
from salt_agent.patience import Patience
from salt_agent.process import Child
from salt_agent.recoverer import Recoverer
from salt_agent.report import Report
from salt_agent.started import StartFailed
from salt_agent.values import ValueRefused, Values
from salt_agent.warm import Warm
from salt_core.clock import boot_seconds
from salt_core.errors import SaltError, Unreachable
from salt_core.model.task import Assignment, Failure
from salt_core.store import Judged, Outcome, Store, Wants
from salt_core.wire.messages import Fetch, FromArtifact

T = TypeVar("T")

FROM_CACHE = "cache"
"""How an attempt began that needed no process."""
_TRY_FETCH_S = 60.0
"""How long an attempt waits for its artifact while the blob store is away; then it is given back."""


@dataclass(frozen=True, slots=True)
class Kit:
    """What every attempt is run with."""

    store: Store
    warm: Warm
    leases: Leases
    values: Values
    data: DataFiles
    patience: Patience
    folders: Folders
    recoverer: Recoverer
    report: Report
    renew_now: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Next:
    """What was claimed together with an ending, and when that was sent (CLOCK_BOOTTIME)."""

    assignments: list[Assignment]
    sent: float


class Work(Protocol):
    """What differs between a task and a workflow function."""

    async def known(self) -> Ending | None:
        """How it ends although nothing is run; asked where the policy lets values be used again."""
        ...

    async def opening(self, place: Place, env: Mapping[str, str]) -> list[bytes]:
        """The frames that give a child its work."""
        ...

    def heard(self, message: FromArtifact) -> None:
        """The child said something that is no ending."""
        ...

    def begun(self, child: Child, files: AttemptFiles) -> None:
        """The child has its work; ``files`` are its data files."""
        ...

    async def over(self) -> None:
        """The child's part is over."""
        ...

    def replayed(self, ending: Ending) -> bool:
        """Whether to give it back after this ending, for it goes on elsewhere as if nothing was."""
        ...

    def judged(self, ending: Ending) -> Judged | None:
        """What is recorded with the value that it returned."""
        ...

    def recorded(self, ending: Ending) -> None:
        """The store has the value that it returned."""
        ...


async def run(kit: Kit, attempt: Attempt, work: Work, wants: Callable[[], Wants | None]) -> Next:
    """Run ``attempt`` to its recorded end.

    Args:
        wants: What to claim when its end is recorded; ``None``: nothing.
    """
    try:
        ending = await _execute(kit, attempt, work)
        if work.replayed(ending):
            ending = Ending(Reason.STOPPED)
        await attempt.log.flush()
        following = await _record(kit, attempt, work, ending, wants)
    except BaseException:
        await attempt.log.abandon()
        raise
    attempt.log.close()
    return following


async def _execute(kit: Kit, attempt: Attempt, work: Work) -> Ending:
    policy = attempt.assignment.policy
    try:
        if policy.cache:
            known = await _unless_stopped(attempt, work.known())
            if known is not None:
                attempt.start = FROM_CACHE
                return known
        return await _in_a_child(kit, attempt, work)
    except _Stopped as early:
        return stopped(early.reason, policy)
    except StartFailed as error:
        return Ending(Reason.NOT_STARTED, failure=error.failure)
    except Unreachable as error:
        kit.report.say_seldom("unreachable", f"giving {attempt.token.member} back: {error}")
        return Ending(Reason.STOPPED)
    except ValueRefused as error:
        return Ending(Reason.NOT_STARTED, failure=error.failure())
    except (SaltError, OSError) as error:
        retryable = isinstance(error, OSError)
        failure = Failure(type(error).__name__, str(error), retryable=retryable)
        return Ending(Reason.NOT_STARTED, failure=failure)


async def _in_a_child(kit: Kit, attempt: Attempt, work: Work) -> Ending:
    place = kit.folders.place()
    files = kit.data.of(place.files)
    in_it: Child | None = None

    def heard(message: FromArtifact) -> None:
        if isinstance(message, Fetch):
            files.answer(message.data, child.send)
        else:
            work.heard(message)

    def leave(exit: object = None) -> None:
        files.over(lambda: kit.folders.leave(place))

    try:
        child, frames = await _unless_stopped(attempt, _prepare(kit, attempt, work, place))
        if not await _hold(kit, attempt, child):
            child.close()
            reason = attempt.stopped.result() if attempt.stopped.done() else Reason.LOST
            return stopped(reason, attempt.assignment.policy)
        in_it = child
        work.begun(child, files)
        ending = await attempt.conduct(child, frames, heard)
        await files.put(ending.data)
        return ending
    finally:
        await work.over()
        if in_it is None or in_it.exit.done():
            leave()
        else:
            in_it.exit.add_done_callback(leave)


async def _prepare(
    kit: Kit, attempt: Attempt, work: Work, place: Place
) -> tuple[Child, list[bytes]]:
    assignment = attempt.assignment
    token = assignment.token
    env = {
        "SALT_RUN_ID": token.run,
        "SALT_TASK": token.task,
        "SALT_ATTEMPT": str(token.attempt),
        "SALT_KEY": token.member,
    }
    frames = await work.opening(place, env)
    until = boot_seconds() + _TRY_FETCH_S
    while True:
        try:
            return await kit.warm.take(assignment.workflow, assignment.version), frames
        except Unreachable as error:
            if boot_seconds() > until:
                raise
            await kit.patience.pause(1.0, error)


class _Stopped(Exception):
    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


async def _unless_stopped(attempt: Attempt, preparing: Awaitable[T]) -> T:
    """``preparing``'s result; it is cancelled when the attempt is stopped first."""
    task = asyncio.ensure_future(preparing)
    stop = lambda _: task.cancel()
    attempt.stopped.add_done_callback(stop)
    try:
        return await task
    except asyncio.CancelledError:
        if attempt.stopped.done():
            raise _Stopped(attempt.stopped.result()) from None
        task.cancel()
        raise
    finally:
        attempt.stopped.remove_done_callback(stop)


async def _hold(kit: Kit, attempt: Attempt, child: Child) -> bool:
    """Put the deadline where the child's supervisor reads it; ``False``: it is too late to begin.

    A claim whose reply was long in coming has little time left: it is renewed before it begins.
    """
    token = attempt.token
    deadline = kit.leases.bind(token, child.cell)
    lease_s = attempt.assignment.lease_ms / 1000
    give_up = boot_seconds() + lease_s
    while deadline is not None and deadline - boot_seconds() < lease_s / 4:
        if attempt.stopped.done() or boot_seconds() > give_up:
            return False
        kit.renew_now()
        await asyncio.sleep(0.05)
        deadline = kit.leases.deadline(token)
    return deadline is not None and not attempt.stopped.done()


async def _record(
    kit: Kit, attempt: Attempt, work: Work, ending: Ending, wants: Callable[[], Wants | None]
) -> Next:
    token, policy = attempt.token, attempt.assignment.policy
    if ending.reason is Reason.RETURNED:
        try:
            value = await kit.values.keep(ending.value)
        except ValueRefused as error:
            ending = Ending(Reason.RAISED, failure=error.failure())
    failure = ending.failure or Failure("Unknown", f"It ended: {ending.reason}.")
    if ending.reason in (Reason.LOST, Reason.PARKED):
        return Next([], 0.0)
    if ending.reason is Reason.STOPPED:
        await kit.patience.answered(lambda: kit.store.release([token]))
        return Next([], 0.0)
    if ending.reason is Reason.DIVERGED:
        await kit.patience.answered(lambda: kit.store.block(token, failure, attempt.start))
        return Next([], 0.0)
    # One request for all tries: a claim whose reply was lost is answered with the same work.
    more = wants()
    sent = boot_seconds()
    if ending.reason is Reason.RETURNED:
        judged = None if attempt.start == FROM_CACHE else work.judged(ending)
        outcome, claimed = await kit.patience.answered(
            lambda: kit.store.complete(token, value, attempt.start, more, judged)
        )
        if outcome is not Outcome.STALE:
            work.recorded(ending)
    else:
        status = ending.status.value
        outcome, claimed = await kit.patience.answered(
            lambda: kit.store.fail(token, failure, status, attempt.start, more)
        )
        if outcome is not Outcome.STALE and failure.retryable and policy.retries > 0:
            kit.recoverer.retry_made(policy, token.attempt)
    if outcome is Outcome.STALE and ending.reason is not Reason.CANCELLED:
        kit.report.say("stale", f"{token.member}: another attempt has taken its place")
    return Next(claimed, sent)
