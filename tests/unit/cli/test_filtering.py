"""The filter line: what it means, what it refuses, and what could stand there next."""

from __future__ import annotations

import pytest

from salt_core.cli.filtering import NAMES, complete, parse
from salt_core.errors import BadInput
from salt_core.model.query import Pattern
from salt_core.model.run import Run
from salt_core.model.status import RunStatus
from salt_core.model.task import Failure

NOW = 1_768_485_731_402
"""2026-01-15 14:02:11.402 UTC."""


def _run(**more: object) -> Run:
    values: dict[str, object] = {
        "id": "01kf3n7qm2xk5c9d",
        "workflow": "nightly",
        "version": "3f2a",
        "status": RunStatus.FAILED,
        "params": "{}",
        "trigger": "schedule",
        "created": NOW - 3_600_000,
        "started": None,
        "finished": None,
        "tasks_total": 1,
        "tasks_done": 0,
        "error": Failure("KeyError", "'region'"),
    }
    return Run(**{**values, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", True),
        ("status:failed", True),
        ("state:running", False),
        ("wf:nightly", True),
        ("workflow:other", False),
        ("since:2h", True),
        ("since:30m", False),
        ("since:2026-01-15", True),
        ("since:2026-01-16", False),
        ("REGION", True),
        ("nightly keyerror", True),
        ("nightly valueerror", False),
        ("01kf3n", True),
        ("status:failed wf:nightly since:1d schedule", True),
        ("status:queued,failed", True),
        ("-status:failed", False),
        ("-status:succeeded -wf:crm*", True),
        ("wf:night*", True),
        ("wf:*ght*y", True),
        ("wf:ght*", False),
        ("version:3f", True),
        ("id:01kf3n", True),
        ("run:01zz", False),
        ("error:region", True),
        ("error:KEYERROR", True),
        ("error:\"'region'\"", True),
        ("error:value", False),
        ("-region", False),
        ("until:30m", True),
        ("until:2h", False),
        ("took:>1s", False),
        ("ended:1d", False),
        ('"nightly"', True),
    ],
)
def test_filters(text: str, found: bool) -> None:
    assert parse(text, NOW).matches(_run(), NOW) is found


def test_a_list_of_one_workflow_stays_one() -> None:
    query = parse("failed", NOW, workflow="nightly")
    assert query.matches(_run(), NOW)
    assert not query.matches(_run(workflow="other"), NOW)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("status:bad", "queued running"),
        ("status:failed,bad", "queued running"),
        ("since:soon", "soon"),
        ("colour:red", "No field colour"),
        ("took:long", "took:>5m"),
        ("took:>long", "took:>5m"),
        ("-since:2d", "minus"),
    ],
)
def test_a_wrong_filter_says_what_there_is(text: str, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        parse(text, NOW)


def test_how_long_it_took() -> None:
    run = _run(started=NOW - 3_000_000, finished=NOW - 2_700_000)
    for text, found in [
        ("took:>5m", True), ("took:>6m", False), ("took:<5m", True), ("took:4m", True),
        ("took:>1m took:<10m", True), ("ended:50m", True), ("ended:40m", False),
    ]:  # fmt: skip
        assert parse(text, NOW).matches(run, NOW) is found, text
    running = _run(status=RunStatus.RUNNING, started=NOW - 3_600_000)
    assert parse("took:>59m", NOW).matches(running, NOW)
    assert not parse("took:>61m", NOW).matches(running, NOW)


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        ("", "", True), ("", "a", False), ("a", "a", True), ("a*", "a", True), ("*", "", True),
        ("*", "abc", True), ("a*b", "ab", True), ("a*b", "ab1", False), ("a*a", "a", False),
        ("*b*", "abc", True), ("a*b*c", "acb", False), ("a*b*c", "axbxc", True), ("**", "x", True),
        ("*ab", "aab", True), ("ab*ab", "ab", False), ("A*", "abc", True),
    ],
)  # fmt: skip
def test_patterns(pattern: str, text: str, fits: bool) -> None:
    assert Pattern.of(pattern).fits(text) is fits


KNOWN = {"workflow": ["crm-sync", "nightly", "night-train"], "trigger": ["manual"]}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("st", ["status:"]),
        ("-st", ["status:"]),
        ("wf:nigh", ["nightly", "night-train"]),
        ("wf:sy", ["crm-sync"]),
        ("status:failed wf:c", ["crm-sync"]),
        ("wf:crm-sync,n", ["nightly", "night-train", "crm-sync"]),
        ("status:run", ["running"]),
        ("trigger:", ["manual"]),
        ("error:", []),
        ("zebra", []),
    ],
)
def test_what_could_stand_there(text: str, shown: list[str]) -> None:
    assert [one.shown for one in complete(text, KNOWN)] == shown


def test_a_candidate_is_the_whole_line() -> None:
    assert complete("-status:failed,qu", {})[0].line == "-status:failed,queued"
    assert complete("wf:nightly sta", {})[0].line == "wf:nightly status:"
    assert [one.shown for one in complete("", {})] == [f"{name}:" for name in NAMES]
    assert "since:" not in [one.shown for one in complete("-", {})]
    for text in ("", "wf:n", "status:", "took:"):
        for one in complete(text, KNOWN):
            if not one.line.endswith(":"):
                parse(one.line, NOW)
