"""From facts to one line.

Each link of the chain (a run, its call, the run that the call made …) is a subject and what holds of
it. Every status has its words; none is left to chance.
"""

from __future__ import annotations

from dataclasses import dataclass

from salt_core.clock import duration, moment
from salt_core.ids import BODY
from salt_core.model.status import AttemptEnd, RunStatus, TaskStatus
from salt_core.model.task import Failure, Limit, Task
from salt_core.why.deciding import commands
from salt_core.why.facts import Facts
from salt_core.why.waiting import of_wait

_DEEPEST = 30
_NAMED = 3
_SILENT_MS = 60_000


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something is where it is.

    Attributes:
        line: One sentence for a person.
        commands: What they may type about it; often nothing.
    """

    line: str
    commands: tuple[str, ...] = ()


def explain(facts: Facts) -> Reason:
    """One true line about the task, or about the run when the task is its body."""
    clauses: list[str] = []
    link: Facts | None = facts
    last = facts
    while link is not None and len(clauses) < _DEEPEST:
        clauses.append(f"{_subject(link, facts)} {_predicate(link)}")
        last, link = link, link.beneath
    return Reason(_sentence("; ".join(clauses)), commands(last.run, last.task))


def _sentence(text: str) -> str:
    line = " ".join(text.split()).rstrip(".")
    return f"{line[0].upper()}{line[1:]}."


def _subject(link: Facts, asked: Facts) -> str:
    if link.task.id == BODY:
        return f"run {link.run.id}"
    of = "" if link.run.id == asked.run.id else f" of run {link.run.id}"
    return f"call {_named(link.task)}{of}"


def _named(task: Task) -> str:
    return f"{task.id} ({task.name})"


def _predicate(facts: Facts) -> str:
    task, run = facts.task, facts.run
    if run.status.final and task.id != BODY and not task.status.final:
        return f"is {task.status}, and about to be cancelled: its run {past(run.status)}"
    match task.status:
        case TaskStatus.BLOCKED:
            return _diverged(task) if task.id == BODY else _blocked(facts)
        case TaskStatus.QUEUED:
            return _queued(facts)
        case TaskStatus.RUNNING:
            return _running(facts)
        case TaskStatus.RETRYING:
            return _retrying(facts)
        case TaskStatus.WAITING:
            return _parked(facts) if task.id == BODY else of_wait(task, facts.run, facts.now)
        case TaskStatus.INVALID:
            return _invalid(task)
        case TaskStatus.SUCCEEDED:
            return _succeeded(task)
        case TaskStatus.FAILED:
            return f"failed{_at(task)}{_after_tries(task)} with {_error(task.error or run.error)}"
        case TaskStatus.CANCELLED:
            return f"was cancelled{_at(task)}"


def _diverged(task: Task) -> str:
    return (
        "is blocked, for its replay departed from its journal: "
        f"{task.error.message.rstrip('.') if task.error else 'the code has changed'}; let it go on "
        "with another version, or cancel it"
    )


def _blocked(facts: Facts) -> str:
    if facts.waits_count == 0:
        return "is about to be queued: all that it needs has ended"
    return f"needs {_listed(facts)}"


def _listed(facts: Facts) -> str:
    """How many calls are waited for, and some by number, name and status."""
    some = [f"{_named(one)} is {_state(one)}" for one in facts.waits[:_NAMED]]
    count = facts.waits_count
    calls = "1 call that has" if count == 1 else f"{count:,} calls that have"
    more = ", …" if count > len(some) else ""
    told = count == 1 and facts.beneath is not None
    named = "" if told or not some else f": {', '.join(some)}{more}"
    return f"{calls} not ended{named}"


def _state(task: Task) -> str:
    return "quarantined" if task.quarantined else str(task.status)


def _queued(facts: Facts) -> str:
    task, queue = facts.task, facts.task.policy.queue
    lead = "is queued"
    if task.attempts and task.attempts[-1].status is AttemptEnd.LOST:
        lead = f"was lost with agent {task.attempts[-1].agent} and is queued again"
    if task.held:
        return f"{lead} and waits for the limit {_limit(facts)}"
    serving = [one for one in facts.agents if queue in one.queues]
    up = [one for one in serving if one.state == "up"]
    if not serving:
        return f"{lead}, and no agent that is up takes the queue {queue!r}"
    if not up:
        return f"{lead}, and every agent of the queue {queue!r} is draining"
    others = f" with {facts.ready:,} more" if facts.ready else ""
    if task.id == BODY:
        return f"{lead} in {queue!r}{others} until an agent takes it"
    busy, slots = sum(one.busy for one in up), sum(one.slots for one in up)
    if busy >= slots:
        return f"{lead} in {queue!r}{others}, where all slots are busy ({busy} of {slots})"
    return f"{lead} in {queue!r}{others}, where {slots - busy} of {slots} slots are free"


def _limit(facts: Facts) -> str:
    name = facts.task.held
    limit = next((one for one in facts.task.policy.limits if one.name == name), Limit(name))
    bound = f"{name!r}"
    if limit.at_once is not None:
        bound += f" ({limit.at_once} at once)"
    if facts.holders:
        some = ", ".join(facts.holders[:_NAMED])
        more = f" and {len(facts.holders) - _NAMED} more" if len(facts.holders) > _NAMED else ""
        return f"{bound}, held by {some}{more}"
    if limit.rate is not None:
        return f"{name!r}, which lets {limit.rate[0]} start in {limit.rate[1]:g} s"
    return f"{bound}, which has room again: it is taken next"


def _running(facts: Facts) -> str:
    task = facts.task
    attempt = task.attempts[-1] if task.attempts else None
    where = f" on agent {attempt.agent}" if attempt else " on an agent"
    since = f" since {moment(attempt.started)}" if attempt else ""
    text = f"runs{where}{since}{_which_try(task)}"
    agent = next((one for one in facts.agents if attempt and one.id == attempt.agent), None)
    if attempt and (agent is None or facts.now - agent.seen > _SILENT_MS):
        silent = f"was not heard of for {duration(agent.seen, facts.now)}" if agent else "is gone"
        return f"{text}, which {silent}: when its lease is over, another takes it"
    if facts.waits_count:
        return f"{text}, and has {_listed(facts)}"
    return text


def _which_try(task: Task) -> str:
    tries = task.policy.retries + 1
    if task.id == BODY or (tries == 1 and len(task.attempts) < 2):
        return ""
    return f", try {len(task.attempts)} of {max(tries, len(task.attempts))}"


def _retrying(facts: Facts) -> str:
    task = facts.task
    if task.due is None:
        again = "is tried again after its backoff"
    elif task.due > facts.now:
        again = f"is tried again at {moment(task.due)} (in {duration(facts.now, task.due)})"
    else:
        again = f"is due to be tried again since {moment(task.due)}"
    tried = len(task.attempts)
    error = task.error or next((a.error for a in reversed(task.attempts) if a.error), None)
    return f"{again}, after try {tried} failed with {_error(error)}"


def _parked(facts: Facts) -> str:
    if not facts.waits_count:
        return "waits without a process: what it waited for has come, and it is queued next"
    return f"waits without a process, and has {_listed(facts)}"


def _invalid(task: Task) -> str:
    failed = [
        f"check {one.name}{f' ({one.message})' if one.message else ''}"
        for one in task.checks
        if not one.passed and one.severity != "warn"
    ]
    why = f"{', '.join(failed)} did not pass" if failed else _error(task.error)
    if task.quarantined:
        return f"is quarantined until a person decides: {why}"
    return f"is invalid{_at(task)}: {why}"


def _succeeded(task: Task) -> str:
    if task.kind == "loop":
        turns = "1 turn" if task.turn == 1 else f"{task.turn:,} turns"
        return f"is a rolling loop that has ended {turns}"
    return f"succeeded{_at(task)}{_after_tries(task)}"


def past(status: RunStatus) -> str:
    """What became of a run: ``succeeded``, ``failed``, ``was cancelled``."""
    return "was cancelled" if status is RunStatus.CANCELLED else str(status)


def _at(task: Task) -> str:
    return f" at {moment(task.finished)}" if task.finished else ""


def _after_tries(task: Task) -> str:
    count = sum(1 for one in task.attempts if one.status is not AttemptEnd.PARKED)
    return f" on try {count}" if count > 1 and task.id != BODY else ""


def _error(failure: Failure | None) -> str:
    if failure is None:
        return "an error that was not kept"
    message = " ".join(failure.message.split()).rstrip(".")
    return f"{failure.type}: {message}" if message else failure.type
