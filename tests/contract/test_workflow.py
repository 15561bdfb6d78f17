"""WIRE.md section 4: a workflow function, its calls and its journal."""

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


def names(calls: list[dict[str, Any]]) -> list[tuple[int, str]]:
    return [(call["seq"], call["name"]) for call in calls]


def test_a_function_without_calls_returns(agent: Agent) -> None:
    child = start(agent, "plain")
    assert child.result() == "done"
    assert child.exited()["code"] == 0


def test_calls_are_numbered_in_program_order_and_waited_for(agent: Agent) -> None:
    child = start(agent, "conformance", params={"day": "2026-01-31", "n": 2})
    first = child.read("call")["calls"]
    assert names(first) == [(1, "add")]
    assert json.loads(first[0]["input"]) == {"args": [0, 1], "kwargs": {}}
    assert first[0].get("needs", []) == []
    assert child.read("waiting")["entries"] == 0
    child.journal(called(1, "add"), done(1, 1))
    assert names(child.read("call")["calls"]) == [(2, "add")]
    assert child.read("waiting")["entries"] == 2
    child.journal(called(2, "add"))
    assert child.read("waiting")["entries"] == 3
    child.journal(done(2, 2))
    assert names(child.read("call")["calls"]) == [(3, "tomorrow")]
    child.read("waiting")
    child.journal(called(3, "tomorrow"), done(3, "2026-02-01"))
    assert child.result() == {"day": "2026-02-01", "x": 2, "label": None}


def test_the_registered_name_finds_the_entrypoint(agent: Agent) -> None:
    child = start(agent, "registered-name", params={"day": "2026-01-31", "n": 0})
    assert names(child.read("call")["calls"]) == [(1, "tomorrow")]


def test_a_map_is_sent_in_bounded_messages(agent: Agent) -> None:
    child = start(agent, "fan", params={"n": 450})
    sizes = []
    calls: list[dict[str, Any]] = []
    while len(calls) < 450:
        part = child.read("call")["calls"]
        sizes.append(len(part))
        calls += part
    assert max(sizes) <= 200
    assert [call["seq"] for call in calls] == list(range(1, 451))
    assert json.loads(calls[449]["input"])["args"] == [449, 449]
    child.read("waiting")
    results = [done(seq, seq) for seq in range(450, 0, -1)]
    child.journal(*(called(seq, "add") for seq in range(1, 451)), *results)
    total = child.read("call")["calls"]
    assert json.loads(total[0]["input"])["args"] == [list(range(1, 451))]
    child.read("waiting")
    child.journal(called(451, "total"), done(451, 7))
    assert child.result() == 7


def test_futures_as_arguments_are_references_and_needs(agent: Agent) -> None:
    child = start(agent, "diamond")
    calls = child.calls(4)
    assert [call.get("needs", []) for call in calls] == [[], [1], [1], [2, 3, 1]]
    inputs = [json.loads(call["input"])["args"] for call in calls]
    assert inputs[1] == [{"$ref": 1}, 10]
    assert inputs[3] == [[{"$ref": 2}, {"$ref": 3}, {"$ref": 1}]]
    child.read("waiting")
    child.journal(*(called(call["seq"], call["name"]) for call in calls), done(4, 99))
    # Those that nobody asked for are waited for before it returns.
    assert child.read("waiting")["entries"] == 5
    child.journal(done(1, 2), done(2, 12), done(3, 22))
    assert child.result() == 99


def test_policies_travel_with_the_call(agent: Agent) -> None:
    child = start(agent, "policies")
    (call,) = child.calls(1)
    assert call["policy"] == {
        "queue": "other",
        "priority": 7,
        "retries": 2,
        "backoff_s": 0.5,
        "backoff_max_s": 60.0,
        "jitter": 0.2,
        "timeout_s": 600.0,
    }


@pytest.mark.parametrize("status", ["failed", "cancelled", "invalid"])
def test_a_failed_task_can_be_caught(agent: Agent, status: str) -> None:
    child = start(agent, "catches", params={"message": "m"})
    child.calls(1)
    child.read("waiting")
    child.journal(called(1, "fails"), failed(1, status))
    assert child.result() == f"fails {status} ValueError no"


def test_a_failed_task_that_is_not_caught_fails_the_function(agent: Agent) -> None:
    child = start(agent, "lets_through")
    child.calls(1)
    child.read("waiting")
    child.journal(called(1, "fails"), failed(1))
    error = child.error()
    assert "no" in error["message"]
    assert error["retryable"] is False, "its journal says the same on every try"
    assert not is_python() or error["type"] == "TaskFailed"


def test_an_exception_of_the_function_is_its_error(agent: Agent) -> None:
    error = start(agent, "raises").error()
    assert (error["type"], error["message"]) == ("ValueError", "the function itself")


def test_sys_exit_in_the_function_is_an_end_without_result(agent: Agent) -> None:
    child = start(agent, "exits_itself")
    child.read("closed")
    assert child.exited()["code"] == 4


def test_parameters_that_do_not_fit_are_not_retryable(agent: Agent) -> None:
    for params in ({"day": "x"}, {}, {"day": "2026-01-01", "m": 1}):
        assert start(agent, "conformance", params=params).error()["retryable"] is False


