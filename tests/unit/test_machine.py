"""The table of transitions, and that the scripts speak its words."""

from __future__ import annotations

import re
from itertools import product

import pytest

from salt_core.machine import RUN_OF_BODY, TASK, TaskEvent, next_task
from salt_core.model.status import RunStatus, TaskStatus
from salt_core.store.redis import scripts
from salt_core.store.redis.keys import Kind


@pytest.mark.parametrize(("status", "event"), list(product(TaskStatus, TaskEvent)))
def test_every_pair_has_an_answer_and_what_is_final_stays(
    status: TaskStatus, event: TaskEvent
) -> None:
    after = next_task(status, event)
    assert after is None or after is not status
    if status.final:  # but quarantined data may be taken as it is
        assert after is None or event is TaskEvent.ACCEPT


def test_every_status_but_invalid_can_be_reached_and_left_or_is_final() -> None:
    reached = set(TASK.values()) | {TaskStatus.BLOCKED, TaskStatus.QUEUED}
    left = {status for status, _ in TASK}
    for status in set(TaskStatus) - {TaskStatus.INVALID}:
        assert status in reached
        assert status.final or status in left


def test_a_run_ends_as_its_body_does() -> None:
    for task in (TaskStatus.SUCCEEDED, TaskStatus.FAILED, TaskStatus.CANCELLED):
        assert RUN_OF_BODY[task].final
        assert RUN_OF_BODY[task] == RunStatus(task.value)


@pytest.mark.parametrize("verb", scripts.names())
def test_a_script_uses_listed_keys_and_known_statuses(verb: str) -> None:
    text = scripts.load(verb).text
    assert set(re.findall(r"\bkey\('(\w+)'", text)) <= {kind.value for kind in Kind}
    writes = "\n".join(re.findall(r"'HSET'[^\n]*", text))
    written = set(re.findall(r"'status', '(\w+)'", writes))
    assert written <= {status.value for status in (*TaskStatus, *RunStatus)}


@pytest.mark.parametrize("verb", scripts.names())
def test_a_script_says_what_it_takes_and_returns(verb: str) -> None:
    head = scripts._read(f"{verb}.lua")
    assert "-- KEYS[1]" in head
    assert re.search(r"^-- Returns ", head, re.MULTILINE)
    assert len(scripts._read(f"{verb}.lua").splitlines()) < 80
