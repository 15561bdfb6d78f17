"""The store: the verbs of the state machine, and the questions that people ask.

Every verb is one atomic transition (one Lua script on Redis) and may be repeated safely: a call
whose reply was lost is simply made again. Verbs about an attempt show its ``Token``; a stale one
is answered with ``Outcome.STALE`` and changes nothing. Times are Unix ms of the store's own clock.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from salt_core.model.agent import AgentInfo
from salt_core.model.call import Call
from salt_core.model.check import CheckResult, Record, Verdict
from salt_core.model.deed import Deed
from salt_core.model.journal import Entry
from salt_core.model.lease import Token
from salt_core.model.log import Chunk, LogState
from salt_core.model.query import Found, RunQuery
from salt_core.model.run import NewRun, Run, RunFilter
from salt_core.model.schedule import Schedule
from salt_core.model.task import Assignment, Failure, Task
from salt_core.model.waiting import Told, Waiting
from salt_core.model.workflow import Version, Workflow


class Outcome(StrEnum):
    """What the store made of a verb about an attempt."""

    OK = "ok"
    DUPLICATE = "duplicate"
    """This very token did it already: the first reply was lost."""
    STALE = "stale"
    """The token no longer holds the lease: stop, and write nothing more."""


class Parking(StrEnum):
    """What the store made of a workflow function that wants to let go of its process."""

    PARKED = "parked"
    GROWN = "grown"
    """Its journal has entries that it has not seen: it goes on."""
    BUSY = "busy"
    """Tasks of it are under way; it may insist."""
    STALE = "stale"


@dataclass(frozen=True, slots=True)
class Judged:
    """What checks made of a value, and what may be kept of it for others.

    Attributes:
        memo: Key under which the value may be used again; ``""``: none.
        memo_ms: For how long.
        history: Workflow and task whose history gets a record; ``None``: none.
    """

    verdict: Verdict = Verdict.VALID
    checks: tuple[CheckResult, ...] = ()
    memo: str = ""
    memo_ms: int = 0
    history: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Emitted:
    """What became of an event: whether its id was new, and how many waits it ended."""

    new: bool
    woken: int


@dataclass(frozen=True, slots=True)
class Wants:
    """What an agent can take now.

    Attributes:
        request: Fresh for every claim, and the same when one claim is tried again.
        queues: In the order to look.
        tasks: Free slots.
        bodies: Workflow functions that it may take besides.
    """

    agent: str
    request: str
    queues: tuple[str, ...]
    tasks: int
    bodies: int
    lease_ms: int


@dataclass(frozen=True, slots=True)
class Renewal:
    """The answer to a heartbeat.

    Attributes:
        lost: Members (``run/task``) whose lease is no longer ours: kill them.
        next_lease_in_ms: Until the earliest lease of any agent runs out; ``None``: there is none.
        leader: Whether a scheduler host leads (it recovers what is lost; else agents do).
        drain: Whether someone asked this agent to stop taking work.
    """

    lost: tuple[str, ...]
    next_lease_in_ms: int | None
    leader: bool
    drain: bool


@dataclass(frozen=True, slots=True)
class Recovery:
    """What one pass of recovery did; members are ``run/task``."""

    requeued: tuple[str, ...]
    failed: tuple[str, ...]
    promoted: int
    """Retries whose backoff had ended."""
    next_in_ms: int | None
    """Until the next lease or backoff ends; ``None``: nothing is due."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something an agent must look at: the journal of a body grew, or a task was cancelled."""

    kind: str
    """``journal`` (of a run, whose body it holds) or ``cancel`` (of a task that it holds)."""
    member: str
    """A run's id, or ``run/task``."""


