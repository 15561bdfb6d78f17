"""The store's records, as JSON and hashes, to and from the model's values."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import Any

from salt_core.ids import BODY
from salt_core.model.agent import AgentInfo
from salt_core.model.call import Call
from salt_core.model.check import CheckResult
from salt_core.model.journal import Called, Done, Entry, Turned
from salt_core.model.lease import Token
from salt_core.model.run import Run
from salt_core.model.schedule import Schedule
from salt_core.model.status import AttemptEnd, RunStatus, TaskStatus
from salt_core.model.task import Assignment, Attempt, Failure, Limit, Policy, Task
from salt_core.model.workflow import Artifact, Version, Workflow
from salt_core.store.redis.base import text

RECORD = 1
"""Version of the JSON records below; a reader of a newer one must decode this one on purpose."""


def dump(value: Any) -> str:
    """Compact JSON."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


_DEFAULT = Policy()
_OF_RETRIES = ("backoff_s", "backoff_max_s", "jitter")


def policy_json(policy: Policy) -> str:
    """What differs from the default: most policies say nothing. ``fail.lua`` reads what concerns
    retries, and finds all of it where there are any."""
    said = {
        name: value
        for name, value in asdict(policy).items()
        if value != getattr(_DEFAULT, name) or (policy.retries and name in _OF_RETRIES)
    }
    return dump(said)


def read_policy(record: str) -> Policy:
    found = json.loads(record)
    if "limits" in found:
        found["limits"] = tuple(
            Limit(one["name"], one["at_once"], tuple(one["rate"]) if one["rate"] else None)
            for one in found["limits"]
        )
    return Policy(**found)


def more_json(call: Call, child: list[Any] | None) -> str:
    """What ``include/calling.lua`` calls ``more``; ``""`` for a call that has nothing more."""
    more: dict[str, Any] = {}
    policy = call.policy
    if policy.limits:
        more["limits"] = [
            [one.name, one.at_once or 0, *(_rate(one) or (0, 0))] for one in policy.limits
        ]
    if policy.fair:
        more["fair"] = policy.fair
    if policy.start_timeout_s is not None:
        more["start_ms"] = round(policy.start_timeout_s * 1000)
    if not policy.strict:
        more["lax"] = True
    if call.wait is not None:
        more |= {
            name: value for name, value in asdict(call.wait).items() if value not in (None, "")
        }
    if child is not None:
        more["child"] = child
    if call.refused is not None:
        more["refused"] = failure_json(call.refused)
    return dump(more) if more else ""


def _rate(limit: Limit) -> tuple[int, int] | None:
    """Starts, and the window in ms."""
    return (limit.rate[0], max(1, round(limit.rate[1] * 1000))) if limit.rate else None


def checks_json(checks: Sequence[CheckResult]) -> str:
    return dump([asdict(one) for one in checks]) if checks else ""


def failure_json(failure: Failure) -> str:
    return dump(asdict(failure))


def read_failure(record: str) -> Failure | None:
    return Failure(**json.loads(record)) if record else None


def moment(value: str | None) -> int | None:
    return int(value) if value else None


def read_assignment(reply: list[Any], lease_ms: int) -> Assignment:
    """One row of ``include/claiming.lua``."""
    head = [text(part) for part in reply[:10]]
    run, task, attempt, nonce, workflow, version, name, input_, policy, created = head
    pairs = reply[10]
    return Assignment(
        token=Token(run, task, int(attempt), nonce),
        workflow=workflow,
        version=version,
        name=name,
        input=input_,
        policy=read_policy(policy),
        lease_ms=lease_ms,
        created=int(created),
        body=task == "0",
        results={int(pairs[i]): text(pairs[i + 1]) for i in range(0, len(pairs), 2)},
        journal=int(reply[11]),
    )


def read_entry(reply: list[Any]) -> Entry:
    """One row of ``journal.lua``."""
    if reply[0] == b"c":
        return Called(int(reply[1]), text(reply[2]), text(reply[3]) or "task", text(reply[4]))
    if reply[0] == b"t":
        return Turned(int(reply[1]), int(reply[2]), int(reply[3]), text(reply[4]))
    status = TaskStatus(text(reply[2]))
    has_value = status in (TaskStatus.SUCCEEDED, TaskStatus.INVALID)
    return Done(
        int(reply[1]),
        status,
        (text(reply[3]) or None) if has_value else None,
        None if status is TaskStatus.SUCCEEDED else read_failure(text(reply[4])),
        int(reply[5] or 0),
    )


