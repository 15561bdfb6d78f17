"""Runs and tasks: the verbs of the state machine, one script each."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from salt_core.clock import iso
from salt_core.errors import Refused
from salt_core.ids import new_nonce
from salt_core.model.agent import AgentInfo
from salt_core.model.call import Call
from salt_core.model.check import Verdict
from salt_core.model.journal import Entry
from salt_core.model.lease import Token
from salt_core.model.run import NewRun
from salt_core.model.task import Assignment, Failure
from salt_core.store import Emitted, Judged, Outcome, Parking, Recovery, Renewal, Wants
from salt_core.store.redis import records
from salt_core.store.redis.base import Argument, RedisBase, text
from salt_core.store.redis.connection import translate
from salt_core.store.redis.keys import Kind

CHUNK = 500
"""Calls in one script: a script must not hold the server for longer than some milliseconds."""
KEPT_CALLS = 50_000
"""Calls of a rolling loop that a run still shows; older ones are forgotten."""
KNOWN_MS = 7 * 86_400_000
"""How long an event's id is known, and its payload kept for a wait that comes late."""
KEPT_EVENTS = 1000
MAX_LOST = 5
"""How often a task may take its agent's lease with it before it is given up as poison."""
MAX_LOST_BODY = 25
"""The same for a workflow function that does not get on: it waits most of the time, and an agent
that dies meanwhile is seldom its doing."""


def _fence(token: Token) -> tuple[str, str, int, str]:
    return token.run, token.task, token.attempt, token.nonce


def _claim_arguments(wants: Wants) -> list[Argument]:
    return [
        wants.agent,
        wants.request,
        new_nonce(),
        wants.lease_ms,
        wants.tasks,
        wants.bodies,
        *wants.queues,
    ]


def new_run_arguments(new: NewRun) -> list[Argument]:
    """What ``include/creating.lua`` takes; a caller and its root are put behind by the script."""
    policy = new.policy
    return [
        new.id,
        new.workflow,
        new.version,
        new.params,
        records.policy_json(policy),
        policy.queue,
        policy.priority,
        new.trigger,
        new.function,
        _millis(policy.timeout_s),
        _millis(policy.start_timeout_s),
        policy.fair,
    ]


def _millis(seconds: float | None) -> Argument:
    return "" if seconds is None else max(1, round(seconds * 1000))


def _judged_arguments(judged: Judged | None) -> list[Argument]:
    """What ``complete.lua`` takes of the checks, the memo and the history."""
    if judged is None:
        return ["valid", "", "", "", "", "", "", ""]
    failure = ""
    if judged.verdict is not Verdict.VALID:
        failed = [one for one in judged.checks if not one.passed and one.severity != "warn"]
        said = "; ".join(
            f"{one.name}: {one.message}" if one.message else one.name for one in failed
        )
        failure = records.failure_json(
            Failure("InvalidData", f"Its data did not pass: {said}", retryable=False)
        )
    numbers = {name: value for one in judged.checks for name, value in one.numbers.items()}
    workflow, task = judged.history or ("", "")
    return [
        judged.verdict.value,
        records.checks_json(judged.checks),
        failure,
        judged.memo,
        judged.memo_ms or "",
        workflow,
        task,
        records.dump(numbers),
    ]


