"""Rolling loops: their value, their end, and that nothing of a turn is kept."""

from __future__ import annotations

import gc
from dataclasses import dataclass
from datetime import date
from typing import Any, List, NamedTuple, Set

import pytest
from tests.contract.journal import START_MS, Store

from salt_sdk import (
    BadInput,
    Fatal,
    Future,
    NotSendable,
    TaskFailed,
    loop,
    random,
    task,
    workflow,
)
from salt_sdk._durable import Durable
from salt_sdk._local import finished
from salt_sdk._running import Context, inside


@task
def add(a: int, b: int = 1) -> int:
    return a + b


@task
def fail() -> None:
    raise ValueError("it broke")


def body(function: Any) -> Any:
    return workflow(function)()


def test_a_loop_counts_its_turns_from_one() -> None:
    def sums() -> List[int]:
        seen = []
        for turn in (state := loop(0)):
            seen.append(turn)
            state.value = add(state.value, turn)
            if turn == 4:
                state.stop()
        return [*seen, state.value, state.turn]

    assert body(sums) == [1, 2, 3, 4, 10, 4]


def test_break_keeps_what_the_last_turn_set() -> None:
    def sums() -> int:
        for _ in (state := loop(0)):
            state.value += 1
            if state.value == 3:
                break
        return state.value

    assert body(sums) == 3
    assert sums() == 3, "outside of a workflow it is a plain loop"


@dataclass
class Page:
    number: int
    day: date
    seen: Set[str]


class Pair(NamedTuple):
    first: int
    second: int


def test_the_value_goes_through_json_at_each_turn() -> None:
    def untyped() -> List[str]:
        kinds = []
        for turn in (state := loop((1, 2))):
            kinds.append(type(state.value).__name__)
            state.value = (turn, {turn: date(2026, 1, turn)})  # type: ignore[assignment]
            if turn == 2:
                return [*kinds, str(loop({"$a": 1}).value)]
        return []

    def typed() -> List[Any]:
        for turn in (state := loop(Page(1, date(2026, 1, 1), {"a"}))):
            assert type(state.value) is Page
            assert type(state.value.day) is date
            state.value.seen.add(f"page {turn}")
            state.value.number += 1
            if turn == 3:
                break
        return [state.value.number, sorted(state.value.seen)]

    assert body(untyped) == ["list", "list", "{'$a': 1}"]
    assert body(typed) == [4, ["a", "page 1", "page 2", "page 3"]]
    assert type(loop(Pair(1, 2)).value) is Pair
    assert loop(["2026-01-01"], of=List[date]).value == [date(2026, 1, 1)]


def test_a_value_may_hold_futures_and_must_fit() -> None:
    def futures() -> int:
        for turn in (state := loop({"n": 0}, of=dict)):
            state.value = {"n": add.submit(state.value["n"])}
            if turn == 3:
                state.stop()
            else:
                continue
        return int(state.value["n"].result())

    assert body(futures) == 3
    with pytest.raises(NotSendable, match="value of the loop.*object"):
        loop(object())
    with pytest.raises(BadInput, match="value of the loop: wants a whole number"):
        loop("one", of=int)


def test_loops_go_into_each_other() -> None:
    def table() -> List[List[int]]:
        for row in (rows := loop([], of=List[List[int]])):
            for column in (cells := loop([], of=List[int])):
                cells.value = [*cells.value, add(10 * row, column)]
                if column == 2:
                    break
            rows.value = [*rows.value, cells.value]
            if row == 2:
                break
        return rows.value

    assert body(table) == [[11, 12], [21, 22]]


def test_a_failure_that_nobody_asked_about_ends_the_turn() -> None:
    turns = []

    def forgets() -> None:
        for turn in loop(0):
            turns.append(turn)
            fail.submit()

    with pytest.raises(TaskFailed, match="it broke"):
        body(forgets)
    assert turns == [1]


def test_a_future_stays_in_its_turn() -> None:
    def keeps() -> Any:
        before, kept = add.submit(5), []
        for turn in loop(None):
            kept.append(add.submit(turn))
            assert before.result() == 6
            if turn == 2:
                return kept[0].result() if use is None else use(kept[0])
        return None

    use: Any = None
    with pytest.raises(Fatal, match="call 3 of add belongs to a turn"):
        body(keeps)
    use = add.submit
    with pytest.raises(Fatal, match="call 3 of add belongs to a turn"):
        body(keeps)


def test_a_loop_runs_once() -> None:
    def twice() -> None:
        state = loop(0)
        for _ in state:
            break
        for _ in state:
            break

    with pytest.raises(Fatal, match="runs once"):
        body(twice)


def test_a_loop_whose_outer_turn_has_ended_does_not_go_on() -> None:
    def mixes() -> None:
        inner = None
        for turn in loop(0):
            add(turn)
            if inner is None:
                inner = iter(loop(0))
                next(inner)
            elif turn == 3:
                next(inner)

    with pytest.raises(Fatal, match="turn of the loop around it has ended"):
        body(mixes)


def test_chance_in_a_turn_depends_on_the_turn_alone() -> None:
    def draws(extra: bool) -> List[float]:
        found = []
        for turn in loop(0):
            if extra and turn == 1:
                random()
            found.append(random())
            if turn == 2:
                break
        return found

    first, second = (workflow(draws)(extra) for extra in (True, False))
    assert first[0] != second[0]
    assert first[1] == second[1]


class Told:
    """The agent's end of a channel; keeps nothing."""

    def __init__(self) -> None:
        self.store = Store()
        self.given = 0

    def send(self, message: Any) -> None:
        if message["type"] == "call":
            self.store.push(message["calls"])
        elif message["type"] == "roll":
            self.given = self.store.roll(message, self.given)
            self.store.rolls.clear()

    def read(self) -> Any:
        if self.given == len(self.store.entries):
            self.store.end_one()
        entries = self.store.entries[self.given :]
        self.given += len(entries)
        return {"type": "journal", "entries": entries}


def test_memory_does_not_grow_with_the_turns() -> None:
    seen: List[int] = []

    def long(turns: int) -> int:
        for turn in (state := loop(0)):
            state.value += sum(add.map(range(3)))
            if turn in (100, turns):
                gc.collect()
                seen.append(sum(isinstance(one, Future) for one in gc.get_objects()))
            if turn == turns:
                break
        return state.value

    def leave(code: int) -> Any:
        raise AssertionError(code)

    engine = Durable(Told(), "r1", [], START_MS, leave)  # type: ignore[arg-type]
    with inside(engine, Context("r1", "0", "long", 1, "r1/0")):
        assert finished(engine, "long", long(2000)) == str(2000 * 3)
    assert seen[1] <= seen[0] < 20
    sizes = {
        name: len(part) for name, part in vars(engine).items() if isinstance(part, (dict, list))
    }
    assert max(sizes.values()) < 20, sizes
