"""What a workflow function asks for, on its way to the store: calls and turns of loops, in order."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace

from salt_agent.attempt import Attempt
from salt_agent.callees import Callees
from salt_agent.datafiles import AttemptFiles
from salt_agent.endings import Reason
from salt_agent.feed import Feed
from salt_agent.patience import Patience
from salt_agent.recoverer import Recoverer
from salt_agent.values import Values
from salt_core.errors import BadInput
from salt_core.model.call import Call, Wait
from salt_core.model.task import Failure, Policy
from salt_core.store import Outcome, RunVerbs
from salt_core.wire.messages import Calls, Roll, WireCall


class Outbox:
    """One queue for one attempt: a turn may only be forgotten behind the calls that made it."""

    def __init__(
        self,
        attempt: Attempt,
        store: RunVerbs,
        values: Values,
        patience: Patience,
        callees: Callees,
        recoverer: Recoverer,
        feed: Feed,
    ) -> None:
        self._attempt = attempt
        self._store = store
        self._values = values
        self._patience = patience
        self._callees = callees
        self._recoverer = recoverer
        self._feed = feed
        self._queue: asyncio.Queue[Calls | Roll] = asyncio.Queue()
        self._unsent = 0
        policy = attempt.assignment.policy
        self._default = Policy(queue=policy.queue, priority=policy.priority)

    @property
    def empty(self) -> bool:
        """Whether the store knows all that the function asked for."""
        return self._unsent == 0

    def put(self, message: Calls | Roll) -> None:
        self._unsent += 1
        self._queue.put_nowait(message)

    async def run(self, files: AttemptFiles) -> None:
        """Send, until the attempt is found to be lost. Whoever it is lost to has all that was sent."""
        while True:
            message = await self._queue.get()
            if isinstance(message, Roll):
                held = await self._roll(message, files)
            else:
                held = await self._push(message.calls, files)
            if not held:
                self._attempt.stop(Reason.LOST)
                return
            self._unsent -= 1

    async def _push(self, said: Sequence[WireCall], files: AttemptFiles) -> bool:
        self._feed.room_for(max(call.seq for call in said))
        await files.put(name for call in said for name in call.data)
        calls = [await self._call(one) for one in said]
        inputs = await self._values.keep_all([call.input for call in calls])
        calls = [
            _with_input(call, text) if text is not call.input else call
            for call, text in zip(calls, inputs, strict=True)
        ]
        outcome = await self._patience.answered(
            lambda: self._store.push(self._attempt.token, calls), refused=True
        )
        for call in calls:
            if call.wait is not None and (lasts_s := _lasts_s(call.wait)) is not None:
                self._recoverer.timer_made(lasts_s)
        return outcome is not Outcome.STALE

    async def _call(self, said: WireCall) -> Call:
        call = said.call(self._default)
        if said.kind != "run":
            return call
        try:
            child = await self._callees.child(self._attempt.assignment, said)
        except BadInput as error:
            failure = Failure(type(error).__name__, str(error), retryable=False)
            return replace(call, refused=failure)
        return replace(call, child=child, policy=child.policy)

    async def _roll(self, said: Roll, files: AttemptFiles) -> bool:
        await files.put(said.data)
        value = await self._values.keep(said.value)
        async with self._feed.lock:
            position = await self._patience.answered(
                lambda: self._store.roll(
                    self._attempt.token,
                    said.loop,
                    said.seq,
                    said.turn,
                    value,
                    self._feed.position,
                ),
                refused=True,
            )
            if position is None:
                return False
            self._feed.position = position
        return True


def _with_input(call: Call, text: str) -> Call:
    child = call.child and replace(call.child, params=text)
    return replace(call, input=text, child=child)


def _lasts_s(wait: Wait) -> float | None:
    """How long it takes at most, by this machine's clock; ``None``: nobody knows."""
    if wait.until_ms is not None:
        return wait.until_ms / 1000 - time.time()
    lasts_ms = wait.for_ms if wait.for_ms is not None else wait.timeout_ms
    return None if lasts_ms is None else lasts_ms / 1000
