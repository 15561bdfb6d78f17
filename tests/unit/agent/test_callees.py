"""Which run a call of a workflow makes, and which calls make none."""

from __future__ import annotations

import io
from typing import Any

import pytest

from salt_agent.callees import Callees
from salt_agent.patience import Patience
from salt_agent.report import Report
from salt_core.config import Config
from salt_core.errors import BadInput, NotFound
from salt_core.model.lease import Token
from salt_core.model.task import Assignment, Policy
from salt_core.model.workflow import Artifact, Version, Workflow
from salt_core.wire.messages import WireCall

ARTIFACT = Artifact("pex", "f" * 64, 1, ">=3.11", "any", ())


def described(**params: dict[str, Any]) -> dict[str, Any]:
    def schema(properties: dict[str, Any]) -> dict[str, Any]:
        return {"type": "object", "properties": properties, "required": list(properties)}

    return {
        "default": "main",
        "workflows": [
            {"name": "side", "params": schema({"n": {"type": "integer"}}), "policy": {}},
            {
                "name": "main",
                "params": schema(params),
                "policy": {"queue": "code", "priority": 5, "timeout_s": 60.0},
            },
        ],
    }


class Registered:
    """A registry of two workflows; counts what it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.live = "b" * 12
        self.versions_of = {
            "caller": [Version("caller", "a" * 12, ARTIFACT, described())],
            "other": [
                Version("other", "b" * 12, ARTIFACT, described(day={"type": "string"})),
                Version("other", "c" * 12, ARTIFACT, described()),
            ],
        }

    async def workflow(self, name: str) -> Workflow | None:
        self.asked.append(name)
        if name not in self.versions_of:
            return None
        return Workflow(name, self.live, 1, False, 0, {"queue": "yaml"})

    async def workflows(self) -> list[Workflow]:
        return [
            Workflow("other", self.live, 1, False, 0),
            Workflow("caller", "a" * 12, 1, False, 0),
        ]

    async def version(self, workflow: str, version: str) -> Version | None:
        self.asked.append(f"{workflow}@{version}")
        found = [one for one in self.versions_of[workflow] if one.version == version]
        return found[0] if found else None

    async def versions(self, workflow: str) -> list[Version]:
        return self.versions_of[workflow]


@pytest.fixture
def registered() -> Registered:
    return Registered()


@pytest.fixture
def callees(config: Config, registered: Registered) -> Callees:
    report = Report(stream=io.StringIO())
    return Callees(registered, Patience(config, report))  # type: ignore[arg-type]


def caller(run: str = "r1", **policy: Any) -> Assignment:
    token = Token(run, "0", 1, "n")
    said = Policy(**{"queue": "mine", "priority": 7, **policy})
    return Assignment(token, "caller", "a" * 12, "caller", "{}", said, 1000, 0, body=True)


def call(name: str, **more: Any) -> WireCall:
    return WireCall(seq=4, name=name, kind="run", **more)


async def test_a_function_of_the_same_artifact(callees: Callees, registered: Registered) -> None:
    new = await callees.child(caller(), call("side", own=True, params='{"n": 3}'))
    assert (new.workflow, new.version) == ("caller", "a" * 12)
    assert (new.function, new.params, new.trigger) == ("side", '{"n": 3}', "call")
    # Where the code says nothing, it goes where its caller went.
    assert (new.policy.queue, new.policy.priority) == ("mine", 7)
    main = await callees.child(caller(), call("main", own=True, policy={"priority": 9}))
    assert (main.policy.queue, main.policy.priority, main.policy.timeout_s) == ("code", 9, 60.0)
    assert registered.asked == ["caller@" + "a" * 12]


async def test_another_workflow_s_live_version(callees: Callees, registered: Registered) -> None:
    new = await callees.child(caller(), call("other", params='{"day": "x"}'))
    assert (new.workflow, new.version, new.function) == ("other", "b" * 12, "")
    assert (new.policy.queue, new.policy.priority, new.policy.timeout_s) == ("yaml", 5, 60.0)
    registered.live = "c" * 12
    assert (await callees.child(caller(), call("other"))).version == "c" * 12


async def test_a_version_that_is_named(callees: Callees) -> None:
    assert (await callees.child(caller(), call("other", version="cc"))).version == "c" * 12
    with pytest.raises(NotFound, match="no version 'd'"):
        await callees.child(caller(), call("other", version="d"))


async def test_what_cannot_be_called(callees: Callees) -> None:
    with pytest.raises(NotFound, match="no workflow function 'sideways'"):
        await callees.child(caller(), call("sideways", own=True))
    with pytest.raises(NotFound, match=r"no workflow 'othr'\. Did you mean other\?"):
        await callees.child(caller(), call("othr"))
    with pytest.raises(BadInput, match="Parameter 'day' must be text, not 3"):
        await callees.child(caller(), call("other", params='{"day": 3}'))
    with pytest.raises(BadInput, match="Parameter 'n' is missing"):
        await callees.child(caller(), call("side", own=True))
    with pytest.raises(BadInput, match="must be an object"):
        await callees.child(caller(), call("side", own=True, params="[]"))