class RunVerbs(Protocol):
    """Runs and tasks."""

    async def create_run(self, new: NewRun) -> bool:
        """Make the run and queue its body; ``False``: this id exists already. Durable on return."""
        ...

    async def push(self, body: Token, calls: Sequence[Call]) -> Outcome:
        """Journal ``calls`` in order, queue those that need nothing, begin what they wait for.

        Known numbers are skipped.
        """
        ...

    async def roll(
        self, body: Token, loop: int, seq: int, turn: int, value: str, position: int
    ) -> int | None:
        """Forget the calls ``loop + 1`` … ``seq``, all ended: the loop has ended a turn.

        ``position`` counts the entries of the journal that the body was given; returns that count
        for the journal as it is now. ``None``: the token is stale.
        """
        ...

    async def park(self, body: Token, position: int, *, force: bool = False) -> Parking:
        """Let go of a body that waits and was given ``position`` entries. What it waits for wakes it.

        Without ``force`` only one whose tasks have all ended: it waits for timers, events, people
        and other runs.
        """
        ...

    async def block(self, body: Token, failure: Failure, start: str) -> Outcome:
        """Its replay departed from its journal: it is kept as it is, for a person to decide."""
        ...

    async def claim(self, wants: Wants) -> list[Assignment]: ...

    async def complete(
        self,
        token: Token,
        value: str,
        start: str,
        wants: Wants | None = None,
        judged: Judged | None = None,
    ) -> tuple[Outcome, list[Assignment]]:
        """Record ``value`` (JSON text), release dependents, and claim again in one round trip.

        Completing a body ends its run as succeeded, and cancels what it left running.
        """
        ...

    async def cached(self, key: str) -> str | None:
        """The value that a completion kept under this memo key, if it may still be used."""
        ...

    async def history(self, workflow: str, task: str, limit: int) -> list[Record]:
        """Records of earlier values of a task, oldest first."""
        ...

    async def decide(
        self, run: str, task: str, *, accepted: bool, by: str, reason: str = "", fields: str = "{}"
    ) -> bool:
        """A person's word on an open approval, or on a quarantined value.

        ``False``: this task waits for no decision (any more).

        Args:
            task: The task's id.
            by: Who decides.
            reason: Why it is rejected.
            fields: JSON text of what an approval is given.
        """
        ...

    async def emit(self, event: str, id: str, payload: str) -> Emitted:
        """Tell an event to all who wait for it. The same id again changes nothing."""
        ...

    async def move(self, run: str, version: str) -> bool:
        """Let a run that has not ended go on with another version (or the same): it is replayed.

        ``False``: it has ended, or there is none.
        """
        ...

    async def rerun(self, old: str, new: NewRun, keep: Sequence[int], upto: int) -> bool:
        """Create ``new`` with the first ``upto`` calls of ``old``: those in ``keep`` are done already.

        The others of them are queued anew. ``False``: this id exists already.
        """
        ...

    async def put_replayed(self, run: str, verdict: str) -> None:
        """What the replay after a run's end showed."""
        ...

    async def fail(
        self,
        token: Token,
        failure: Failure,
        end: str,
        start: str,
        wants: Wants | None = None,
    ) -> tuple[Outcome, list[Assignment]]:
        """Record a failed attempt: retry after its backoff while tries are left, else fail it.

        Failing a body for good ends its run as failed.
        """
        ...

    async def release(self, tokens: Sequence[Token]) -> None:
        """Give attempts back, uncounted: the agent stops."""
        ...

    async def renew(self, agent: AgentInfo, tokens: Sequence[Token], lease_ms: int) -> Renewal:
        """One heartbeat for the agent and all that it holds."""
        ...

    async def leave(self, agent: str) -> None:
        """The agent has stopped and holds nothing: it is not listed any more."""
        ...

    async def drain(self, agent: str, on: bool) -> bool:
        """Ask an agent to take no more work, or to go on; ``False``: it is not there.

        It is told with its next heartbeat.
        """
        ...

    async def recover(self, limit: int = 500) -> Recovery:
        """Requeue what expired leases held and what has waited out its backoff. Anyone may call it."""
        ...

    async def cancel(self, run: str) -> bool:
        """Cancel the run, its tasks and the runs that it called; agents are told.

        ``False``: it had ended already.
        """
        ...

    async def journal(self, run: str, start: int, limit: int = 500) -> list[Entry]:
        """Entries from index ``start`` on, values included."""
        ...


class WakeVerbs(Protocol):
    """Waiting without polling; each waits on a connection of its own."""

    async def wait_ready(self, queues: Sequence[str], body: bool, timeout_s: float) -> bool:
        """Until something may be ready in ``queues``; ``False`` after ``timeout_s``."""
        ...

    async def wait_notices(self, agent: str, timeout_s: float) -> list[Notice]: ...

    async def wait_run(self, run: str, timeout_s: float) -> Run:
        """Until the run has ended, or ``timeout_s`` is over."""
        ...

    def changes(self, after: str = "$") -> AsyncIterator[dict[str, str]]:
        """The change stream: ``{"id", "kind": "run|task|agent|workflow|schedule|…", "key", "status"}``.

        For dashboards, which read again what changed. ``after`` is the last id seen.
        """
        ...


class LogVerbs(Protocol):
    async def append_log(self, token: Token, chunks: Sequence[Chunk]) -> int:
        """Append; a chunk that is there already is skipped. Returns the offset reached."""
        ...

    async def archived_log(self, token: Token, upto: int, archive: str, closed: bool) -> None:
        """The blob store has the log up to ``upto``: Redis may forget it, behind a live tail."""
        ...

    async def log_state(self, run: str, task: str, attempt: int) -> LogState | None: ...

    async def read_log(
        self, run: str, task: str, attempt: int, after: int, limit: int = 64, block_s: float = 0
    ) -> list[Chunk]:
        """Chunks that Redis holds beyond offset ``after``; waits up to ``block_s`` for the first."""
        ...


