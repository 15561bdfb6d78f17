"""A world in which runs of this process take place: its clock moves when nothing else does."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta, timezone
from functools import partial
from typing import TYPE_CHECKING, Any, Callable, NamedTuple, Union

from salt_sdk import _running, _surroundings
from salt_sdk._decode import loads
from salt_sdk._encode import dumps
from salt_sdk._errors import NoService
from salt_sdk._futures import Asked, Future
from salt_sdk._policy import Duration, seconds
from salt_sdk._surroundings import Entry, Expected, Memory, approved, failed, moment_of, succeeded

if TYPE_CHECKING:
    from typing_extensions import Self

    from salt_sdk._declare import Task, WorkflowFunction

    Replaced = Union[Task[..., Any], WorkflowFunction[..., Any], str]

When = Union[Duration, timedelta, date]
"""A moment (an aware datetime, or a date: its midnight in UTC), or a time after the start."""

START = datetime(2026, 1, 1, tzinfo=timezone.utc)


class Reject:
    """The answer of a person who says no."""

    def __init__(self, why: str = "") -> None:
        self.why = why


class Called(NamedTuple):
    """A task or a run that was asked for; arguments are as it got them.

    Attributes:
        at: When, on the clock of the simulation.
    """

    name: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    at: datetime


def moment(when: When, start: datetime) -> datetime:
    """``when`` as an aware datetime.

    Raises:
        ValueError: It says no time zone, or is none of those.
    """
    if isinstance(when, datetime):
        if when.tzinfo is None:
            raise ValueError(f"{when} says no time zone; give an aware datetime")
        return when.astimezone(timezone.utc)
    if isinstance(when, date):
        return datetime(when.year, when.month, when.day, tzinfo=timezone.utc)
    if isinstance(when, timedelta):
        return start + when
    return start + timedelta(seconds=seconds(when))


class World(Memory):
    """What is around the runs of a simulation (``_surroundings.Surroundings``)."""

    def __init__(
        self,
        start: datetime,
        replace: Mapping[Replaced, Any],
        events: Iterable[tuple[When, str, Any]],
        approvals: Mapping[str, Any],
    ) -> None:
        super().__init__()
        self.calls: list[Called] = []
        self._now = start
        self._replace = {
            key if isinstance(key, str) else (key.kind, key.name): value
            for key, value in replace.items()
        }
        told = [(moment(when, start), name, dumps(payload)) for when, name, payload in events]
        self._events = sorted(told, key=lambda event: event[0])
        self._heard: dict[tuple[str, str], int] = {}
        self._approvals = approvals

    def now(self) -> datetime:
        return self._now

    def wait_until(self, moment: datetime) -> None:
        self._now = max(self._now, moment)

    def pause(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)

    def stuck(self, waits: list[Future[Any]]) -> Exception:
        told = [_never(future._asked) for future in waits if not future._order]
        return NoService(f"The run waits for ever: {'; '.join(told) or 'nothing can happen'}.")

    def expect(self, asked: Asked) -> Expected:
        if asked.kind == "sleep":
            return Expected(moment_of(asked, self._now), lambda: succeeded(None))
        timeout = asked.wire.get("timeout_s")
        until = None if timeout is None else self._now + timedelta(seconds=timeout)
        found = self._event(asked) if asked.kind == "event" else self._answer(asked)
        if found.at is not None and (until is None or found.at <= until):
            return found
        if until is None:
            return Expected()
        return Expected(until, lambda: failed("TimedOut", f"Nothing came within {timeout:g} s."))

    def _event(self, asked: Asked) -> Expected:
        where = asked.wire.get("where", "{}")
        wanted = asked.name, where
        after = self._heard.get(wanted, -1)
        for place, (at, name, payload) in enumerate(self._events):
            if place <= after or at < self._now or name != asked.name:
                continue
            if _fits(json.loads(payload), json.loads(where)):
                return Expected(at, partial(self._hear, wanted, place))
        return Expected()

    def _hear(self, wanted: tuple[str, str], place: int) -> Entry:
        """The next wait for the same hears what comes after it."""
        self._heard[wanted] = max(place, self._heard.get(wanted, -1))
        return _with_text(self._events[place][2])

    def _answer(self, asked: Asked) -> Expected:
        now = self._now
        if asked.name not in self._approvals:
            return Expected()
        answer = self._approvals[asked.name]
        if isinstance(answer, Reject):
            why = f"simulate: {answer.why}" if answer.why else "simulate"
            return Expected(now, lambda: failed("Rejected", why))
        fields = answer if isinstance(answer, Mapping) else {}
        return Expected(now, lambda: approved("simulate", now, fields))

    def accepts(self, task: str) -> bool:
        return task in self._approvals and not isinstance(self._approvals[task], Reject)

    def stand_in(self, task: Task[..., Any]) -> Task[..., Any]:
        other = copy.copy(task)
        found = self._found("task", task.name)
        run: Callable[..., Any] = task.fn if found is None else found.run

        def called(*args: Any, **kwargs: Any) -> Any:
            if _running.context().attempt == 1:
                self.calls.append(Called(task.name, args, kwargs, self._now))
            return run(*args, **kwargs)

        other.fn = called
        return other

    def run_stands_in(self, asked: Asked) -> Callable[[], Any] | None:
        kwargs = loads(asked.wire["params"])
        if asked.function is not None:
            kwargs = dict(asked.function.signature.named(kwargs).arguments)
        self.calls.append(Called(asked.name, (), kwargs, self._now))
        found = self._found("workflow", asked.name)
        return None if found is None else lambda: found.run(**kwargs)

    def _found(self, kind: str, name: str) -> _Replacement | None:
        for key in ((kind, name), name):
            if key in self._replace:
                return _Replacement(self._replace[key])
        return None


class _Replacement:
    """A value, a function, or an exception, in the place of a task or a run."""

    def __init__(self, given: Any) -> None:
        self._given = given

    def run(self, *args: Any, **kwargs: Any) -> Any:
        given = self._given
        if isinstance(given, BaseException) or (
            isinstance(given, type) and issubclass(given, BaseException)
        ):
            raise given
        return given(*args, **kwargs) if callable(given) else given


def _with_text(text: str) -> Entry:
    return {"status": "succeeded", "value": text}


def _fits(payload: Any, where: dict[str, Any]) -> bool:
    if not where:
        return True
    return isinstance(payload, dict) and all(
        name in payload and payload[name] == value for name, value in where.items()
    )


def _never(asked: Asked) -> str:
    if asked.kind == "event":
        where = f" with {asked.wire['where']}" if "where" in asked.wire else ""
        return (
            f"for event {asked.name!r}{where}, and none comes any more; "
            f"give simulate(events=[(when, {asked.name!r}, payload)])"
        )
    return (
        f"for an approval of {asked.name!r}, and nobody answers; "
        f"give simulate(approvals={{{asked.name!r}: {{…}}}})"
    )


class Simulation:
    """What ``simulate`` gives: a context in which workflows are called as plain functions."""

    def __init__(self, world: World) -> None:
        self._world = world

    @property
    def now(self) -> datetime:
        """The clock, aware and in UTC."""
        return self._world.now()

    @property
    def calls(self) -> list[Called]:
        """Every task and run that was asked for, in that order."""
        return self._world.calls

    def calls_of(self, what: Replaced) -> list[Called]:
        """Those of one task or workflow."""
        name = what if isinstance(what, str) else what.name
        return [call for call in self._world.calls if call.name == name]

    def __enter__(self) -> Self:
        _surroundings.around.append(self._world)
        _running.clock.append(self._world.now)
        return self

    def __exit__(self, *_: object) -> None:
        _surroundings.around.remove(self._world)
        _running.clock.remove(self._world.now)


def simulate(
    start: When = START,
    replace: Mapping[Any, Any] | None = None,
    events: Iterable[tuple[When, str, Any]] = (),
    approvals: Mapping[str, Any] | None = None,
) -> Simulation:
    """Run workflows in a world of your own; used as ``with simulate(…) as sim:``.

    Time skips: sleeps, timeouts and pauses between attempts take none, and ``now()`` tells the
    simulation's clock, in tasks too.

    Args:
        start: When it begins.
        replace: What stands in the place of tasks and workflows (or their names, as for
            ``call("other")``): a value, a function of the same arguments, or an exception.
        events: ``(when, name, payload)``; an event is for those who wait for it at that moment.
        approvals: By step: the fields that are given, or ``Reject("why")``. By the name of a task
            whose data a check puts in quarantine: anything else than ``Reject`` accepts it.
    """
    begin = moment(start, START)
    return Simulation(World(begin, replace or {}, events, approvals or {}))
