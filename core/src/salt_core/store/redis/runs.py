"""Runs and tasks: the verbs of the state machine, one script each."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from salt_core.errors import Refused
from salt_core.ids import new_nonce
from salt_core.model.agent import AgentInfo
from salt_core.model.call import Call
from salt_core.model.journal import Entry
from salt_core.model.lease import Token
from salt_core.model.run import NewRun
from salt_core.model.task import Assignment, Failure
from salt_core.store import Outcome, Recovery, Renewal, Wants
from salt_core.store.redis import records
from salt_core.store.redis.base import Argument, RedisBase, text

CHUNK = 500
"""Calls in one script: a script must not hold the server for longer than some milliseconds."""
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
    """What ``include/creating.lua`` takes."""
    policy = records.policy_json(new.policy)
    head = [new.id, new.workflow, new.version, new.params, policy]
    return [*head, new.policy.queue, new.policy.priority, new.trigger]


class RunPart(RedisBase):
    async def create_run(self, new: NewRun) -> bool:
        return bool(await self._call_durably("create_run", *new_run_arguments(new)))

    async def push(self, body: Token, calls: Sequence[Call]) -> Outcome:
        for begin in range(0, len(calls), CHUNK):
            args: list[Argument] = [body.run, body.attempt, body.nonce]
            for call in calls[begin : begin + CHUNK]:
                needs = ",".join(str(need) for need in dict.fromkeys(call.needs))
                args += [call.seq, call.name, call.input, needs, records.policy_json(call.policy)]
                args += [call.policy.queue, call.policy.priority]
            said = text(await self._call("push", *args))
            if said == "gap":
                raise Refused(f"Run {body.run}: call {calls[begin].seq} came out of order.")
            if said != "ok":
                return Outcome.STALE
        return Outcome.OK

    async def claim(self, wants: Wants) -> list[Assignment]:
        rows = await self._call("claim", *_claim_arguments(wants))
        return [records.read_assignment(row, wants.lease_ms) for row in rows]

    async def complete(
        self, token: Token, value: str, start: str, wants: Wants | None = None
    ) -> tuple[Outcome, list[Assignment]]:
        return self._ended(
            await self._call("complete", *_fence(token), value, start, *_more(wants)), wants
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
        return int(await self._call("cancel", run)) == 1

    async def journal(self, run: str, start: int, limit: int = 500) -> list[Entry]:
        return [records.read_entry(row) for row in await self._call("journal", run, start, limit)]


def _more(wants: Wants | None) -> list[Argument]:
    return _claim_arguments(wants) if wants else []
