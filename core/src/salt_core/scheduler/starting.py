"""The run that a slot makes."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

from salt_core import ids
from salt_core.clock import from_millis
from salt_core.model.run import NewRun
from salt_core.model.schedule import Schedule
from salt_core.model.task import Policy
from salt_core.model.workflow import Version
from salt_core.scheduler.slots import zone
from salt_core.scheduler.templates import Moment, Value, render

_POLICY_KEYS = frozenset(field.name for field in fields(Policy))


def slot_run(schedule: Schedule, slot: int, version: Version, settings: dict[str, Any]) -> NewRun:
    """The run of ``slot`` (Unix ms): the same each time it is asked for, so that it is made once.

    Raises:
        ValueError: A template in the parameters cannot be filled in.
    """
    params = render(json.loads(schedule.params), names(schedule, slot))
    return NewRun(
        id=ids.slot_run_id(schedule.id, slot),
        workflow=schedule.workflow,
        version=version.version,
        params=json.dumps(params, ensure_ascii=False),
        policy=body_policy(version.described, settings),
        trigger="schedule",
    )


def names(schedule: Schedule, slot: int) -> dict[str, Value]:
    """What the templates of a schedule may name."""
    where = zone(schedule.timezone)
    before = schedule.last_due
    return {
        "due": Moment(from_millis(slot), where),
        "previous": None if before is None else Moment(from_millis(before), where),
        "schedule": schedule.id,
        "workflow": schedule.workflow,
    }


def body_policy(described: dict[str, Any], settings: dict[str, Any]) -> Policy:
    """The policy of a workflow function: the code's, with salt.yaml's queue and priority."""
    declared: dict[str, Any] = {}
    for each in described.get("workflows", []):
        if each.get("name") == described.get("default"):
            declared = each.get("policy") or {}
    chosen = {key: settings[key] for key in ("queue", "priority") if settings.get(key) is not None}
    known = {key: value for key, value in {**declared, **chosen}.items() if key in _POLICY_KEYS}
    return Policy(**known)
