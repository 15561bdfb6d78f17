"""How an attempt ends: a reason from a closed list, and what the store is told of it."""

from __future__ import annotations

import signal
from dataclasses import dataclass
from enum import StrEnum

from salt_agent.process import Exit
from salt_core.artifacts.replay_verdict import departure
from salt_core.model.check import CheckResult
from salt_core.model.status import AttemptEnd
from salt_core.model.task import Failure, Policy
from salt_core.wire.messages import Diverged


class Reason(StrEnum):
    """Every way in which an attempt can end."""

    RETURNED = "returned"
    RAISED = "raised"
    """The user's code raised."""
    DIED = "died"
    """The process ended without a result."""
    DIVERGED = "diverged"
    """A replay asked for something else than the journal holds."""
    NOT_STARTED = "not_started"
    """There was no process that could take it: the artifact, its import, its input."""
    TIMED_OUT = "timed_out"
    SILENT = "silent"
    """It promised heartbeats, and none came."""
    CANCELLED = "cancelled"
    LOST = "lost"
    """The lease is not ours any more; nothing may be written."""
    STOPPED = "stopped"
    """The agent stops, and gives it back."""
    PARKED = "parked"
    """A workflow function that waits let go of its process; the store knows."""


@dataclass(frozen=True, slots=True)
class Ending:
    """The end of one attempt.

    Attributes:
        value: JSON text, when it returned.
        failure: What people are shown, when it did not.
        checks: What they made of the value.
        data: Data files that it made and that the value refers to.
    """

    reason: Reason
    value: str = ""
    failure: Failure | None = None
    checks: tuple[CheckResult, ...] = ()
    data: tuple[str, ...] = ()
    killed: bool = False
    """By a signal that it did not send itself for all we know: memory, an operator, its parent."""

    @property
    def status(self) -> AttemptEnd:
        """What the store writes down; only for reasons that are written down as failures."""
        return {
            Reason.TIMED_OUT: AttemptEnd.TIMED_OUT,
            Reason.SILENT: AttemptEnd.TIMED_OUT,
            Reason.CANCELLED: AttemptEnd.CANCELLED,
        }.get(self.reason, AttemptEnd.FAILED)


def died(how: Exit) -> Ending:
    """The process is gone and gave no result."""
    if how.deadline:
        return Ending(Reason.LOST)
    killed = how.parent or how.signal == signal.SIGKILL
    return Ending(Reason.DIED, failure=Failure("ProcessDied", how.sentence()), killed=killed)


def diverged(said: Diverged) -> Ending:
    """The workflow function and its journal do not fit together."""
    failure = Failure("Diverged", departure(said), retryable=False)
    return Ending(Reason.DIVERGED, failure=failure)


def stopped(reason: Reason, policy: Policy) -> Ending:
    """The agent ended it."""
    match reason:
        case Reason.TIMED_OUT:
            message = f"It ran longer than its timeout of {policy.timeout_s:g} s."
            return Ending(reason, failure=Failure("TimedOut", message))
        case Reason.SILENT:
            message = f"There was no heartbeat for {policy.heartbeat_s:g} s."
            return Ending(reason, failure=Failure("TimedOut", message))
        case Reason.CANCELLED:
            failure = Failure("Cancelled", "It was cancelled.", retryable=False)
            return Ending(reason, failure=failure)
        case _:
            return Ending(reason)
