"""Whatever a workflow function does, and wherever its process dies: a replay goes on the same.

Programs are made by chance, from all that a function can ask for. Each is run whole, then again
with its process killed before and after each message that it sends or gets.
"""

from __future__ import annotations

import json
from typing import Any, Dict, List, NoReturn, Optional

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.contract.journal import START_MS, Store, add_up, turned

from salt_sdk import (
    FIRST_COMPLETED,
    FIRST_FAILED,
    Future,
    TaskFailed,
    Workflow,
    as_completed,
    gather,
    loop,
    now,
    random,
    sleep,
    task,
    wait,
    wait_event,
    workflow,
)
from salt_sdk._durable import Durable
from salt_sdk._local import finished
from salt_sdk._running import Context, inside

Step = List[Any]


@task
def add(a: int, b: int) -> int:
    return a + b


@workflow
def echoes(n: int) -> int:
    return n


class Killed(BaseException):
    """The process is gone, at once."""


class Process:
    """The agent's end of one process's channel; it kills the process at a message.

    Args:
        burst: How many calls end before the function is told of the first.
        until: How many messages it may send and get; ``None``: all.
        lost: The last of them does not reach the store.
    """

    def __init__(
        self, store: Store, burst: int, until: Optional[int] = None, lost: bool = False
    ) -> None:
        self.messages = 0
        self._store = store
        self._given = len(store.entries)
        self._burst = burst
        self._until = until
        self._lost = lost

    def _count(self) -> bool:
        """One more message; whether it is the last."""
        self.messages += 1
        last = self.messages == self._until
        if last and self._lost:
            raise Killed
        return last

    def send(self, message: Dict[str, Any]) -> None:
        last = self._count()
        if message["type"] == "call":
            self._store.push(message["calls"])
        elif message["type"] == "roll":
            self._given = self._store.roll(message, self._given)
        else:
            assert message["type"] == "waiting", message
        if last:
            raise Killed

    def read(self) -> Dict[str, Any]:
        last = self._count()
        if self._given == len(self._store.entries):
            self._store.end_some(self._burst)
        entries = self._store.entries[self._given :]
        # By ones and twos: what has come and is not used yet must make no difference.
        entries = entries[: 1 + len(self._store.sent) % 2]
        self._given += len(entries)
        if last:
            raise Killed
        return {"type": "journal", "entries": entries}


def leave(code: int) -> NoReturn:
    raise AssertionError(f"it left with {code}")


def run(program: List[Step], store: Store, process: Process) -> Any:
    engine = Durable(process, "r1", list(store.entries), START_MS, leave)  # type: ignore[arg-type]
    with inside(engine, Context("r1", "0", "program", 1, "r1/0")):
        try:
            text = finished(engine, "program", Program().run(program))
        except TaskFailed as error:  # nobody asked how it ended
            return str(error)
    engine.check_end()
    return json.loads(text)


class Program:
    """Does its steps, and tells what it saw."""

    def __init__(self) -> None:
        self.outer: List[Future[int]] = []

    def run(self, steps: List[Step]) -> List[Any]:
        seen: List[Any] = []
        self.steps(steps, seen, self.outer)
        return seen

    def steps(self, steps: List[Step], seen: List[Any], made: List[Future[int]]) -> None:
        """``made`` holds the futures of this turn; those before all loops are in ``outer``."""
        for kind, number, inner in steps:
            try:
                found = getattr(self, kind)(number, inner, made)
            except TaskFailed as error:
                found = f"{error.task} {error.message}"
            seen.append([kind, found])

    def call(self, number: int, _: Any, made: List[Future[int]]) -> Any:
        return add(number, 1)

    def submit(self, number: int, _: Any, made: List[Future[int]]) -> Any:
        made.append(add.submit(number, 2))

    def needs(self, number: int, _: Any, made: List[Future[int]]) -> Any:
        for future in [*made, *self.outer][:1]:
            made.append(add.submit(future, number))

    def maps(self, number: int, _: Any, made: List[Future[int]]) -> Any:
        return add.map(range(number), range(number))

    def runs(self, number: int, _: Any, made: List[Future[int]]) -> Any:
        futures = echoes.map_submit(range(number), concurrency=2)
        if number > 2:
            made.append(add.submit(futures[2], 1))
        made += futures
        return [future.result() for future in futures[:1]]

    def sleeps(self, number: int, _: Any, made: List[Future[int]]) -> Any:
        made.append(sleep.submit(number))  # type: ignore[arg-type]

    def event(self, number: int, _: Any, made: List[Future[int]]) -> Any:
        return wait_event(f"event {number}")

    def first(self, number: int, _: Any, made: List[Future[int]]) -> Any:
        """Of all there are, also of those before the loop."""
        if made or self.outer:
            done = wait([*made, *self.outer], FIRST_COMPLETED).done
            return [future.seq for future in done]
        return None

    def first_failed(self, number: int, _: Any, made: List[Future[int]]) -> Any:
        return [future.seq for future in wait(made, FIRST_FAILED).done]

    def completed(self, number: int, _: Any, made: List[Future[int]]) -> Any:
        found = []
        for future in as_completed([*made, *self.outer]):
            found.append([future.seq, str(future.exception())])
            if len(found) > number:
                break
        return found

    def gathers(self, number: int, _: Any, made: List[Future[int]]) -> Any:
        return gather(made)

    def looks(self, number: int, _: Any, made: List[Future[int]]) -> Any:
        return [str(future.exception()) for future in made]

    def time(self, number: int, _: Any, made: List[Future[int]]) -> Any:
        return now().timestamp()

    def chance(self, number: int, _: Any, made: List[Future[int]]) -> Any:
        return random()

    def rolls(self, number: int, inner: List[Step], made: List[Future[int]]) -> Any:
        for turn in (state := loop([])):  # type: ignore[var-annotated]
            seen: List[Any] = []
            mine: List[Future[int]] = []
            self.steps(inner, seen, mine)
            for future in mine:
                future.exception()
            state.value = [*state.value, seen]
            if turn > number:
                if number % 2:
                    break
                state.stop()
        return state.value