class RunPart(RedisBase):
    async def create_run(self, new: NewRun) -> bool:
        return bool(await self._call_durably("create_run", *new_run_arguments(new)))

    async def push(self, body: Token, calls: Sequence[Call]) -> Outcome:
        for begin in range(0, len(calls), CHUNK):
            args: list[Argument] = [body.run, body.attempt, body.nonce]
            for call in calls[begin : begin + CHUNK]:
                needs = ",".join(str(need) for need in dict.fromkeys(call.needs))
                child = None if call.child is None else new_run_arguments(call.child)
                args += [call.seq, call.kind, call.name, call.at, call.input, needs]
                args += [records.policy_json(call.policy), call.policy.queue, call.policy.priority]
                args.append(records.more_json(call, child))
            said = text(await self._call("push", *args))
            if said == "gap":
                raise Refused(f"Run {body.run}: call {calls[begin].seq} came out of order.")
            if said != "ok":
                return Outcome.STALE
        return Outcome.OK

    async def roll(
        self, body: Token, loop: int, seq: int, turn: int, value: str, position: int
    ) -> int | None:
        said: list[Argument] = [loop, seq, turn, value, position, KEPT_CALLS]
        now_at = int(await self._call("roll", body.run, body.attempt, body.nonce, *said))
        return None if now_at < 0 else now_at

    async def park(self, body: Token, position: int, *, force: bool = False) -> Parking:
        args: list[Argument] = [body.run, body.attempt, body.nonce, position, int(force)]
        return Parking(text(await self._call("park", *args)))

    async def block(self, body: Token, failure: Failure, start: str) -> Outcome:
        said = records.failure_json(failure)
        args: list[Argument] = [body.run, body.attempt, body.nonce, said, start]
        return Outcome(text(await self._call("block", *args)))

    async def claim(self, wants: Wants) -> list[Assignment]:
        rows = await self._call("claim", *_claim_arguments(wants))
        return [records.read_assignment(row, wants.lease_ms) for row in rows]

    async def complete(
        self,
        token: Token,
        value: str,
        start: str,
        wants: Wants | None = None,
        judged: Judged | None = None,
    ) -> tuple[Outcome, list[Assignment]]:
        said: list[Argument] = [value, start, *_judged_arguments(judged)]
        return self._ended(
            await self._call("complete", *_fence(token), *said, *_more(wants)), wants
        )

    async def fail(
        self,
        token: Token,
        failure: Failure,
        end: str,
        start: str,
        wants: Wants | None = None,
    ) -> tuple[Outcome, list[Assignment]]:
        said: list[Argument] = [records.failure_json(failure), int(failure.retryable), end, start]
        chance = random.uniform(-1, 1)
        return self._ended(
            await self._call("fail", *_fence(token), *said, chance, *_more(wants)), wants
        )

    @staticmethod
    def _ended(reply: list[Any], wants: Wants | None) -> tuple[Outcome, list[Assignment]]:
        lease_ms = wants.lease_ms if wants else 0
        return Outcome(text(reply[0])), [records.read_assignment(row, lease_ms) for row in reply[1]]

    async def release(self, tokens: Sequence[Token]) -> None:
        if tokens:
            await self._call("release", *(part for token in tokens for part in _fence(token)))

    async def renew(self, agent: AgentInfo, tokens: Sequence[Token], lease_ms: int) -> Renewal:
        held = [part for token in tokens for part in _fence(token)]
        info = records.agent_json(agent)
        lost, next_ms, leader, drain = await self._call(
            "renew", agent.id, info, lease_ms, ",".join(agent.queues), *held
        )
        return Renewal(
            lost=tuple(text(member) for member in lost),
            next_lease_in_ms=None if next_ms < 0 else int(next_ms),
            leader=bool(leader),
            drain=bool(drain),
        )

    async def leave(self, agent: str) -> None:
        await self._call("leave", agent)

    async def drain(self, agent: str, on: bool) -> bool:
        return bool(await self._call("drain", agent, int(on)))

    async def recover(self, limit: int = 500) -> Recovery:
        requeued, failed, promoted, next_ms = await self._call(
            "recover", limit, MAX_LOST, MAX_LOST_BODY
        )
        return Recovery(
            requeued=tuple(text(member) for member in requeued),
            failed=tuple(text(member) for member in failed),
            promoted=int(promoted),
            next_in_ms=None if next_ms < 0 else int(next_ms),
        )

    async def cancel(self, run: str) -> bool:
        cancelled = int(await self._call("cancel", run)) == 1
        while cancelled and await self._unfinished():
            await self.recover()
        return cancelled

    async def _unfinished(self) -> bool:
        """Whether runs have ended and something of them has not yet."""
        keys = [self.keys(Kind.SWEEPS), self.keys(Kind.DOOMED)]
        with translate(self.url):
            return bool(await self._redis.exists(*keys))

    async def _untold(self) -> bool:
        with translate(self.url):
            return bool(await self._redis.exists(self.keys(Kind.EMITTING)))

    async def decide(
        self, run: str, task: str, *, accepted: bool, by: str, reason: str = "", fields: str = "{}"
    ) -> bool:
        at = iso(await self.ping())
        said = records.dump({"by": by, "at": at, "accepted": accepted, "reason": reason})
        value = f'{{"by":{records.dump(by)},"at":"{at}","fields":{fields}}}'
        message = f"{by} rejected it: {reason}" if reason else f"{by} rejected it"
        failure = records.failure_json(Failure("Rejected", message, retryable=False))
        args: list[Argument] = [run, task, int(accepted), value, failure, said]
        return bool(await self._call_durably("decide", *args))

    async def emit(self, event: str, id: str, payload: str) -> Emitted:
        new, woken = await self._call_durably("emit", event, id, payload, KNOWN_MS, KEPT_EVENTS)
        while new and await self._untold():
            await self.recover()
        return Emitted(bool(new), int(woken))

    async def move(self, run: str, version: str) -> bool:
        return bool(await self._call("move", run, version))

    async def rerun(self, old: str, new: NewRun, keep: Sequence[int], upto: int) -> bool:
        kept = ",".join(str(seq) for seq in keep)
        return bool(await self._call_durably("rerun", old, upto, kept, *new_run_arguments(new)))

    async def put_replayed(self, run: str, verdict: str) -> None:
        await self._call("put_replayed", run, verdict)

    async def journal(self, run: str, start: int, limit: int = 500) -> list[Entry]:
        return [records.read_entry(row) for row in await self._call("journal", run, start, limit)]


def _more(wants: Wants | None) -> list[Argument]:
    return _claim_arguments(wants) if wants else []
