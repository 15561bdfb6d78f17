"""The run that a slot makes."""

from __future__ import annotations

import json
from typing import Any

from salt_core import ids
from salt_core.clock import from_millis
from salt_core.model.run import NewRun
from salt_core.model.schedule import Schedule
from salt_core.model.workflow import Version
from salt_core.parameters import body_policy
from salt_core.scheduler.slots import zone
from salt_core.scheduler.templates import Moment, Value, render


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