def answer(call: Dict[str, Any]) -> Any:
    if "input" in call:
        call = {**call, "input": call["input"].replace("null", "0")}  # of a sleep
    value = add_up(call)
    return ValueError(f"{value} is odd luck") if value in (4, 7) else value


KINDS = [
    *("call", "submit", "needs", "maps", "runs", "sleeps", "event", "first", "first_failed"),
    *("completed", "gathers", "looks", "time", "chance"),
]
SIMPLE = st.tuples(st.sampled_from(KINDS), st.integers(0, 4), st.just([])).map(list)
STEPS = st.recursive(
    st.lists(SIMPLE, max_size=5),
    lambda inner: st.lists(
        st.one_of(SIMPLE, st.tuples(st.just("rolls"), st.integers(0, 2), inner).map(list)),
        max_size=4,
    ),
    max_leaves=3,
)


def fresh(picks: List[int]) -> Store:
    return Store(answer, lambda ended: picks[ended % len(picks)])


def check(program: List[Step], picks: List[int], burst: int, choose: Any = list) -> None:
    """Run it whole, and killed at each message that ``choose`` leaves."""
    whole = fresh(picks)
    process = Process(whole, burst)
    expected = run(program, whole, process)
    assert run(program, whole, Process(whole, burst, until=0)) == expected, "a replay of the end"
    for until in choose(range(1, process.messages + 1)):
        for lost in (True, False):
            store = fresh(picks)
            try:
                run(program, store, Process(store, burst, until, lost))
            except Killed:
                pass
            again = Process(store, burst)
            assert run(program, store, again) == expected, f"killed at {until}, lost: {lost}"
            assert store.sent == whole.sent


@settings(max_examples=150, deadline=None)
@given(STEPS, st.lists(st.integers(0, 5), min_size=1, max_size=5), st.integers(1, 3), st.data())
def test_a_replay_goes_on_the_same_wherever_a_process_dies(
    program: List[Step], picks: List[int], burst: int, data: Any
) -> None:
    def some(deaths: Any) -> Any:
        if len(deaths) <= 30:
            return deaths
        return data.draw(st.lists(st.sampled_from(deaths), min_size=20, max_size=20))

    check(program, picks, burst, some)


@pytest.mark.parametrize("burst", [1, 2, 3])
def test_what_ended_in_earlier_turns_has_ended_on_a_replay_too(burst: int) -> None:
    outer: List[Step] = [["submit", 1, []]] * 4
    turn: List[Step] = [["first", 0, []], ["call", 1, []], ["call", 1, []]]
    for last in range(5):
        check([*outer, ["rolls", 2, turn]], [last, 0, 1, last, 2], burst)


def test_a_loop_begins_when_calls_that_a_bound_held_back_have_begun() -> None:
    program: List[Step] = [["runs", 4, []], ["rolls", 1, [["call", 0, []]]], ["gathers", 0, []]]
    check(program, [0, 1], 1)
    store = fresh([0])
    run(program, store, Process(store, 1))
    kinds = [call.get("kind", "task") for call in store.sent.values()]
    assert kinds == ["run", "run", "run", "task", "run", "loop", "task", "task"]


@settings(max_examples=50, deadline=None)
@given(STEPS, st.lists(st.integers(0, 5), min_size=1, max_size=5), st.integers(3, 9))
def test_processes_that_all_die_early_get_there_too(
    program: List[Step], picks: List[int], every: int
) -> None:
    whole = fresh(picks)
    expected = run(program, whole, Process(whole, 1))
    store = fresh(picks)
    found = None
    for _ in range(2000):
        try:
            found = run(program, store, Process(store, 1, every))
            break
        except Killed:
            continue
    assert found == expected
    assert store.sent == whole.sent


def test_a_journal_that_rolled_holds_one_turn() -> None:
    program: List[Step] = [["submit", 1, []], ["rolls", 200, [["maps", 3, []], ["time", 0, []]]]]
    store = fresh([0])
    value = run(program, store, Process(store, 1))
    assert len(value[1][1]) == 201
    assert store.length < 20
    assert turned(2, 602, 200, store.rolls[-1]["value"]) in store.entries


class Graph(Workflow):
    @task
    def first(self) -> int:
        return 1

    @task
    def second(self, n: int) -> int:
        return n

    def graph(self) -> None:
        self.first >> self.second


def test_calls_know_the_line_that_made_them() -> None:
    @workflow
    def asks() -> None:
        add.submit(1, 1)
        sleep.submit(1)

    for function, lines in (
        (asks, [asks.line + 2, asks.line + 3]),
        (Graph.function, [Graph.graph.__code__.co_firstlineno + 1] * 2),
    ):
        store = Store(lambda call: 1)
        engine = Durable(Process(store, 1), "r1", [], START_MS, leave)  # type: ignore[arg-type]
        with inside(engine, Context("r1", "0", function.name, 1, "r1/0")):
            finished(engine, function.name, function.fn())
        assert [call["at"] for call in store.sent.values()] == [
            f"{asks.file}:{line}" for line in lines
        ]
