"""What a decorator or ``.options()`` may say, checked where it is said."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from typing import Any, Callable, TypedDict, Union, cast

from salt_sdk._limits import Limit, names_in
from salt_sdk._policy import Duration, Policy, class_name, seconds

Errors = Union[type[BaseException], str, Sequence[Union[type[BaseException], str]]]
Limits = Union[str, Limit, Sequence[Union[str, Limit]]]

_QUEUE = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")


class WorkflowRules(TypedDict, total=False):
    """What ``@workflow`` may say of how its function is run; ``None`` is the default."""

    retries: int | None
    timeout: Duration | None
    backoff: Duration | None
    backoff_max: Duration | None
    jitter: float | None
    queue: str | None
    priority: int | None
    retry_on: Errors | None
    no_retry_on: Errors | None


class TaskRules(WorkflowRules, total=False):
    """What ``@task`` may say of how it is run; ``None`` is the default."""

    start_timeout: Duration | None
    heartbeat: Duration | None
    limit: Limits | None
    fair: str | None
    cache: str | None
    cache_for: Duration | None
    strict: bool | None


class RunOptions(TypedDict, total=False):
    """What ``.options()`` of a workflow may say of the runs that it starts."""

    queue: str | None
    priority: int | None
    concurrency: int | None


class Options(TaskRules, total=False):
    """What ``.options()`` may say of some calls."""

    concurrency: int | None


def changed(policy: Policy, who: str, rules: Mapping[str, Any], allowed: type) -> Policy:
    """``policy`` with what ``rules`` say put over it; ``None`` in it is the default again.

    Args:
        who: What is being declared, for messages.
        allowed: The class of those rules.

    Raises:
        TypeError: There is no such rule.
        ValueError: One is out of its range; names it.
    """
    known = allowed.__annotations__
    fields: dict[str, Any] = {}
    for key, value in rules.items():
        read = _READERS.get(key)
        if read is None or key not in known:
            near = get_close_matches(key, known, 1)
            hint = f"did you mean {near[0]}=?" if near else f"there are: {', '.join(sorted(known))}"
            raise TypeError(f"{who} has no {key}=; {hint}")
        field, check = read
        fields[field] = None if value is None else check(f"{who}: {key}={value!r} must be", value)
    return replace(policy, **fields)


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _retries(must: str, value: Any) -> int:
    if _whole(value) and value >= 0:
        return cast(int, value)
    raise ValueError(f"{must} a whole number from 0")


def _concurrency(must: str, value: Any) -> int:
    if _whole(value) and value >= 1:
        return cast(int, value)
    raise ValueError(f"{must} a whole number from 1")


def _priority(must: str, value: Any) -> int:
    if _whole(value) and -512 <= value <= 511:
        return cast(int, value)
    raise ValueError(f"{must} a whole number from -512 to 511")


def _queue(must: str, value: Any) -> str:
    if isinstance(value, str) and _QUEUE.fullmatch(value):
        return value
    raise ValueError(f"{must} a name of small letters, digits, '.', '_' and '-'")


def _jitter(must: str, value: Any) -> float:
    if isinstance(value, (int, float)) and 0 <= value <= 1:
        return float(value)
    raise ValueError(f"{must} from 0 to 1")


def _span(must: str, value: Any) -> float:
    try:
        return seconds(value)
    except ValueError:
        raise ValueError(f"{must} a duration such as 30, '30s', '10m' or '2h'") from None


def _positive(must: str, value: Any) -> float:
    span = _span(must, value)
    if span == 0:
        raise ValueError(f"{must} above zero")
    return span


def _limits(must: str, value: Any) -> tuple[Limit, ...]:
    given = value if isinstance(value, (list, tuple)) else [value]
    if not all(isinstance(one, (str, Limit)) for one in given):
        raise ValueError(f"{must} a name such as 'api', a Limit, or a list of them")
    limits = [one if isinstance(one, Limit) else Limit(one, at_once=1) for one in given]
    if len({one.name for one in limits}) < len(limits):
        raise ValueError(f"{must} limits of different names")
    return tuple(limits)


def _fair(must: str, value: Any) -> str:
    names_in(value, must.removesuffix(" must be"))
    return cast(str, value)


def _cache(must: str, value: Any) -> str:
    if value == "by-inputs":
        return "by-inputs"
    raise ValueError(f"{must} 'by-inputs' or None")


def _flag(must: str, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    raise ValueError(f"{must} True or False")


def _errors(must: str, value: Any) -> tuple[str, ...]:
    given = value if isinstance(value, (list, tuple, set, frozenset)) else [value]
    names = []
    for one in given:
        if isinstance(one, type) and issubclass(one, BaseException):
            names.append(class_name(one))
        elif isinstance(one, str) and one:
            names.append(one)
        else:
            raise ValueError(f"{must} exceptions, or names of exceptions")
    return tuple(names)


_READERS: dict[str, tuple[str, Callable[[str, Any], Any]]] = {
    "retries": ("retries", _retries),
    "timeout": ("timeout_s", _positive),
    "backoff": ("backoff_s", _span),
    "backoff_max": ("backoff_max_s", _span),
    "jitter": ("jitter", _jitter),
    "queue": ("queue", _queue),
    "priority": ("priority", _priority),
    "retry_on": ("retry_on", _errors),
    "no_retry_on": ("no_retry_on", _errors),
    "start_timeout": ("start_timeout_s", _positive),
    "heartbeat": ("heartbeat_s", _positive),
    "limit": ("limits", _limits),
    "fair": ("fair", _fair),
    "cache": ("cache", _cache),
    "cache_for": ("cache_s", _positive),
    "strict": ("strict", _flag),
    "concurrency": ("concurrency", _concurrency),
}
