"""WIRE.md section 4.1: calls that no agent runs, runs of other workflows, time and chance."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.contract.driver import Agent, Child, is_python
from tests.contract.journal import called, done, failed


def start(agent: Agent, name: str, *journal: dict[str, Any], **more: Any) -> Child:
    child = agent.fork()
    child.workflow(name, journal=journal, **more)
    return child


def plain(call: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in call.items() if key != "at"}


WAITED = [
    *(called(1, "sleep", "sleep"), done(1, None)),
    *(called(2, "sleep", "sleep"), done(2, None)),
    *(called(3, "paid", "event"), done(3, {"order": 7, "on": "2026-01-31"})),
    called(4, "publish", "approve"),
    done(4, {"by": "ann", "at": "2026-01-31T10:00:00+00:00", "fields": {"copies": 3}}),
]
GAVE = ["2026-01-31", "ann", "2026-01-31T10:00:00+00:00", 3]


def test_waits_say_what_ends_them(agent: Agent) -> None:
    child = start(agent, "waits")
    (nap,) = child.calls(1)
    assert plain(nap) == {"seq": 1, "name": "sleep", "kind": "sleep", "for_s": 90.0}
    child.read("waiting")
    child.journal(*WAITED[:2])
    (until,) = child.calls(1)
    assert plain(until) == {"seq": 2, "name": "sleep", "kind": "sleep", "until": 1769904000000}
    child.read("waiting")
    child.journal(*WAITED[2:4])
    (event,) = child.calls(1)
    assert (event["kind"], event["name"], event["timeout_s"]) == ("event", "paid", 3600.0)
    assert json.loads(event["where"]) == {"order": 7}
    child.read("waiting")
    child.journal(*WAITED[4:6])
    (asked,) = child.calls(1)
    assert (asked["kind"], asked["name"], asked["timeout_s"]) == ("approve", "publish", 172800.0)
    assert asked["message"] == "Shall it?"
    assert json.loads(asked["fields"])["properties"] == {"copies": {"type": "integer"}}
    child.read("waiting")
    child.journal(*WAITED[6:])
    assert child.result() == GAVE


def test_a_replay_of_waits_sends_nothing(agent: Agent) -> None:
    assert start(agent, "waits", *WAITED).result() == GAVE


@pytest.mark.parametrize(
    ("journal", "says"),
    [
        ([called(1, "paid", "event"), failed(1, type="TimedOut")], "timed out paid"),
        (
            [
                *(called(1, "paid", "event"), done(1, {})),
                *(
                    called(2, "publish", "approve"),
                    failed(2, type="Rejected", message="ann: too early"),
                ),
            ],
            "rejected ann: too early",
        ),
        (
            [
                *(called(1, "paid", "event"), done(1, {})),
                *(called(2, "publish", "approve"), failed(2, type="TimedOut")),
            ],
            "timed out publish",
        ),
    ],
)
def test_waits_that_end_badly(agent: Agent, journal: list[dict[str, Any]], says: str) -> None:
    assert start(agent, "hears", *journal).result() == says


def test_runs_get_values_and_no_references(agent: Agent) -> None:
    child = start(agent, "asks_others", params={"n": 5})
    assert child.calls(1)[0]["name"] == "add"
    child.read("waiting")
    child.journal(called(1, "add"), done(1, 6))
    other, own = child.calls(2)
    assert json.loads(other["params"]) == {"n": 6}
    assert (other["kind"], other["name"], other["version"]) == ("run", "elsewhere", "abc")
    assert not other.get("own")
    assert (own["kind"], own["name"], own["own"]) == ("run", "plain", True)
    assert own["policy"] == {"queue": "big", "priority": 3}
    child.read("waiting")
    child.journal(called(2, "elsewhere", "run"), called(3, "plain", "run"))
    child.read("waiting")
    child.journal(done(3, "done"), done(2, [1], ms=1767225700500))
    # What is called without submit is a part of the run: nothing is sent for it.
    assert child.result() == [[1], "done", 1767225700.5]


def test_only_so_many_runs_at_once_go_on(agent: Agent) -> None:
    child = start(agent, "bounded")
    assert [call["seq"] for call in child.calls(2)] == [1, 2]
    # The third is wanted as an argument, so it must have its number: one of the two must end.
    child.read("waiting")
    child.journal(called(1, "echoes", "run"), called(2, "echoes", "run"), done(2, 1))
    third, needs_it = child.calls(2)
    assert json.loads(third["params"]) == {"n": 2}
    assert (needs_it["seq"], needs_it["needs"]) == (4, [3])
    child.read("waiting")
    child.journal(called(3, "echoes", "run"), called(4, "add"), done(1, 0))
    (fourth,) = child.calls(1)
    assert (fourth["seq"], json.loads(fourth["params"])) == (5, {"n": 3})
    child.read("waiting")
    child.journal(done(3, 2), called(5, "echoes", "run"))
    (fifth,) = child.calls(1)
    assert (fifth["seq"], json.loads(fifth["params"])) == (6, {"n": 4})
    child.read("waiting")
    child.journal(done(4, 3), done(5, 3), called(6, "echoes", "run"), done(6, 4))
    assert child.result() == [0, 1, 2, 3, 4, 3]


def test_a_map_of_tasks_with_a_bound_shares_a_limit(agent: Agent) -> None:
    child = start(agent, "bounded_tasks")
    limits = [call["policy"]["limits"] for call in child.calls(3)]
    assert limits == [[{"name": "map:r1:1", "at_once": 2}]] * 3


def test_the_present_moves_with_the_journal(agent: Agent) -> None:
    journal = [
        *(called(1, "add"), done(1, 2, ms=1767225601000)),
        *(called(2, "add"), called(3, "add")),
        *(done(3, 6, ms=1767225603000), done(2, 4, ms=1767225604000)),
    ]
    seen = start(agent, "tells_the_time", *journal).result()
    moments = [seen[0], *seen[2:3], *seen[4:]]
    assert moments == pytest.approx([1767225600.123, 1767225601, 1767225603, 1767225604])
    chance = [seen[1], seen[3]]
    assert 0 <= min(chance) < max(chance) < 1
    again = start(agent, "tells_the_time", *journal).result()
    assert again == seen
    other = start(agent, "tells_the_time", *journal, run="r2").result()
    assert other[1] != seen[1]


def test_invalid_data_has_its_value(agent: Agent) -> None:
    journal = [called(1, "add"), failed(1, "invalid", type="CheckFailed", value="2")]
    assert start(agent, "takes_invalid", *journal).result() == [2, "CheckFailed", "invalid"]
    journal = [called(1, "add"), failed(1, "invalid", type="UpstreamInvalid")]
    assert start(agent, "takes_invalid", *journal).result() == [None, "UpstreamInvalid", "invalid"]


@pytest.mark.parametrize(
    ("journal", "expected", "got"),
    [
        ([called(1, "sleep", at="flow.py:7")], "call 1 of sleep", "call 1 of kind sleep"),
        (
            [called(1, "sleep", "sleep"), done(1, None), called(2, "go", "event", at="flow.py:7")],
            "call 2 of kind event, go",
            "call 2 of kind sleep",
        ),
        (
            [called(1, "loop", "loop", at="flow.py:7")],
            "call 1 of kind loop",
            "call 1 of kind sleep",
        ),
    ],
)
def test_both_sides_of_a_divergence_have_their_lines(
    agent: Agent, journal: list[dict[str, Any]], expected: str, got: str
) -> None:
    said = start(agent, "waits", *journal).read("diverged")
    if is_python():
        assert (said["expected"], said["got"]) == (expected, got)
        assert said["file"] == "conformance.py"
    assert said["expected_at"] == "flow.py:7"
    assert said["line"] > 1


def test_calls_say_where_they_were_made(agent: Agent) -> None:
    first = start(agent, "waits").calls(1)[0]["at"]
    inside = start(agent, "fan", params={"n": 2}).calls(2)
    assert inside[0]["at"] == inside[1]["at"] != first
    if is_python():
        file, _, line = first.partition(":")
        assert file == "conformance.py"
        assert int(line) > 1
