"""What differs between a run and the last good one of its workflow."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from salt_core.ids import BODY
from salt_core.model.run import Run
from salt_core.model.task import Task
from salt_tui.text import plain, shorten
from salt_tui.times import span

_LONGEST = 60
_MOST = 12
_SLOWER = 3
_LEAST_MS = 1_000


@dataclass(frozen=True, slots=True)
class Past:
    """A run with its calls, and what the call that is asked about was given (JSON text)."""

    run: Run
    tasks: Iterable[Task]
    given: str | None = None


def differences(now: Past, good: Past) -> list[str]:
    """What is different, one sentence each; what is most likely to tell why comes first."""
    lines: list[str] = []
    if now.run.version != good.run.version:
        lines.append(f"version {now.run.version}, and {good.run.version} then")
    lines += _values("parameter", now.run.params, good.run.params)
    if now.given is not None and good.given is not None:
        lines += _values("input", now.given, good.given)
    return [*lines, *_calls(now.tasks, good.tasks)][:_MOST]


def _values(what: str, now: str, then: str) -> list[str]:
    try:
        one, other = _flat(json.loads(now or "{}")), _flat(json.loads(then or "{}"))
    except ValueError:
        return [] if now == then else [f"{what} {_short(now)}, and {_short(then)} then"]
    lines = []
    for name in [*one, *(name for name in other if name not in one)]:
        if one.get(name, _flat) == other.get(name, _flat):
            continue
        words = f"{what} {name}".rstrip()
        if name not in other:
            lines.append(f"{words} is {_short(one[name])}, and was not given then")
        elif name not in one:
            lines.append(f"{words} is not given, and was {_short(other[name])} then")
        else:
            lines.append(f"{words} is {_short(one[name])}, and was {_short(other[name])} then")
    return lines


def _flat(value: Any, name: str = "") -> dict[str, Any]:
    """Leaves of a value by their way: ``args[0].city``."""
    if isinstance(value, dict) and value:
        parts = [_flat(item, f"{name}.{key}" if name else str(key)) for key, item in value.items()]
    elif isinstance(value, list) and value and len(value) <= _MOST:
        parts = [_flat(item, f"{name}[{number}]") for number, item in enumerate(value)]
    else:
        return {name: value}
    return {key: item for part in parts for key, item in part.items()}


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return shorten(plain(text), _LONGEST) or '""'


def _calls(now: Iterable[Task], then: Iterable[Task]) -> list[str]:
    one, other = _by_name(now), _by_name(then)
    lines = []
    for name in [*one, *(name for name in other if name not in one)]:
        some, before = one.get(name, []), other.get(name, [])
        words = plain(name)
        if len(some) != len(before):
            lines.append(f"{words} was called {_times(len(some))}, and {_times(len(before))} then")
        took, took_then = _took(some), _took(before)
        if took and took_then and took > _SLOWER * took_then and took - took_then > _LEAST_MS:
            lines.append(f"{words} took {span(took)}, and {span(took_then)} then")
        tries, tries_then = _tries(some), _tries(before)
        if tries > tries_then:
            lines.append(f"{words} needed {tries} tries, and {tries_then} then")
        lines += [
            f"check {check} of {words} did not pass, and passed then"
            for check in _worse(some, before)
        ]
    return lines


def _times(count: int) -> str:
    return {0: "not at all", 1: "once"}.get(count, f"{count:,} times")


def _by_name(tasks: Iterable[Task]) -> dict[str, list[Task]]:
    found: dict[str, list[Task]] = defaultdict(list)
    for task in tasks:
        if task.id != BODY:
            found[task.name].append(task)
    return found


def _took(tasks: list[Task]) -> int:
    """The longest of them, in ms."""
    return max(
        (one.finished - one.started for one in tasks if one.started and one.finished), default=0
    )


def _tries(tasks: list[Task]) -> int:
    return max((len(one.attempts) for one in tasks if one.kind == "task"), default=0)


def _worse(now: list[Task], then: list[Task]) -> list[str]:
    passed = {check.name for one in then for check in one.checks if check.passed}
    return sorted({c.name for one in now for c in one.checks if not c.passed and c.name in passed})
