"""What is around a run that has no service: the machine's clock, and who sits at the terminal."""

from __future__ import annotations

import json
import sys
import time
from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, Callable, Protocol

from salt_sdk import _running
from salt_sdk._encode import dumps
from salt_sdk._errors import NoService
from salt_sdk._futures import Asked, Future

if TYPE_CHECKING:
    from salt_sdk._declare import Task
    from salt_sdk._execute import Outcome

MOST_RECORDS = 100

Entry = dict[str, Any]
"""How a call ended: a ``done`` entry of WIRE.md without its number."""


@dataclass(frozen=True)
class Expected:
    """When a wait ends, and how; no ``at``: never, as far as is known."""

    at: datetime | None = None
    how: Callable[[], Entry] = dict


class Surroundings(Protocol):
    """What a local run needs of the world."""

    def now(self) -> datetime: ...

    def wait_until(self, moment: datetime) -> None: ...

    def pause(self, seconds: float) -> None:
        """Between two attempts of a task."""
        ...

    def stuck(self, waits: list[Future[Any]]) -> Exception: ...

    def expect(self, asked: Asked) -> Expected:
        """What becomes of a wait that begins now.

        Raises:
            NoService: Without a service nothing can.
        """
        ...

    def accepts(self, task: str) -> bool:
        """Whether a person takes a task's data all the same that a check put in quarantine."""
        ...

    def history(self, task: str) -> list[dict[str, Any]]:
        """Records of earlier values of a task, oldest first, as WIRE.md has them."""
        ...

    def remember(self, task: str, run: str, outcome: Outcome) -> None:
        """One more record."""
        ...

    def stand_in(self, task: Task[..., Any]) -> Task[..., Any]:
        """The task that is run in the place of this one."""
        ...

    def run_stands_in(self, asked: Asked) -> Callable[[], Any] | None:
        """What gives the value of a run in its place; ``None``: it is run."""
        ...


def succeeded(value: Any) -> Entry:
    """An end with a value."""
    return {"status": "succeeded", "value": dumps(value)}


def failed(type: str, message: str) -> Entry:
    """An end without one."""
    return {"status": "failed", "error": {"type": type, "message": message}}


def moment_of(asked: Asked, now: datetime) -> datetime:
    """When a sleep that begins now is over."""
    if "until" in asked.wire:
        moment = datetime.fromtimestamp(asked.wire["until"] / 1000, timezone.utc)
        return max(moment, now)
    try:
        return now + timedelta(seconds=asked.wire["for_s"])
    except OverflowError:
        return datetime.max.replace(tzinfo=timezone.utc)


class Memory:
    """What was recorded of values of tasks in this process, by the task's name."""

    def __init__(self) -> None:
        self._records: dict[str, deque[dict[str, Any]]] = {}

    def history(self, task: str) -> list[dict[str, Any]]:
        return list(self._records.get(task, ()))

    def remember(self, task: str, run: str, outcome: Outcome) -> None:
        if outcome.checks:
            numbers: dict[str, float] = {}
            for one in outcome.checks:
                numbers.update(one["numbers"])
            at = round(_running.clock[-1]().timestamp() * 1000)
            record = {"run": run, "at": at, "numbers": numbers, "value": outcome.text}
            self._records.setdefault(task, deque(maxlen=MOST_RECORDS)).append(record)


class Here(Memory):
    """This machine, as it is."""

    def now(self) -> datetime:
        return _running.clock[-1]()

    def wait_until(self, moment: datetime) -> None:
        while (left := (moment - self.now()).total_seconds()) > 0:
            self.pause(min(left, 3600.0))

    def pause(self, seconds: float) -> None:
        time.sleep(seconds)

    def stuck(self, waits: list[Future[Any]]) -> Exception:
        names = ", ".join(repr(future) for future in waits)
        return NoService(f"The run waits for what never ends: {names}.")

    def expect(self, asked: Asked) -> Expected:
        if asked.kind == "sleep":
            return Expected(moment_of(asked, self.now()), lambda: succeeded(None))
        if asked.kind == "event":
            raise NoService(
                f"wait_event({asked.name!r}) needs a service, for events come from outside; start "
                "it with `salt run`, or test it with salt_sdk.testing.simulate(events=[…])."
            )
        if not sys.stdin.isatty():
            raise NoService(
                f"approve({asked.name!r}) asks a person, and there is no terminal here; start it "
                "with `salt run`, or test it with salt_sdk.testing.simulate(approvals={…})."
            )
        return Expected(self.now(), lambda: _answer(asked))

    def accepts(self, task: str) -> bool:
        if not sys.stdin.isatty():
            return False
        return _line(f"{task}: is its data good enough all the same? ").lower().startswith("y")

    def stand_in(self, task: Task[..., Any]) -> Task[..., Any]:
        return task

    def run_stands_in(self, asked: Asked) -> Callable[[], Any] | None:
        return None


def _answer(asked: Asked) -> Entry:
    """Ask at the terminal."""
    print(f"approve {asked.name}: {asked.wire.get('message') or 'is it well?'}", file=sys.stderr)
    if not _line("yes or no? ").lower().startswith("y"):
        why = _line("why not? ")
        return failed("Rejected", f"{_user()}: {why}" if why else _user())
    schema = json.loads(asked.wire.get("fields", "{}"))
    while True:
        fields: dict[str, Any] = {}
        for name in schema.get("properties", {}):
            text = _line(f"{name}: ")
            if text or name in schema.get("required", ()):
                fields[name] = _tree(text)
        entry = approved(_user(), datetime.now(timezone.utc), fields)
        try:
            asked.read(entry["value"])
            return entry
        except ValueError as error:
            print(f"error: {error}", file=sys.stderr)


def approved(by: str, at: datetime, fields: Any) -> Entry:
    """An approval, as WIRE.md has its value."""
    return succeeded({"by": by, "at": at, "fields": fields})


def _line(prompt: str) -> str:
    sys.stderr.write(prompt)
    sys.stderr.flush()
    line = sys.stdin.readline()
    if not line:
        raise NoService("The terminal was closed before the approval was answered.")
    return line.strip()


def _tree(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _user() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (ImportError, KeyError, OSError):
        return "someone"


around: list[Surroundings] = [Here()]
"""The last one is around runs that begin now."""
