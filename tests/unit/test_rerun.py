"""What a new run keeps of one that failed."""

from __future__ import annotations

import pytest

from salt_core.model.journal import Called, Done, Entry, Turned
from salt_core.model.status import TaskStatus
from salt_core.model.task import Failure
from salt_core.rerun import Plan, plan

BAD = Failure("ValueError", "no")


def call(seq: int) -> Called:
    return Called(seq, f"t{seq}")


def done(seq: int) -> Done:
    return Done(seq, TaskStatus.SUCCEEDED, "1")


def bad(seq: int, status: TaskStatus = TaskStatus.FAILED) -> Done:
    return Done(seq, status, error=BAD)


@pytest.mark.parametrize(
    ("entries", "kept"),
    [
        ([], Plan((), 0)),
        ([call(1), bad(1)], Plan((), 1)),
        ([call(1), done(1), call(2), bad(2)], Plan((1,), 2)),
        # What was asked for after the failure may have been asked for because of it.
        ([call(1), done(1), call(2), bad(2), call(3), done(3)], Plan((1,), 2)),
        # What came in after it, of calls made before it, is kept: in the journal's order.
        ([call(1), call(2), call(3), bad(2), done(3), done(1)], Plan((3, 1), 3)),
        # Unfinished ones are queued anew, as are cancelled and invalid ones.
        ([call(1), call(2), call(3), done(2), bad(3)], Plan((2,), 3)),
        ([call(1), done(1), call(2), bad(2, TaskStatus.INVALID), call(3)], Plan((1,), 2)),
        ([call(1), done(1), call(2), bad(2, TaskStatus.CANCELLED), call(3)], Plan((1,), 2)),
        # Nothing failed but the workflow function itself.
        ([call(1), done(1), call(2), done(2)], Plan((1, 2), 2)),
        # A loop's turns that were forgotten count as made.
        (
            [call(1), Turned(1, 40, 13, "{}"), call(41), done(41), call(42), bad(42)],
            Plan((41,), 42),
        ),
        ([call(1), Turned(1, 40, 13, "{}")], Plan((), 40)),
        # The failure came before the loop had ended those turns: it begins anew.
        ([call(1), call(2), bad(1), Turned(2, 40, 13, "{}"), call(41), done(41)], Plan((), 2)),
    ],
)
def test_plan(entries: list[Entry], kept: Plan) -> None:
    assert plan(entries) == kept
