"""What the first telling message of a replay means."""

from __future__ import annotations

from dataclasses import replace

import pytest

from salt_core.artifacts.replay_verdict import Outcome, Past, judge
from salt_core.model.status import RunStatus
from salt_core.model.task import Failure
from salt_core.wire.messages import (
    Calls,
    Diverged,
    Error,
    FromArtifact,
    Heartbeat,
    Result,
    Roll,
    Waiting,
    WireCall,
    WireError,
)

PAST = Past("r1", "flow", "{}", 0, RunStatus.SUCCEEDED, (), '{"a": 1, "b": 2}')
RAISED = Failure("ValueError", "no", "Traceback …")
FAILED = replace(PAST, status=RunStatus.FAILED, value=None, failure=RAISED)
TIMED_OUT = replace(FAILED, failure=Failure("TimedOut", "the run took longer than its timeout"))
CANCELLED = replace(PAST, status=RunStatus.CANCELLED, value=None)
WAITING = replace(PAST, status=RunStatus.WAITING, value=None)

VALUE = Result(value='{"b":2,"a":1}')
OTHER = Result(value="[" + "1," * 100 + "1]")
MORE = Calls(calls=(WireCall(seq=4, name="load", at="flow.py:9"),))
WAITS = Waiting(entries=3)
AS_BEFORE = Error(error=WireError(type="ValueError", message="no"))
ELSE = Error(error=WireError(type="KeyError", message="'x'\ny."))
DEPARTED = Diverged(expected="load", got="save", expected_at="a.py:1", file="a.py", line=2)


@pytest.mark.parametrize(
    ("past", "said", "outcome", "text"),
    [
        (PAST, VALUE, Outcome.SAME, "It returns the same value."),
        (PAST, OTHER, Outcome.OTHER_VALUE, f"It returns {OTHER.value[:79]}…, and returned {{"),
        (PAST, MORE, Outcome.MORE, "It asks for load (flow.py:9) where the run returned."),
        (PAST, WAITS, Outcome.MORE, "It waits for results where the run returned."),
        (PAST, ELSE, Outcome.FAILED, "It fails with KeyError: 'x' y, and returned {"),
        (FAILED, AS_BEFORE, Outcome.SAME, "It fails as it did, with ValueError: no."),
        (FAILED, ELSE, Outcome.FAILED, "It fails with KeyError: 'x' y, and failed with ValueError"),
        (FAILED, VALUE, Outcome.OTHER_VALUE, 'It returns {"b":2,"a":1}, and failed with ValueE'),
        (FAILED, WAITS, Outcome.MORE, "It waits for results where the run failed with ValueError"),
        (TIMED_OUT, WAITS, Outcome.SAME, "It comes as far as the run did."),
        (CANCELLED, MORE, Outcome.SAME, "It comes as far as the run did."),
        (CANCELLED, ELSE, Outcome.FAILED, "It fails with KeyError: 'x' y, and was cancelled."),
        (WAITING, WAITS, Outcome.SAME, "It comes as far as the run did."),
        (WAITING, VALUE, Outcome.SAME, "It comes as far as the run did, and returns."),
        (
            WAITING,
            DEPARTED,
            Outcome.DEPARTED,
            "The journal holds load (a.py:1), and the code asked for save (a.py:2).",
        ),
    ],
)
def test_a_verdict(past: Past, said: FromArtifact, outcome: Outcome, text: str) -> None:
    found = judge(past, said)
    assert found is not None
    assert found.outcome is outcome
    assert found.text.startswith(text)
    assert found.same == (outcome is Outcome.SAME)


@pytest.mark.parametrize("said", [Heartbeat(), Roll(loop=1, seq=2, turn=1, value="1")])
def test_what_tells_nothing(said: FromArtifact) -> None:
    assert judge(PAST, said) is None
