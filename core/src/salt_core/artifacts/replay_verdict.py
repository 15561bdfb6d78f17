"""A run that was, and what replaying it shows: the judgement, without a process."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from salt_core.model.journal import Entry
from salt_core.model.status import RunStatus
from salt_core.model.task import Failure
from salt_core.wire.messages import Calls, Diverged, Error, FromArtifact, Result, Waiting

_SHOWN = 80


@dataclass(frozen=True, slots=True)
class Past:
    """A run as it is remembered.

    Attributes:
        function: The workflow function, or the registered name of the workflow.
        params: JSON text, an object; like all values here with large ones in place.
        created: Unix ms.
        entries: The whole journal.
        value: JSON text of what it returned; ``None``: it has not.
        failure: Why it failed; ``None``: it has not.
    """

    run: str
    function: str
    params: str
    created: int
    status: RunStatus
    entries: Sequence[Entry] = field(default=(), repr=False)
    value: str | None = None
    failure: Failure | None = None


class Outcome(StrEnum):
    """How a replay compares with the run."""

    SAME = "same"
    OTHER_VALUE = "other value"
    DEPARTED = "departed"
    """It asked for something else than the journal holds."""
    MORE = "asks for more"
    """The run had ended where the replay goes on."""
    FAILED = "failed"
    """It failed where the run did not, or in another way."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay showed; ``text`` is one sentence."""

    outcome: Outcome
    text: str

    @property
    def same(self) -> bool:
        return self.outcome is Outcome.SAME


def judge(past: Past, said: FromArtifact) -> Replayed | None:
    """What the first telling message of a replay means; ``None``: it tells nothing yet."""
    match said:
        case Diverged():
            return Replayed(Outcome.DEPARTED, departure(said))
        case Result():
            return _of_value(past, said.value)
        case Error():
            return _of_failure(past, said.error.failure())
        case Calls():
            first = said.calls[0] if said.calls else None
            asked = f" for {first.name}{f' ({first.at})' if first.at else ''}" if first else ""
            return _of_more(past, f"asks{asked}")
        case Waiting():
            return _of_more(past, "waits for results")
        case _:
            return None


def departure(said: Diverged) -> str:
    """Both sides of a departure, with their source lines."""
    before = f" ({said.expected_at})" if said.expected_at else ""
    now = f" ({said.file}:{said.line})" if said.file else ""
    return f"The journal holds {said.expected}{before}, and the code asked for {said.got}{now}."


def _of_value(past: Past, value: str) -> Replayed:
    if past.value is not None:
        if _equal(past.value, value):
            return Replayed(Outcome.SAME, "It returns the same value.")
        sides = f"It returns {_short(value)}, and returned {_short(past.value)}."
        return Replayed(Outcome.OTHER_VALUE, sides)
    if past.failure is not None and past.status is RunStatus.FAILED:
        sides = f"It returns {_short(value)}, and failed with {_words(past.failure)}."
        return Replayed(Outcome.OTHER_VALUE, sides)
    return Replayed(Outcome.SAME, "It comes as far as the run did, and returns.")


def _of_failure(past: Past, failure: Failure) -> Replayed:
    before = past.failure if past.status is RunStatus.FAILED else None
    if before is not None and (before.type, before.message) == (failure.type, failure.message):
        return Replayed(Outcome.SAME, f"It fails as it did, with {_words(failure)}.")
    if past.value is not None:
        was = f", and returned {_short(past.value)}"
    elif before is not None:
        was = f", and failed with {_words(before)}"
    else:
        was = f", and was {past.status}"
    return Replayed(Outcome.FAILED, f"It fails with {_words(failure)}{was}.")


def _of_more(past: Past, what: str) -> Replayed:
    """It has used up the journal and wants to go on."""
    if past.value is not None:
        return Replayed(Outcome.MORE, f"It {what} where the run returned.")
    before = past.failure if past.status is RunStatus.FAILED else None
    if before is not None and before.traceback:
        return Replayed(Outcome.MORE, f"It {what} where the run failed with {_words(before)}.")
    return Replayed(Outcome.SAME, "It comes as far as the run did.")


def _equal(one: str, other: str) -> bool:
    return one == other or json.loads(one) == json.loads(other)


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def _words(failure: Failure) -> str:
    message = _short(" ".join(failure.message.split()).rstrip("."))
    return f"{failure.type}: {message}" if message else failure.type
