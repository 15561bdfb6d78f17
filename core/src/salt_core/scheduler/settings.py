"""From the ``schedules`` of a salt.yaml to schedules as the store keeps them."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from salt_core.clock import parse_duration
from salt_core.errors import BadInput
from salt_core.model.schedule import Schedule
from salt_core.parameters import check, main_workflow
from salt_core.project import yaml_positions
from salt_core.scheduler.cron import parse_cron
from salt_core.scheduler.slots import next_cron, zone
from salt_core.scheduler.starting import names
from salt_core.scheduler.templates import render

CATCHUP = ("none", "latest", "all")
SHORTEST_S = 1.0
"""A slot's run is named by its second."""
_STEP = re.compile(r"\w+")
LONGEST_S = 10 * 365 * 86_400.0


def schedules_of(
    workflow: str,
    settings: dict[str, Any],
    now: int,
    *,
    described: dict[str, Any] | None = None,
) -> list[Schedule]:
    """The schedules that ``settings`` (the whole of a salt.yaml) gives ``workflow``.

    Args:
        now: Unix ms of the store's clock: cron begins with the first slot after it, an interval
            one interval after it. The store keeps the cursor of a schedule that it knows already.
        described: What the artifact says of itself; if given, the parameters are judged by it.

    Raises:
        BadInput: One of them cannot be used; names the key.
    """
    found: dict[str, Schedule] = {}
    for number, entry in enumerate(settings.get("schedules") or []):
        key = f"schedules[{number}]"
        schedule = _schedule(workflow, entry, now, key)
        _check_params(schedule, now, described, f"{key}.params")
        if schedule.id in found:
            raise BadInput(
                f"{key} says the same as an entry before it.",
                "Leave one of them out, or give them different params.",
                key=key,
            )
        found[schedule.id] = schedule
    return list(found.values())


def _schedule(workflow: str, entry: dict[str, Any], now: int, key: str) -> Schedule:
    cron, every = entry.get("cron"), entry.get("every")
    if (cron is None) == (every is None):
        raise BadInput(f"{key} needs either cron or every.", key=key)
    timezone = _checked(f"{key}.timezone", _timezone, entry.get("timezone") or "UTC")
    catchup = entry.get("catchup") or "latest"
    if catchup not in CATCHUP:
        raise BadInput(
            f"{key}.catchup is {catchup!r}; it can be {', '.join(CATCHUP)}.", key=f"{key}.catchup"
        )
    line = every_s = None
    if cron is not None:
        line = _checked(f"{key}.cron", lambda text: parse_cron(str(text)).text, cron)
        next_due = next_cron(line, timezone, now) or 0
    else:
        every_s = _checked(f"{key}.every", _every, every)
        # Whole seconds, so that a run's name tells its slot.
        next_due = now // 1000 * 1000 + round(every_s * 1000)
    jitter = entry.get("jitter")
    params = json.dumps(entry.get("params") or {}, sort_keys=True, ensure_ascii=False)
    return Schedule(
        id=_id(workflow, line, every_s, timezone, params),
        workflow=workflow,
        cron=line,
        every_s=every_s,
        timezone=timezone,
        params=params,
        next_due=next_due,
        catchup=catchup,
        jitter_s=_checked(f"{key}.jitter", parse_duration, jitter) if jitter else 0.0,
    )


def _check_params(schedule: Schedule, now: int, described: dict[str, Any] | None, key: str) -> None:
    """Fill in the templates once, so that what cannot be is found before a slot is due."""
    sample = names(replace(schedule, last_due=now), now)
    params = _checked(key, lambda text: render(json.loads(text), sample), schedule.params)
    if described is None:
        return
    try:
        check(main_workflow(described).get("params") or {}, params)
    except BadInput as error:
        raise BadInput(f"{key}: {error.message}", error.remedy, key=key) from error


def locate(error: BadInput, file: Path) -> BadInput:
    """``error`` of ``schedules_of`` with the place in salt.yaml where its key stands."""
    error.file = str(file)
    path = tuple(int(step) if step.isdigit() else step for step in _STEP.findall(error.key or ""))
    try:
        document = yaml_positions.read(file.read_bytes(), str(file))
    except (OSError, BadInput):
        return error
    while path and path not in document.values:
        path = path[:-1]
    if path:
        error.line, error.column = document.keys.get(path) or document.values[path]
    return error


def _id(workflow: str, cron: str | None, every_s: float | None, timezone: str, params: str) -> str:
    defines = json.dumps([cron, every_s, timezone, params])
    return f"{workflow}.{hashlib.sha256(defines.encode()).hexdigest()[:8]}"


def _timezone(name: str) -> str:
    zone(name)
    return name


def _every(text: str | float) -> float:
    seconds = parse_duration(text)
    if seconds < SHORTEST_S:
        raise ValueError(f"{text!r} is shorter than a second")
    if seconds > LONGEST_S:
        raise ValueError(f"{text!r} is longer than ten years")
    return seconds


def _checked(key: str, read: Any, value: Any) -> Any:
    try:
        return read(value)
    except ValueError as error:
        raise BadInput(f"{key}: {error}.", "See `salt.yaml` in the README.", key=key) from error
