"""A fixed store with what people operate: approvals, doubtful data, events, builds, health."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import Any

from tests.snapshot import scenes
from tests.snapshot.fixed import NOW, FixedStore, described
from tests.snapshot.scenes import DAY, HOUR, MINUTE, SECOND

from salt_core.cli.checks import Check, Level
from salt_core.model.check import CheckResult
from salt_core.model.status import TaskStatus
from salt_core.model.task import Policy, Task
from salt_core.model.waiting import Told, Waiting
from salt_core.model.workflow import Artifact, BuildLine, Version
from salt_core.store import Emitted

FIELDS = {
    "type": "object",
    "properties": {
        "amount": {"type": "integer", "description": "In euros."},
        "note": {"type": "string", "default": ""},
    },
    "required": ["amount"],
}


@dataclass
class OperatedStore(FixedStore):
    """What the views of operating ask for besides."""

    open_decisions: list[Waiting] = field(default_factory=list[Waiting])
    open_waits: list[Waiting] = field(default_factory=list[Waiting])
    events: list[Told] = field(default_factory=list[Told])
    payloads: dict[str, str] = field(default_factory=dict[str, str])
    build_lines: dict[str, list[BuildLine]] = field(default_factory=dict[str, list[BuildLine]])
    all_values: dict[str, str] = field(default_factory=dict[str, str])
    decided: list[tuple[str, str, bool, str, str]] = field(
        default_factory=list[tuple[str, str, bool, str, str]]
    )
    emitted: list[tuple[str, str, str]] = field(default_factory=list[tuple[str, str, str]])

    async def undecided(self, limit: int = 1000) -> list[Waiting]:
        self._up()
        return self.open_decisions[:limit]

    async def listening(self, limit: int = 1000) -> list[Waiting]:
        self._up()
        return self.open_waits[:limit]

    async def told(self, limit: int = 200) -> list[Told]:
        self._up()
        return self.events[:limit]

    async def payload(self, told: Told) -> str | None:
        return self.payloads.get(told.id)

    async def values(self, run: str, offset: int = 0, limit: int = 1000) -> dict[str, str]:
        return {str(offset): self.all_values[f"{run}/{offset}"]}

    async def build_output(
        self, workflow: str, after: str = "", limit: int = 500
    ) -> list[BuildLine]:
        self._up()
        lines = self.build_lines.get(workflow, [])
        return [line for line in lines if line.id > after][-limit:]

    async def say(self, workflow: str, text: str) -> None:
        """A build of the workflow says something."""
        lines = self.build_lines.setdefault(workflow, [])
        lines.append(BuildLine(f"{len(lines) + 1:04}", NOW, text))
        await self.tell("build", workflow)

    async def decide(
        self, run: str, task: str, *, accepted: bool, by: str, reason: str = "", fields: str = "{}"
    ) -> bool:
        self._up()
        member = f"{run}/{task}"
        known = [one for one in self.open_decisions if one.member == member]
        if not known:
            return False
        self.decided.append((run, task, accepted, reason, fields))
        self.open_decisions.remove(known[0])
        await self.tell("decision", member)
        return True

    async def drain(self, agent: str, on: bool) -> bool:
        for at, one in enumerate(self.all_agents):
            if one.id == agent:
                self.all_agents[at] = replace(one, state="draining" if on else "up")
                await self.tell("agent", agent)
                return True
        return False

    async def emit(self, event: str, id: str, payload: str) -> Emitted:
        self._up()
        self.emitted.append((event, id, payload))
        woken = [one for one in self.open_waits if one.task.name == event]
        self.open_waits = [one for one in self.open_waits if one.task.name != event]
        told = Told(event, id, f"{NOW}-9", NOW, len(woken), payload[:200], len(payload))
        self.events.insert(0, told)
        self.payloads[id] = payload
        await self.tell("event", event)
        return Emitted(True, len(woken))


def full() -> OperatedStore:
    """The ordinary afternoon, with something to decide, events, versions and builds."""
    plain = scenes.full()
    store = OperatedStore(**{name: getattr(plain, name) for name in plain.__dataclass_fields__})
    crm, nightly = store.all_runs[2], store.all_runs[3]
    ask = replace(
        _task("2", "sign off", "approve", 6 * MINUTE),
        message="Pay 1,204 invoices?",
        fields=json.dumps(FIELDS),
        due=NOW + 54 * MINUTE,
    )
    plain_ask = replace(_task("4", "go on", "approve", 2 * MINUTE), message="Send the letters?")
    doubted = replace(
        _task("3", "load", "task", 31 * MINUTE),
        status=TaskStatus.INVALID,
        quarantined=True,
        checks=(
            CheckResult("not_empty", "fail", True, "", {"rows": 48_112.0}),
            CheckResult("plausible", "quarantine", False, "three times as many rows as yesterday"),
            CheckResult("fresh", "warn", False, "the newest row is 9 hours old"),
        ),
    )
    going = replace(nightly, status=crm.status, finished=None, error=None)
    store.open_decisions = [
        Waiting(going, doubted, NOW - 31 * MINUTE),
        Waiting(crm, ask, NOW - 6 * MINUTE),
        Waiting(crm, plain_ask, NOW - 2 * MINUTE),
    ]
    store.all_values = {f"{nightly.id}/3": json.dumps({"rows": 48_112, "from": "crm", "ok": None})}
    paid = replace(
        _task("5", "invoice.paid", "event", 3 * HOUR),
        where='{"invoice":7}',
        due=NOW + DAY,
        at="crm/flow.py:41",
    )
    signal = _task("6", "file.arrived", "event", 12 * MINUTE)
    store.open_waits = [
        Waiting(crm, paid, NOW - 3 * HOUR),
        Waiting(going, signal, NOW - 12 * MINUTE),
    ]
    payloads = {
        "9f31": '{"invoice":7,"amount":120.5,"lines":[1,2,3]}',
        "9f2c": '"Schöne Grüße"',
        "9e00": "{}",
    }
    store.payloads = payloads
    names = ["invoice.paid", "letter.sent", "file.arrived"]
    store.events = [
        Told(name, id_, f"{NOW - n}-0", NOW - n * 40 * SECOND, n % 2, text, len(text.encode()))
        for n, (name, (id_, text)) in enumerate(zip(names, payloads.items(), strict=True), 1)
    ]
    store.more_versions = _versions()
    store.build_lines = {
        "crm-sync": [
            BuildLine("0001", NOW - 40_000, "building /home/ada/flows/crm-sync"),
            BuildLine("0002", NOW - 39_800, "The lock is as it was"),
            BuildLine("0003", NOW - 39_000, "\x1b]0;owned\x07Making the dependency layer"),
            BuildLine("0004", NOW - 31_000, "built 9c41f07ab2de"),
        ]
    }
    for at, agent in enumerate(store.all_agents[:3]):
        store.all_agents[at] = replace(
            agent, cpu=0.012, memory=47_185_920, load=1.4 + 3 * at, cores=4
        )
    return store


def empty() -> OperatedStore:
    """Nothing but a host."""
    return OperatedStore(leading="box-4711-a1b2")


def _task(id_: str, name: str, kind: str, ago: int) -> Task:
    begun = NOW - ago
    return Task(
        id_, name, TaskStatus.WAITING, (), Policy(), begun, begun, None, (), kind=kind
    )  # fmt: skip


def _versions() -> list[Version]:
    def one(name: str, ago: int, needs: tuple[str, ...], **params: Any) -> Version:
        artifact = Artifact("pex", name + "0" * 52, 8_400_000 - ago // 1000, ">=3.11", "any", ())
        known = described("crm-sync", params, list(params)[:1])
        known["tasks"] = [{"name": "load", "policy": {"retries": 3 if needs else 0}}]
        return Version("crm-sync", name, artifact, known, NOW - ago, "/home/ada/flows/crm", needs)

    region, since = {"type": "string"}, {"type": "string", "format": "date"}
    return [
        one("9c41f07ab2de", 3 * DAY, ("httpx 0.28.1", "pandas 2.2.3"), region=region, since=since),
        one("77b0aa41c3f2", 9 * DAY, ("pandas 2.2.2", "requests 2.32.3"), region=region),
        one("1d0c4b8e9a55", 30 * DAY, (), region={"type": "integer"}),
    ]


async def well() -> list[Check]:
    """What the doctor finds on a good day."""
    return [
        Check("redis", Level.OK, "redis://10.0.0.5:6379/0 answers in 0.4 ms."),
        Check("version", Level.OK, "Valkey 8.1.1."),
        Check("eviction", Level.OK, "It never evicts (noeviction)."),
        Check("memory", Level.OK, "118.2 MB of 2.0 GB."),
        Check("blobs", Level.OK, "s3://salt can be written and read."),
        Check("disk", Level.OK, "212.0 GB are free below /home/ada."),
    ]


async def ill() -> list[Check]:
    """The same on a bad day."""
    found = {one.name: one for one in await well()}
    found["memory"] = Check(
        "memory",
        Level.WARN,
        "1.8 GB of 2.0 GB.",
        "Raise maxmemory: a full Redis takes no new work.",
    )
    found["blobs"] = Check(
        "blobs", Level.BAD, "s3://salt refuses to be written.", "Look at its credentials."
    )
    return list(found.values())