def read_run(run: str, found: dict[str, str]) -> Run:
    return Run(
        id=run,
        workflow=found["workflow"],
        version=found["version"],
        status=RunStatus(found["status"]),
        params=found["params"],
        trigger=found["trigger"],
        created=int(found["created"]),
        started=moment(found.get("started")),
        finished=moment(found.get("finished")),
        tasks_total=int(found["calls"]),
        tasks_done=int(found["done"]),
        error=read_failure(found.get("error", "")),
        function=found.get("function", ""),
        parent=found.get("parent", ""),
        root=found.get("root", run),
        replayed=found.get("replayed", ""),
    )


def read_attempt(record: bytes) -> Attempt:
    found = json.loads(record)
    error = found.get("error")
    return Attempt(
        number=found["number"],
        agent=found["agent"],
        started=found["started"],
        finished=found["finished"],
        status=AttemptEnd(found["status"]),
        start=found["start"],
        error=Failure(**error) if error else None,
    )


def read_task(task: str, found: dict[str, str], ended: list[bytes]) -> Task:
    status = TaskStatus(found["status"])
    attempts = [read_attempt(record) for record in ended]
    if status is TaskStatus.RUNNING:
        attempts.append(
            Attempt(int(found["attempt"]), found["agent"], int(found["claimed"]), None, status, "")
        )
    shown = (*_WITH_ERROR, TaskStatus.BLOCKED) if task == BODY else _WITH_ERROR
    return Task(
        id=task,
        name=found["name"],
        status=status,
        needs=tuple(need for need in found.get("needs", "").split(",") if need),
        policy=read_policy(found["policy"]),
        created=int(found["created"]),
        started=moment(found.get("started")),
        finished=moment(found.get("finished")),
        attempts=tuple(attempts),
        error=read_failure(found.get("error", "")) if status in shown else None,
        kind=found.get("kind", "task"),
        at=found.get("at", ""),
        checks=tuple(CheckResult(**one) for one in json.loads(found.get("checks", "[]"))),
        quarantined="quarantined" in found,
        due=moment(found.get("due")),
        child=found.get("child", ""),
        message=found.get("message", ""),
        fields=found.get("fields", ""),
        where=found.get("where", ""),
        decided=found.get("decided", ""),
        turn=int(found.get("turn", "0")),
        held=found.get("held", ""),
    )


_WITH_ERROR = (TaskStatus.FAILED, TaskStatus.RETRYING, TaskStatus.INVALID)


_OF_AGENTS = frozenset(field.name for field in fields(AgentInfo))


def agent_json(agent: AgentInfo) -> str:
    return dump(asdict(agent))


def read_agent(found: dict[str, str]) -> AgentInfo:
    info = json.loads(found["info"])
    info["queues"], info["labels"] = tuple(info["queues"]), tuple(info["labels"])
    info["started"], info["seen"] = int(found["started"]), int(found["seen"])
    if found.get("drain"):
        info["state"] = "draining"
    # One that is newer than we are may say more of itself.
    return AgentInfo(**{name: info[name] for name in info if name in _OF_AGENTS})


def schedule_json(schedule: Schedule) -> str:
    definition = asdict(schedule)
    for cursor in ("id", "workflow", "next_due", "last_due"):
        del definition[cursor]
    return dump(definition)


def read_schedule(schedule: str, found: dict[str, str]) -> Schedule:
    return Schedule(
        id=schedule,
        workflow=found["workflow"],
        next_due=int(found["next_due"]),
        last_due=moment(found.get("last_due")),
        **json.loads(found["definition"]),
    )


def version_json(version: Version) -> str:
    return dump(
        {
            "record": RECORD,
            "artifact": asdict(version.artifact),
            "described": version.described,
            "source": version.source,
        }
    )


def read_version(workflow: str, version: str, record: bytes, registered: int) -> Version:
    found = json.loads(record)
    artifact = found["artifact"]
    artifact["parts"] = tuple((digest, size) for digest, size in artifact["parts"])
    return Version(
        workflow=workflow,
        version=version,
        artifact=Artifact(**artifact),
        described=found["described"],
        registered=registered,
        source=found["source"],
    )


def read_workflow(name: str, found: dict[str, str], versions: int) -> Workflow:
    return Workflow(
        name=name,
        live=found.get("live", ""),
        versions=versions,
        paused=found.get("paused") == "1",
        registered=int(found.get("registered", "0")),
        settings=json.loads(found.get("settings", "{}")),
        source=found.get("source", ""),
        build_error=found.get("build_error", ""),
    )
