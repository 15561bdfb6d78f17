"""A workflow function: its calls go to the store in order, its journal comes back in order.

The function's process decides; what it decided and learned is in the store. A new attempt gets the
journal first and goes on where the last one was.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass

from salt_agent.attempt import Attempt
from salt_agent.callees import Callees
from salt_agent.capacity import Capacity
from salt_agent.datafiles import AttemptFiles
from salt_agent.endings import Ending, Reason
from salt_agent.feed import Feed, JournalFull
from salt_agent.folders import Place
from salt_agent.outbox import Outbox
from salt_agent.parking import Parker
from salt_agent.patience import Patience
from salt_agent.process import Child
from salt_agent.recoverer import Recoverer
from salt_agent.rehearsals import Rehearsals
from salt_agent.report import Report
from salt_agent.values import ValueRefused, Values
from salt_core.cancelling import cancel_all
from salt_core.errors import Refused
from salt_core.model.task import Failure
from salt_core.store import Judged, RunVerbs
from salt_core.wire import messages
from salt_core.wire.messages import Calls, FromArtifact, Roll, Waiting

_REFUSED_S = 1.0
"""Pause before a replay, so that a store without memory is not asked in a tight loop."""


class Replays:
    """How often runs were replayed here because their function's process was killed."""

    _MOST = 2
    _REMEMBERED = 1000

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}

    def one_more(self, run: str) -> bool:
        """Whether ``run`` may be replayed once more: what kills it each time must fail it."""
        count = self._counts.pop(run, 0) + 1
        if count > self._MOST:
            return False
        self._counts[run] = count
        while len(self._counts) > self._REMEMBERED:
            del self._counts[next(iter(self._counts))]
        return True


@dataclass(frozen=True, slots=True)
class BodyKit:
    """What all workflow functions of an agent share."""

    store: RunVerbs
    values: Values
    patience: Patience
    report: Report
    callees: Callees
    recoverer: Recoverer
    replays: Replays
    places: Capacity
    rehearsals: Rehearsals | None
    """``None``: what has returned is not replayed once more."""


class BodyWork:
    """One attempt of a workflow function (``runner.Work``)."""

    def __init__(self, attempt: Attempt, kit: BodyKit) -> None:
        self._attempt = attempt
        self._kit = kit
        store, values, patience = kit.store, kit.values, kit.patience
        self._feed = Feed(store, values, patience, attempt.token.run, self._goes_on)
        self._outbox = Outbox(
            attempt, store, values, patience, kit.callees, kit.recoverer, self._feed
        )
        self._parker = Parker(
            attempt, store, patience, kit.places, self._feed, self._outbox, self._begin_park
        )
        self._loops: list[asyncio.Task[None]] = []
        attempt.notice = self._feed.grown.set

    async def known(self) -> Ending | None:
        return None

    async def opening(self, place: Place, env: Mapping[str, str]) -> list[bytes]:
        one = self._attempt.assignment
        params = await self._kit.values.fetch(one.input)
        # A run's first claim of all finds no journal, unless it was made with one.
        replay = one.token.attempt > 1 or one.journal > 0
        entries, more = await self._feed.first() if replay else ([], False)
        frame = messages.workflow(
            run=one.token.run,
            attempt=one.token.attempt,
            name=one.name,
            params=params,
            now=one.created,
            entries=entries,
            more=more,
            cwd=place.cwd,
            env=env,
            files=place.files,
        )
        return [frame]

    def heard(self, message: FromArtifact) -> None:
        if isinstance(message, Waiting):
            self._parker.waits(message.entries)
        elif isinstance(message, Calls | Roll):
            self._parker.goes_on()
            self._outbox.put(message)

    def begun(self, child: Child, files: AttemptFiles) -> None:
        self._begin(self._outbox.run(files))
        self._begin(self._feed.run(child))

    async def over(self) -> None:
        self._parker.stop()
        await cancel_all(self._loops)

    def replayed(self, ending: Ending) -> bool:
        """A function whose process was killed goes on from its journal, as after any other death."""
        return ending.killed and self._kit.replays.one_more(self._attempt.token.run)

    def judged(self, ending: Ending) -> Judged | None:
        """Checks are of tasks."""
        return None

    def recorded(self, ending: Ending) -> None:
        if self._kit.rehearsals is not None:
            self._kit.rehearsals.begin(self._attempt.assignment, ending.value)

    def _goes_on(self) -> None:
        self._parker.goes_on()

    def _begin_park(self, parker: Parker) -> None:
        self._begin(parker.park())

    def _begin(self, work: Coroutine[None, None, None]) -> None:
        self._loops = [loop for loop in self._loops if not loop.done()]
        self._loops.append(asyncio.get_running_loop().create_task(self._guarded(work)))

    async def _guarded(self, work: Coroutine[None, None, None]) -> None:
        """A loop's error is the attempt's, for without the loop it would wait for ever."""
        try:
            await work
        except ValueRefused as error:
            self._attempt.give_up(Ending(Reason.RAISED, failure=error.failure()))
        except JournalFull as error:
            failure = Failure("JournalFull", str(error), retryable=False)
            self._attempt.give_up(Ending(Reason.RAISED, failure=failure))
        except Refused as error:
            # The store lost its last seconds, or has no memory: a replay starts from what it has.
            self._kit.report.say("replay", f"run {self._attempt.token.run} is replayed: {error}")
            await asyncio.sleep(_REFUSED_S)
            self._attempt.stop(Reason.STOPPED)
        except Exception as error:  # noqa: BLE001 - the agent must say it and go on
            self._kit.report.say("bug", f"run {self._attempt.token.run}: {error!r}")
            self._attempt.give_up(Ending(Reason.DIED, failure=Failure("AgentError", repr(error))))
