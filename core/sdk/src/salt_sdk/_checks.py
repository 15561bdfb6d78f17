"""Checks: what looks at the data that a task computed, and says whether it is good."""

from __future__ import annotations

import inspect
import linecache
import math
import threading
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Callable, SupportsFloat, TypeVar

from salt_sdk._decode import loads
from salt_sdk._errors import BadInput, DataUnavailable
from salt_sdk._report import one_line, user_place

if TYPE_CHECKING:
    from salt_sdk._declare import Task

SEVERITIES = ("fail", "warn", "quarantine")
HISTORY = 30
"""How many earlier values a check can see, unless it says otherwise."""

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class Check:
    """One check of one task.

    Attributes:
        severity: ``fail``, ``warn`` or ``quarantine``.
        history: How many earlier records it wants; 0: none.
    """

    name: str
    severity: str
    fn: Callable[..., Any]
    history: int


def check(
    task: Task[..., Any], severity: str = "fail", *, history: int = HISTORY
) -> Callable[[F], F]:
    """Make a function a check of a task's values; it stays the function that it is.

    It takes the value, and as a second argument, if it has one, the ``Past`` of that task. It
    passes when it returns True or None. It does not when it returns False or raises; an
    ``AssertionError`` says why.

    Args:
        severity: What follows when it does not pass. ``fail``: the task is invalid, and so is what
            needs its data. ``quarantine``: the data waits for a person to accept or reject it.
            ``warn``: it is told, and no more.
        history: How many earlier values ``past`` holds at most.

    Raises:
        TypeError: The task is none, or the function cannot be called so.
        ValueError: There is no such severity, or the task has a check of that name.
    """
    if not hasattr(task, "checks"):
        raise TypeError("@check needs the task whose values it looks at: @check(extract)")
    if severity not in SEVERITIES:
        raise ValueError(
            f"@check({task.name}): severity={severity!r} is none of fail, warn, quarantine"
        )
    if type(history) is not int or history < 1:
        raise ValueError(f"@check({task.name}): history={history!r} must be a whole number from 1")

    def add(fn: F) -> F:
        taken = _arguments(fn, task.name)
        made = Check(fn.__name__, severity, fn, history if taken == 2 else 0)
        for number, other in enumerate(task.checks):
            if other.name != made.name:
                continue
            if _origin(other.fn) != _origin(fn):
                raise ValueError(f"@check({task.name}): there is a check {made.name!r} already")
            task.checks[number] = made  # a module that was imported again
            return fn
        task.checks.append(made)
        return fn

    return add


def _origin(fn: Any) -> tuple[str, str]:
    return fn.__code__.co_filename, fn.__qualname__


def _arguments(fn: Any, name: str) -> int:
    """How many arguments a check takes: 1 or 2."""
    if not inspect.isfunction(fn):
        raise TypeError(f"@check({name}) goes on a function, not on a {type(fn).__name__}")
    signature = inspect.signature(fn)
    for count in (1, 2):
        try:
            bound = signature.bind(*range(count))
        except TypeError:
            continue
        if count == 2 or "past" not in list(signature.parameters)[1:2]:
            return len(bound.args)
    raise TypeError(f"@check({name}): {fn.__name__} must take the value, or the value and its past")


class Past:
    """Earlier values of the same task, also of other runs, and what checks recorded of them."""

    def __init__(self, task: Task[..., Any], records: Sequence[Mapping[str, Any]]) -> None:
        self._task = task
        self._records = records

    def __len__(self) -> int:
        return len(self._records)

    @cached_property
    def values(self) -> list[Any]:
        """The values, oldest first; without those that are no longer kept, or fit no longer."""
        found = []
        for record in self._records:
            try:
                if record.get("value") is not None:
                    found.append(self._task.signature.result(loads(record["value"])))
            except (BadInput, DataUnavailable):
                continue
        return found

    def numbers(self, name: str) -> list[float]:
        """What checks recorded under a name, oldest first."""
        kept = [record.get("numbers") or {} for record in self._records]
        return [float(numbers[name]) for numbers in kept if name in numbers]


class _Recorder(threading.local):
    numbers: dict[str, float] | None = None


_recorder = _Recorder()


def record(**numbers: SupportsFloat) -> None:
    """Keep numbers about the value that a check looks at: a history that later checks can ask for.

    Outside of a check it does nothing, so that a check can be called in a test.

    Raises:
        TypeError: One is no number.
        ValueError: One is not finite.
    """
    found = {}
    for name, number in numbers.items():
        try:
            found[name] = float(number)
            if isinstance(number, str):
                raise TypeError(name)
        except (TypeError, ValueError):
            raise TypeError(f"record({name}=…): a {type(number).__name__} is no number") from None
        if not math.isfinite(found[name]):
            raise ValueError(f"record({name}={number}): only finite numbers can be kept")
    if _recorder.numbers is not None:
        _recorder.numbers.update(found)


def run(
    task: Task[..., Any], value: Any, history: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """What each check of a task says of a value, in the order of their declaration."""
    if not task.checks:
        return []
    return [_one(one, value, Past(task, history[-one.history :])) for one in task.checks]


def _one(check: Check, value: Any, past: Past) -> dict[str, Any]:
    before, _recorder.numbers = _recorder.numbers, {}
    try:
        why = _judged(check, value, past)
        numbers = _recorder.numbers or {}
    finally:
        _recorder.numbers = before
    return {
        "name": check.name,
        "severity": check.severity,
        "passed": why is None,
        "message": why or "",
        "numbers": numbers,
    }


def _judged(check: Check, value: Any, past: Past) -> str | None:
    """``None`` when it passes, else why not."""
    try:
        said = check.fn(value, past) if check.history else check.fn(value)
        if said is None:
            return None
        if isinstance(said, bool) or type(said).__module__ == "numpy":
            return None if bool(said) else _meaning(check)
        return f"it must return True, False or None, not a {type(said).__name__}"
    except AssertionError as error:
        return one_line(error) or _asserted(error)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - the user's code
        said = one_line(error)
        return f"{type(error).__name__}{': ' if said else ''}{said}{_at(error)}"


def _meaning(check: Check) -> str:
    doc = (inspect.getdoc(check.fn) or "").partition("\n")[0]
    return f"not true: {doc}" if doc else "it returned False"


def _asserted(error: AssertionError) -> str:
    """The line of an assertion that says nothing itself."""
    frames = traceback.extract_tb(error.__traceback__)
    line = linecache.getline(frames[-1].filename, frames[-1].lineno or 0).strip() if frames else ""
    return f"{line or 'AssertionError'}{_at(error)}"


def _at(error: BaseException) -> str:
    place = user_place(error)
    return f" ({place[0]}:{place[1]})" if place is not None else ""


def verdict(checks: Sequence[Mapping[str, Any]]) -> str:
    """``valid``, ``invalid`` or ``quarantined``: the strictest check that did not pass decides."""
    failed = {one["severity"] for one in checks if not one["passed"]}
    if "fail" in failed:
        return "invalid"
    return "quarantined" if "quarantine" in failed else "valid"