class HostVerbs(Protocol):
    """The scheduler host."""

    async def elect(self, host: str, ttl_ms: int) -> bool:
        """Take or keep the leader's lease. A hint: correctness is in ``fire`` and ``recover``."""
        ...

    async def resign(self, host: str) -> None: ...

    async def leader(self) -> str | None: ...

    async def put_schedules(self, workflow: str, schedules: Sequence[Schedule]) -> None:
        """Replace a workflow's schedules; one with a known id keeps its cursor."""
        ...

    async def schedules(self, workflow: str | None = None) -> list[Schedule]: ...

    async def due_schedules(self, limit: int = 100) -> tuple[list[Schedule], int | None]:
        """Those whose next slot is due, and ms until the next one after them."""
        ...

    async def fire(self, schedule: str, due: int, next_due: int, new: NewRun | None) -> bool:
        """If the cursor is at ``due``: make ``new`` (unless skipped) and move to ``next_due``.

        ``False``: someone else fired this slot. It does not wait for the disk: a store that forgets
        the run forgets the cursor's move with it, and the slot fires again under the same id.
        """
        ...

    async def prune(self, older_than_ms: int, limit: int = 100) -> list[str]:
        """Forget finished runs; their ids."""
        ...


class RegistryVerbs(Protocol):
    async def register(
        self, version: Version, settings: dict[str, Any], *, make_live: bool = True
    ) -> bool:
        """Add a version and make it live; ``False``: it was there (settings are still taken)."""
        ...

    async def put_settings(self, workflow: str, settings: dict[str, Any]) -> None:
        """Take a changed salt.yaml without a new version."""
        ...

    async def make_live(self, workflow: str, version: str) -> bool:
        """New runs use this version from now on; ``False``: there is no such version."""
        ...

    async def pause(self, workflow: str, paused: bool) -> bool | None:
        """Let the workflow's schedules skip their slots, or fire again; what runs goes on.

        ``False``: it was so already; ``None``: there is no such workflow.
        """
        ...

    async def put_build_error(self, workflow: str, source: str, error: str) -> None:
        """Remember why the newest build broke; ``""`` clears it."""
        ...

    async def workflow(self, name: str) -> Workflow | None: ...

    async def workflows(self) -> list[Workflow]: ...

    async def version(self, workflow: str, version: str) -> Version | None: ...

    async def versions(self, workflow: str) -> list[Version]: ...


class QuestionVerbs(Protocol):
    async def run(self, run: str) -> Run | None: ...

    async def runs(self, which: RunFilter) -> list[Run]: ...

    async def find_runs(self, query: RunQuery, after: tuple[int, int] | None = None) -> Found:
        """Look at a stretch of all runs, newest first, and tell those that are as asked.

        ``after`` is where the stretch before it said to go on.
        """
        ...

    async def read_runs(self, ids: Sequence[str]) -> list[Run]:
        """Those of ``ids`` that are still there, in the same order."""
        ...

    async def recent_runs(self, workflows: Sequence[str], limit: int) -> dict[str, list[Run]]:
        """The last runs of each of these workflows, newest first."""
        ...

    async def tasks(self, run: str, offset: int = 0, limit: int = 1000) -> list[Task]:
        """Of one run, in program order; the body is task ``0``."""
        ...

    async def result(self, run: str) -> str | None:
        """JSON text of the run's value; ``None`` while there is none."""
        ...

    async def values(self, run: str, offset: int = 0, limit: int = 1000) -> dict[str, str]:
        """JSON text of the values of the same tasks, by id; those without one are absent."""
        ...

    async def task(self, run: str, task: str) -> Task | None: ...

    async def input(self, run: str, task: str) -> str | None:
        """JSON text of what a call was given (see ``model.call``); ``None``: nothing is known."""
        ...

    async def limit_holders(self, name: str) -> tuple[str, ...]:
        """Members (``run/task``) that hold a limit now."""
        ...

    async def undecided(self, limit: int = 1000) -> list[Waiting]:
        """Open approvals and quarantined values of all runs: the longest open first."""
        ...

    async def listening(self, limit: int = 1000) -> list[Waiting]:
        """Waits for events, of all runs: the longest open first."""
        ...

    async def told(self, limit: int = 200) -> list[Told]:
        """The last events of all names, newest first."""
        ...

    async def payload(self, told: Told) -> str | None:
        """The whole payload of an event (JSON text); ``None``: it is forgotten."""
        ...

    async def agents(self) -> list[AgentInfo]: ...

    async def queue_depths(self) -> dict[str, int]: ...

    async def ping(self) -> int:
        """The store's clock, Unix ms."""
        ...

    async def close(self) -> None: ...


class DeedVerbs(Protocol):
    """Who did what."""

    async def tell_deed(self, deed: Deed) -> None:
        """Tell all who look on what a person did; its moment and id are the store's to give."""
        ...

    async def deeds(self, limit: int = 100, after: str = "") -> list[Deed]:
        """The last deeds, newest first; those after the one with the id ``after``."""
        ...


class Store(
    RunVerbs, WakeVerbs, LogVerbs, HostVerbs, RegistryVerbs, QuestionVerbs, DeedVerbs, Protocol
):
    """All of it; ``salt_core.store.redis.RedisStore`` is the implementation."""
