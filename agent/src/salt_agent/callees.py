"""Which run a call of a workflow makes: of this very artifact, or of another registered one."""

from __future__ import annotations

import json
from typing import Any

from salt_agent.patience import Patience
from salt_core.errors import BadInput, NotFound
from salt_core.model.run import NewRun
from salt_core.model.task import Assignment, Policy
from salt_core.model.workflow import Version
from salt_core.parameters import check, main_workflow
from salt_core.store import RegistryVerbs
from salt_core.wire.messages import WireCall, WirePolicy

TRIGGER = "call"
_REMEMBERED = 64


class Callees:
    """Makes the runs that workflow functions call, once their parameters fit."""

    def __init__(self, store: RegistryVerbs, patience: Patience) -> None:
        self._store = store
        self._patience = patience
        self._versions: dict[tuple[str, str], Version] = {}

    async def child(self, caller: Assignment, call: WireCall) -> NewRun:
        """The run that ``call`` of the workflow function ``caller`` makes; the store gives its id.

        Raises:
            BadInput: There is no such workflow, version or function, or a parameter is wrong.
        """
        if call.own:
            version = await self._known(caller.workflow, caller.version)
            function = _function(version, call.name)
            around = Policy(queue=caller.policy.queue, priority=caller.policy.priority)
        else:
            version, settings = await self._registered(call.name, call.version)
            function = main_workflow(version.described)
            around = Policy()
        policy = WirePolicy.model_validate(function.get("policy") or {}).policy(around)
        if not call.own:
            policy = WirePolicy.model_validate(_chosen(settings)).policy(policy)
        check(function.get("params") or {}, _object(call.params))
        said = call.policy.model_dump(include={"queue", "priority"}, exclude_none=True)
        return NewRun(
            id="",
            workflow=version.workflow,
            version=version.version,
            params=call.params,
            policy=WirePolicy(**said).policy(policy),
            trigger=TRIGGER,
            function=call.name if call.own else "",
        )

    async def _known(self, workflow: str, version: str) -> Version:
        """A version by its full name; what a version holds never changes."""
        found = self._versions.get((workflow, version))
        if found is None:
            found = await self._patience.answered(lambda: self._store.version(workflow, version))
            if found is None:
                raise NotFound(f"There is no version {version} of workflow {workflow} any more.")
            self._remember(found)
        return found

    async def _registered(self, name: str, wanted: str | None) -> tuple[Version, dict[str, Any]]:
        """The version ``wanted`` of a workflow, or its live one, and the workflow's settings."""
        # Imported late: an agent that is idle does without it.
        from salt_core.registry import find_version, find_workflow

        workflow = await self._patience.answered(lambda: find_workflow(self._store, name))
        version = wanted or workflow.live
        if not version:
            raise NotFound(f"Workflow {name!r} has no version yet.", "Register one.")
        found = self._versions.get((name, version))
        if found is None:
            found = await self._patience.answered(
                lambda: find_version(self._store, workflow, version)
            )
            self._remember(found)
        return found, workflow.settings

    def _remember(self, version: Version) -> None:
        self._versions[version.workflow, version.version] = version
        while len(self._versions) > _REMEMBERED:
            del self._versions[next(iter(self._versions))]


def _function(version: Version, name: str) -> dict[str, Any]:
    for one in version.described.get("workflows") or ():
        if one.get("name") == name:
            found: dict[str, Any] = one
            return found
    raise NotFound(
        f"Version {version.version} of {version.workflow} has no workflow function {name!r}."
    )


def _chosen(settings: dict[str, Any]) -> dict[str, Any]:
    """What salt.yaml says about a run's place in line."""
    return {key: settings.get(key) for key in ("queue", "priority")}


def _object(params: str) -> dict[str, Any]:
    found = json.loads(params)
    if not isinstance(found, dict):
        raise BadInput("The parameters of a workflow must be an object.")
    return found
