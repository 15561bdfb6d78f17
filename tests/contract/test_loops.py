"""WIRE.md sections 4 and 4.3: rolling loops, and what a replay of them makes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.contract.driver import Agent, Child
from tests.contract.journal import Store, called, done, turned


def live(
    agent: Agent, store: Store, name: str, params: dict[str, Any], stop_after: int | None = None
) -> Any:
    """Run a workflow function on its journal until it ends, as one process.

    Args:
        stop_after: Park it when it has been given so many new entries.

    Returns:
        Its value, or ``None`` when it was parked; or the message with which it ended otherwise.
    """
    child: Child = agent.fork()
    child.workflow(name, params=params, journal=store.entries)
    given = len(store.entries)
    fresh = 0
    while True:
        message = child.read()
        if message["type"] == "call":
            store.push(message["calls"])
        elif message["type"] == "roll":
            given = store.roll(message, given)
        elif message["type"] == "waiting":
            if given == len(store.entries):
                store.end_one()
            entry = store.entries[given]
            if fresh == stop_after:
                child.socket.close()
                assert child.exited()["code"] == 0
                return None
            child.journal(entry)
            given, fresh = given + 1, fresh + 1
        elif message["type"] == "result":
            child.exited()
            return json.loads(message["value"])
        else:
            child.exited()
            return message


def test_a_loop_rolls_at_the_end_of_each_turn(agent: Agent) -> None:
    store = Store()
    value = live(agent, store, "rolls", {"turns": 5})
    assert value[0]["sum"] == 15
    assert value[2] == 100
    assert [(roll["loop"], roll["turn"], roll["seq"]) for roll in store.rolls] == [
        (2, turn, 2 + 2 * turn) for turn in range(1, 5)
    ]
    # call and end of the one before, the loop's call, its turn, and the calls of one turn
    assert store.length <= 2 + 1 + 1 + 4
    assert {call["name"] for call in store.sent.values() if call.get("kind") == "loop"} == {"loop"}


def test_the_journal_of_many_turns_stays_as_long_as_one(agent: Agent) -> None:
    store = Store()
    value = live(agent, store, "rolls", {"turns": 300})
    assert value[0]["sum"] == 300 * 301 // 2
    assert store.length <= 8
    assert len(store.rolls) == 299


@pytest.mark.parametrize("pick", [0, 1, 2], ids=["first", "second", "third"])
def test_a_loop_that_is_parked_anywhere_ends_the_same(agent: Agent, pick: int) -> None:
    whole = Store(pick=lambda count: pick)
    expected = live(agent, whole, "rolls", {"turns": 4})
    for known in range(26):
        store = Store(pick=lambda count: pick)
        value = live(agent, store, "rolls", {"turns": 4}, stop_after=known)
        if value is None:
            value = live(agent, store, "rolls", {"turns": 4})
        assert value == expected, f"parked after {known} entries"
        assert store.sent == whole.sent
    for every in (1, 2, 3):
        store = Store(pick=lambda count: pick)
        while (value := live(agent, store, "rolls", {"turns": 4}, stop_after=every)) is None:
            pass
        assert value == expected, f"parked after every {every} entries"


def test_loops_in_loops_end_the_same_wherever_they_are_parked(agent: Agent) -> None:
    params = {"outer": 3, "inner": 3}
    whole = Store()
    expected = live(agent, whole, "rolls_inside", params)
    assert expected == [sum(2 * (step + turn) for step in (1, 2, 3)) for turn in (1, 2, 3)]
    assert whole.length <= 16
    for every in range(1, 8):
        store = Store()
        while (value := live(agent, store, "rolls_inside", params, stop_after=every)) is None:
            pass
        assert value == expected, f"parked after every {every} entries"
        assert [
            {key: value for key, value in call.items() if key != "at"}
            for call in store.sent.values()
        ] == [
            {key: value for key, value in call.items() if key != "at"}
            for call in whole.sent.values()
        ]


def test_a_turn_is_not_sent_for_what_made_no_call(agent: Agent) -> None:
    child = agent.fork()
    child.workflow("keeps_a_future")
    assert [call.get("kind") for call in child.calls(2)] == ["loop", None]
    child.read("waiting")
    child.journal(called(1, "loop", "loop"), called(2, "add"), done(2, 2))
    roll = child.read("roll")
    assert (roll["loop"], roll["seq"], roll["turn"]) == (1, 2, 1)
    error = child.error()
    assert "belongs to a turn of a loop that has ended" in error["message"]
    assert error["retryable"] is False


def test_an_end_that_came_before_a_roll_and_was_not_used_is_still_to_come(agent: Agent) -> None:
    """What the function has seen at the start of a turn must not depend on a replay."""
    child = agent.fork()
    child.workflow("rolls", params={"turns": 3})
    child.calls(3)
    child.read("waiting")
    child.journal(called(1, "add"), called(2, "loop", "loop"), called(3, "add"), done(3, 1))
    child.calls(1)
    child.read("waiting")
    # The end of call 1 is given together with that of call 4, behind it: it is not used.
    child.journal(called(4, "add"), done(4, 2), done(1, 100, ms=1767225700000))
    roll = child.read("roll")
    assert json.loads(roll["value"])["used"] == 0
    child.socket.close()
    journal: list[dict[str, Any]] = [
        *(called(1, "add"), called(2, "loop", "loop"), done(1, 100, ms=1767225700000)),
        *(turned(2, 4, 1, roll["value"]), called(5, "add"), done(5, 3, ms=1767225800000)),
    ]
    child = agent.fork()
    child.workflow("rolls", params={"turns": 2}, journal=journal)
    child.calls(1)
    child.read("waiting")
    child.journal(called(6, "add"), done(6, 4))
    assert child.result()[1:] == [1767225800.0, 100]


def test_a_loop_that_was_taken_out_diverges(agent: Agent) -> None:
    child = agent.fork()
    journal = [called(1, "add"), done(1, 2), called(2, "loop", "loop"), turned(2, 5, 1, "{}")]
    child.workflow("changes", params={"calls": ["add", "add"]}, journal=journal)
    said = child.read("diverged")
    assert "call 2" in said["expected"]
    assert "call 2" in said["got"]