def test_now_is_the_runs_creation(agent: Agent) -> None:
    assert start(agent, "clock").result() == pytest.approx(1767225600.123)


def test_results_are_taken_in_the_order_of_the_journal(agent: Agent) -> None:
    child = start(agent, "order")
    child.calls(3)
    child.read("waiting")
    child.journal(*(called(seq, "add") for seq in (1, 2, 3)), done(3, 30), done(1, 10))
    (more,) = child.calls(1)
    assert json.loads(more["input"])["args"] == [30, 100]
    child.read("waiting")
    child.journal(done(2, 20), called(4, "add"), done(4, 130))
    assert child.result() == [30, 10, 20]


ORDER = [
    *(called(seq, "add") for seq in (1, 2, 3)),
    done(3, 30),
    done(1, 10),
    done(2, 20),
    called(4, "add"),
    done(4, 130),
]


def test_a_full_replay_sends_nothing_and_ends_the_same(agent: Agent) -> None:
    child = start(agent, "order", *ORDER)
    assert child.result() == [30, 10, 20]


@pytest.mark.parametrize("known", range(len(ORDER) + 1))
def test_a_replay_from_any_point_goes_on_the_same(agent: Agent, known: int) -> None:
    child = start(agent, "order", *ORDER[:known])
    rest = list(ORDER[known:])
    while (message := child.read())["type"] != "result":
        if message["type"] == "call":
            for call in message["calls"]:
                assert called(call["seq"], call["name"]) in rest, "sent though the journal has it"
        elif message["type"] == "waiting":
            child.journal(rest.pop(0))
    assert json.loads(message["value"]) == [30, 10, 20]


def test_a_long_journal_comes_in_pages_before_the_function_starts(agent: Agent) -> None:
    child = agent.fork()
    child.workflow("order", journal=ORDER[:2], more=True)
    assert child.quiet(0.1)
    child.journal(*ORDER[2:5], more=True)
    assert child.quiet(0.1)
    child.journal(*ORDER[5:])
    assert child.result() == [30, 10, 20]


def test_entries_of_an_unknown_kind_are_passed_over_and_counted(agent: Agent) -> None:
    child = agent.fork()
    child.workflow("changes", params={"calls": ["add"]})
    child.calls(1)
    child.read("waiting")
    line = json.dumps(
        {"type": "journal", "entries": [{"kind": "slept", "until": 3}], "more": False}
    )
    child.socket.sendall(line.encode() + b"\n")
    assert child.read("waiting")["entries"] == 1
    child.journal(called(1, "add"), done(1, 2))
    assert child.result() == "end"


def test_messages_of_an_unknown_type_are_passed_over(agent: Agent) -> None:
    child = start(agent, "changes", params={"calls": ["add"]})
    child.calls(1)
    child.read("waiting")
    child.socket.sendall(b'{"type":"weather","value":"fine"}\n')
    child.journal(called(1, "add"), done(1, 2))
    assert child.result() == "end"


def test_futures_that_nobody_waits_for_are_awaited(agent: Agent) -> None:
    child = start(agent, "leaves_futures")
    child.calls(1)
    child.read("waiting")
    child.journal(called(1, "add"), done(1, 3))
    assert child.result() == "returned"


def test_futures_that_nobody_waits_for_and_fail_fail_the_function(agent: Agent) -> None:
    child = start(agent, "leaves_futures")
    child.calls(1)
    child.read("waiting")
    child.journal(called(1, "add"), failed(1))
    assert child.error()["retryable"] is False


@pytest.mark.parametrize(
    ("journal", "calls", "expected", "got"),
    [
        ([called(1, "echo"), done(1, "x")], ["add"], "call 1 of echo", "call 1 of add"),
        (
            [called(1, "add"), done(1, 2), called(2, "echo")],
            ["add", "add"],
            "call 2 of echo",
            "call 2 of add",
        ),
        ([called(1, "add"), done(1, 2), called(2, "echo")], ["add"], "call 2 of echo", "end"),
        ([called(1, "submit"), called(2, "echo"), done(2, 1)], ["submit"], "", ""),
        (
            [called(1, "add"), called(2, "add"), done(1, 2), done(2, 2)],
            ["add", "add"],
            "call 2 of add",
            "waiting for call 1",
        ),
    ],
    ids=["other-first", "other-second", "ends-early", "name-of-a-future", "waits-earlier"],
)
def test_a_replay_that_asks_for_something_else_diverges(
    agent: Agent, journal: list[dict[str, Any]], calls: list[str], expected: str, got: str
) -> None:
    child = start(agent, "changes", *journal, params={"calls": calls})
    said = child.read("diverged")
    assert expected in said["expected"]
    assert got in said["got"]
    if is_python() and got != "end" and got:
        assert said["file"] == "conformance.py"
        assert said["line"] > 1
    child.read("closed")
    child.exited()


def test_a_park_runs_nothing_more_of_the_function(agent: Agent) -> None:
    child = start(agent, "cleaning")
    child.calls(1)
    child.read("waiting")
    child.socket.close()
    assert child.exited()["code"] == 0
    assert "CLEANED" not in child.output()


def test_a_divergence_runs_nothing_more_of_the_function(agent: Agent) -> None:
    child = start(agent, "cleaning", called(1, "echo"))
    child.read("diverged")
    child.exited()
    assert "CLEANED" not in child.output()
