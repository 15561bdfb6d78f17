"""A workflow function: its calls go to the store in order, its journal comes back in order.

The function's process decides; what it decided and learned is in the store. A new attempt gets the
whole journal first and goes on where the last one was.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from dataclasses import replace

from salt_agent.attempt import Attempt
from salt_agent.endings import Ending, Reason
from salt_agent.patience import Patience
from salt_agent.process import Child
from salt_agent.report import Report
from salt_agent.values import ValueRefused, Values
from salt_core.cancelling import cancel_all
from salt_core.errors import Refused
from salt_core.model.call import Call
from salt_core.model.journal import Entry
from salt_core.model.task import Failure, Policy
from salt_core.store import Outcome, RunVerbs
from salt_core.wire import messages
from salt_core.wire.messages import Calls, FromArtifact

_PAGE = 500
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


class BodyWork:
    """One attempt of a workflow function (``runner.Work``)."""

    def __init__(
        self,
        attempt: Attempt,
        store: RunVerbs,
        values: Values,
        patience: Patience,
        report: Report,
        replays: Replays,
    ) -> None:
        self._attempt = attempt
        self._replays = replays
        self._store = store
        self._values = values
        self._patience = patience
        self._report = report
        self._position = 0
        self._calls: asyncio.Queue[list[Call]] = asyncio.Queue()
        self._grown = asyncio.Event()
        self._loops: list[asyncio.Task[None]] = []
        self._default = Policy(
            queue=attempt.assignment.policy.queue, priority=attempt.assignment.policy.priority
        )
        attempt.notice = self._grown.set

    async def opening(self, cwd: str, env: Mapping[str, str]) -> list[bytes]:
        one = self._attempt.assignment
        params = await self._values.fetch(one.input)
        # The first attempt is the first claim of all: there is no journal yet.
        history = await self._read_on() if one.token.attempt > 1 else []
        pages = [history[i : i + _PAGE] for i in range(0, len(history), _PAGE)] or [[]]
        frames = [
            messages.workflow(
                run=one.token.run,
                attempt=one.token.attempt,
                name=one.name,
                params=params,
                now=one.created,
                entries=pages[0],
                more=len(pages) > 1,
                cwd=cwd,
                env=env,
            )
        ]
        for number, page in enumerate(pages[1:], 2):
            frames.append(messages.journal(page, more=number < len(pages)))
        return frames

    def heard(self, message: FromArtifact) -> None:
        if isinstance(message, Calls):
            self._calls.put_nowait([call.call(self._default) for call in message.calls])

    def begun(self, child: Child) -> None:
        loop = asyncio.get_running_loop()
        self._loops = [
            loop.create_task(self._guarded(self._push())),
            loop.create_task(self._guarded(self._feed(child))),
        ]

    async def over(self) -> None:
        await cancel_all(self._loops)

    def replayed(self, ending: Ending) -> bool:
        """A function whose process was killed goes on from its journal, as after any other death."""
        return ending.killed and self._replays.one_more(self._attempt.token.run)

    async def _guarded(self, work: Coroutine[None, None, None]) -> None:
        """A loop's error is the attempt's, for without the loop it would wait for ever."""
        try:
            await work
        except ValueRefused as error:
            failure = Failure("ValueTooLarge", str(error), retryable=False)
            self._attempt.give_up(Ending(Reason.RAISED, failure=failure))
        except Refused as error:
            # The store lost its last seconds, or has no memory: a replay starts from what it has.
            self._report.say("replay", f"run {self._attempt.token.run} is replayed: {error}")
            await asyncio.sleep(_REFUSED_S)
            self._attempt.stop(Reason.STOPPED)
        except Exception as error:  # noqa: BLE001 - the agent must say it and go on
            self._report.say("bug", f"run {self._attempt.token.run}: {error!r}")
            self._attempt.give_up(Ending(Reason.DIED, failure=Failure("AgentError", repr(error))))

    async def _push(self) -> None:
        token = self._attempt.token
        while True:
            calls = await self._calls.get()
            inputs = await self._values.keep_all([call.input for call in calls])
            calls = [replace(call, input=text) for call, text in zip(calls, inputs, strict=True)]
            outcome = await self._patience.answered(
                lambda calls=calls: self._store.push(token, calls),  # type: ignore[misc]
                refused=True,
            )
            if outcome is Outcome.STALE:
                self._attempt.stop(Reason.LOST)
                return

    async def _feed(self, child: Child) -> None:
        while True:
            await self._grown.wait()
            self._grown.clear()
            entries = await self._read_on()
            if entries:
                child.send(messages.journal(entries, more=False))

    async def _read_on(self) -> list[Entry]:
        """What the journal has beyond what was read before, with large values in place."""
        run, found = self._attempt.token.run, []
        while True:
            page = await self._patience.answered(
                lambda: self._store.journal(run, self._position, _PAGE)
            )
            self._position += len(page)
            found += await self._values.fetch_entries(page)
            if len(page) < _PAGE:
                return found
