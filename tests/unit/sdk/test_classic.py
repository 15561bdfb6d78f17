"""Classes with ``graph()``: shapes, cycles, conditions, and every order in which tasks may end."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Callable, Dict, List, Set, Tuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salt_sdk import BadInput, InvalidData, TaskFailed, Workflow, _classic_walk, task, workflow
from salt_sdk._checks import check
from salt_sdk._classic_graph import Graph
from salt_sdk._classic_walk import Walk
from salt_sdk._decode import loads
from salt_sdk._describe import describe
from salt_sdk._durable import Durable
from salt_sdk._errors import BadProject
from salt_sdk._execute import run_task
from salt_sdk._local import finished
from salt_sdk._project import Project
from salt_sdk._registered import imported
from salt_sdk._running import Context, inside
from salt_sdk._schema import params_schema
from salt_sdk.testing import Reject, simulate

# ---- an agent of a few lines --------------------------------------------------------------------


class Agent:
    """Answers a durable function: runs what it asks for, in an order that ``choose`` makes up.

    Attributes:
        journal: All entries, for a replay.
        started: Names of the tasks in the order in which they ran.
        together: The most that could have run at once.
        lines: Of the source, that the calls say.
    """

    def __init__(self, choose: Callable[[List[int]], int]) -> None:
        self._choose = choose
        self.journal: List[Dict[str, Any]] = []
        self.started: List[str] = []
        self.together = 0
        self.lines: List[str] = []
        self._calls: Dict[int, Dict[str, Any]] = {}
        self._results: Dict[int, str] = {}
        self._untold: List[Dict[str, Any]] = []

    def send(self, message: Dict[str, Any]) -> None:
        assert message["type"] in ("call", "waiting", "roll"), message
        for call in message.get("calls", ()):
            what = call.get("kind", "task")
            if what == "task":
                self._calls[call["seq"]] = call
            self.lines.append(call.get("at", ""))
            self._write({"kind": "call", "seq": call["seq"], "name": call["name"], "what": what})
        if message["type"] == "roll":
            assert self._results.keys() == self._calls.keys(), "nothing runs"
            loop = message["loop"]
            self.journal = [e for e in self.journal if e.get("seq", 0) <= loop and "loop" not in e]
            told = {name: message[name] for name in ("loop", "seq", "turn", "value")}
            self.journal.append({"kind": "turn", **told})

    def read(self) -> Dict[str, Any]:
        if not self._untold:
            self._run_one()
        entries, self._untold = self._untold, []
        return {"type": "journal", "entries": entries}

    def _write(self, entry: Dict[str, Any]) -> None:
        self.journal.append(entry)
        self._untold.append(entry)

    def _run_one(self) -> None:
        open_ = [seq for seq in self._calls if seq not in self._results]
        ready = [
            s for s in open_ if all(n in self._results for n in self._calls[s].get("needs", ()))
        ]
        self.together = max(self.together, len(ready))
        seq = self._choose(ready)
        call = self._calls[seq]
        self.started.append(call["name"].partition(".")[2])
        made = imported("task", call["name"])
        with inside(None, Context("r", str(seq), call["name"], 1, f"r/{seq}")):
            self._results[seq] = run_task(made, call["input"], self._results)
        self._write(
            {
                "kind": "done",
                "seq": seq,
                "status": "succeeded",
                "value": self._results[seq],
                "ms": 1,
            }
        )


def play(instance: Any, choose: Callable[[List[int]], int]) -> Tuple[Any, Agent]:
    """Run a workflow on an agent; then replay its journal, which must lead to the same value."""
    agent = Agent(choose)
    value = _body(instance, agent, [])
    again = Agent(choose)
    assert _body(instance, again, agent.journal) == value
    assert not again.started, "a replay asks for nothing new"
    return value, agent


def _body(instance: Any, agent: Any, journal: List[Dict[str, Any]]) -> Any:
    def leave(code: int) -> Any:
        raise AssertionError(f"the function left with {code}")

    engine = Durable(agent, "r", journal, 0, leave)
    function = type(instance).function
    given = {name: getattr(instance, name) for name in function.signature.parameters}
    with inside(engine, Context("r", "0", function.name, 1, "r/0")):
        text = finished(engine, function.name, function.fn(**given))
        engine.check_end()
    return loads(text)


def first(ready: List[int]) -> int:
    return ready[0]


def last(ready: List[int]) -> int:
    return ready[-1]


# ---- parameters and names -----------------------------------------------------------------------


@dataclass
class Verdict:
    ok: bool
    score: int


class Report(Workflow, name="daily-report", retries=1):
    """What a day was like."""

    day: date = date(2026, 1, 1)
    wanted: int = 30

    @task(retries=2)
    def extract(self) -> List[int]:
        return [self.day.day, 2]

    @task
    def clean(self, rows: List[int]) -> List[int]:
        return sorted(rows)

    @task
    def archive(self, rows: List[int]) -> int:
        return len(rows)

    @task
    def check(self, rows: List[int]) -> Verdict:
        assert isinstance(rows, list)
        return Verdict(sum(rows) >= self.wanted, sum(rows))

    @task
    def refine(self, verdict: Verdict) -> List[int]:
        assert type(verdict) is Verdict, "read by the annotation"
        return [verdict.score, 10]

    @task
    def publish(self, verdict: Verdict) -> str:
        return f"{self.day:%d.%m.}: {verdict.score}"

    def graph(self) -> None:
        self.extract >> self.clean >> [self.archive, self.check]
        self.check.when(lambda verdict: not verdict.ok) >> self.refine >> self.check
        self.check.otherwise() >> self.publish


def test_a_class_runs_here_with_its_parameters() -> None:
    assert Report()() == {"archive": 2, "publish": "01.01.: 33"}
    assert Report(day=date(2026, 2, 9), wanted=5).run()["publish"] == "09.02.: 11"


def test_agents_know_it_as_a_function_with_tasks_of_its_name() -> None:
    made = Report.function
    assert (made.name, made.doc, made.policy.retries) == (
        "daily-report",
        "What a day was like.",
        1,
    )
    assert made.file.endswith("test_classic.py")
    source = Path(__file__).read_text(encoding="utf-8").splitlines()
    assert source[made.line - 1].startswith("class Report(Workflow")
    assert imported("workflow", "daily-report") is made
    for name in ("extract", "clean", "archive", "check", "refine", "publish"):
        assert imported("task", f"Report.{name}") is getattr(Report, name)
    assert Report.extract.policy.retries == 2


def test_its_parameters_have_a_schema_and_are_refused_by_it() -> None:
    schema = params_schema(Report.function.signature)
    assert schema["properties"] == {
        "day": {"type": "string", "format": "date", "default": "2026-01-01"},
        "wanted": {"type": "integer", "default": 30},
    }
    with pytest.raises(BadInput, match="no parameter 'dya'; did you mean 'day'"):
        Report.function.signature.named({"dya": "2026-01-01"})


def test_a_task_is_a_method_for_who_calls_it_directly() -> None:
    assert Report(day=date(2026, 1, 7)).extract() == [7, 2]
    assert Report().clean([3, 1]) == [1, 3]


def test_a_class_is_a_part_of_the_function_that_calls_it() -> None:
    @workflow
    def week() -> List[Any]:
        return [Report(day=date(2026, 1, day))()["publish"] for day in (1, 2)]

    assert week() == ["01.01.: 33", "02.01.: 34"]


def test_a_subclass_has_tasks_of_its_own_name() -> None:
    class Base(Workflow):
        by: int = 2

        @task
        def begin(self) -> int:
            return 1

        @task
        def grow(self, value: int) -> int:
            return value * self.by

    class Once(Base):
        def graph(self) -> None:
            self.begin >> self.grow

    class Shifted(Base):
        more: int = 5

        @task
        def begin(self) -> int:
            return 10 + self.more

        def graph(self) -> None:
            self.begin >> self.grow

    assert (Once(by=3)(), Shifted(by=3)()) == (3, 45)
    assert [imported("task", f"{of}.grow") for of in ("Once", "Shifted")] == [
        Once.grow,
        Shifted.grow,
    ]
    assert imported("task", "Base.grow") is None


def test_an_error_in_a_task_is_the_workflow_s() -> None:
    class Breaks(Workflow):
        @task
        def begin(self) -> int:
            raise LookupError("no such thing")

        @task
        def after(self, value: int) -> int:
            return value

        def graph(self) -> None:
            self.begin >> self.after

    with pytest.raises(TaskFailed, match=r"task Breaks.begin .* LookupError: no such thing"):
        Breaks()()


def test_checks_of_tasks_stand_in_the_class_or_below_it() -> None:
    class Checked(Workflow):
        @task
        def rows(self) -> List[int]:
            return [1]

        @staticmethod
        @check(rows, severity="warn")
        def not_empty(rows: List[int]) -> bool:
            return len(rows) > 0

        def graph(self) -> None:
            self.rows >> self.count

        @task
        def count(self, rows: List[int]) -> int:
            return len(rows)

    @check(Checked.rows)
    def short(rows: List[int]) -> bool:
        return len(rows) < 5

    assert [one.name for one in Checked.rows.checks] == ["not_empty", "short"]
    assert Checked.not_empty([1])
    assert Checked()() == 1


def test_data_in_quarantine_holds_back_the_strict_branch_and_not_the_lax_one() -> None:
    class Held(Workflow):
        @task
        def rows(self) -> List[int]:
            return [-1]

        @staticmethod
        @check(rows, severity="quarantine")
        def above_zero(rows: List[int]) -> bool:
            return min(rows) > 0

        @task
        def publish(self, rows: List[int]) -> int:
            return len(rows)

        @task(strict=False)
        def peek(self, rows: List[int]) -> int:
            return rows[0]

        def graph(self) -> None:
            self.rows >> [self.publish, self.peek]

    with simulate(approvals={"Held.rows": {}}):
        assert Held()() == {"publish": 1, "peek": -1}
    with simulate(approvals={"Held.rows": Reject("no")}) as sim, pytest.raises(InvalidData):
        Held()()
    assert [call.name for call in sim.calls] == ["Held.rows", "Held.peek"]


# ---- shapes -------------------------------------------------------------------------------------


class Shape(Workflow):
    """Tasks that say where their values came from."""

    rounds: int = 3

    @task
    def a(self, *came: Any) -> Any:
        return ["a", *came]

    @task
    def b(self, *came: Any) -> Any:
        return ["b", *came]

    @task
    def c(self, *came: Any) -> Any:
        return ["c", *came]

    @task
    def d(self, *came: Any) -> Any:
        return ["d", *came]

    @task
    def e(self, *came: Any) -> Any:
        return ["e", *came]


def deep(value: Any) -> int:
    """How many values one is made of."""
    return 1 + sum(deep(part) for part in value[1:])


class Diamond(Shape):
    def graph(self) -> None:
        self.a >> [self.b, self.c] >> self.d


class Backwards(Shape):
    def graph(self) -> None:
        self.d << [self.c, self.b] << self.a


class Alone(Shape):
    def graph(self) -> None:
        self.c  # noqa: B018


class Fans(Shape):
    def graph(self) -> None:
        [self.a, self.b] >> self.c
        [self.d, self.e] << self.c


@pytest.mark.parametrize("choose", [first, last])
def test_values_come_in_the_order_in_which_edges_are_written(
    choose: Callable[[List[int]], int],
) -> None:
    value, agent = play(Diamond(), choose)
    assert value == ["d", ["b", ["a"]], ["c", ["a"]]]
    assert agent.together == 2, "the branches run side by side"
    assert play(Backwards(), choose)[0] == ["d", ["c", ["a"]], ["b", ["a"]]]
    assert play(Alone(), choose)[0] == ["c"]
    both = ["c", ["a"], ["b"]]
    assert play(Fans(), choose)[0] == {"d": ["d", both], "e": ["e", both]}


def test_a_task_gets_as_many_values_as_it_takes() -> None:
    class Takes(Shape):
        @task
        def none(self) -> Any:
            return ["none"]

        @task
        def one(self, first: Any) -> Any:
            return ["one", first]

        @task
        def maybe(self, first: Any, second: Any = "nothing") -> Any:
            return ["maybe", first, second]

        def graph(self) -> None:
            [self.a, self.b] >> self.none
            [self.a, self.b] >> self.one
            self.b >> self.maybe

    assert Takes()() == {
        "none": ["none"],
        "one": ["one", ["a"]],
        "maybe": ["maybe", ["b"], "nothing"],
    }


def test_what_no_edge_leads_to_is_skipped_and_so_is_what_follows() -> None:
    class Branches(Shape):
        def graph(self) -> None:
            self.a.when(lambda value: False) >> self.b >> self.c
            self.a.when(lambda value: True) >> self.d
            self.a.otherwise() >> self.e
            [self.c, self.d, self.e] >> self.last

        @task
        def last(self, *came: Any) -> Any:
            return ["last", *came]

    value, agent = play(Branches(), first)
    assert agent.started == ["a", "d", "last"]
    assert value == ["last", ["d", ["a"]]]


def test_a_port_may_stand_in_a_chain_and_in_a_list() -> None:
    class Chains(Shape):
        def graph(self) -> None:
            self.a >> self.b.when(lambda value: True) >> self.c
            [self.b.otherwise(), self.c] >> self.d
            self.e << self.d.when(len)

    assert play(Chains(), first)[0] == ["e", ["d", ["c", ["b", ["a"]]]]]


# ---- cycles -------------------------------------------------------------------------------------


class Loop(Shape):
    def graph(self) -> None:
        self.a >> self.b >> self.c
        self.c.when(lambda value: deep(value) < self.rounds * 2) >> self.d >> self.b
        self.c.otherwise() >> self.e


@pytest.mark.parametrize("choose", [first, last])
def test_a_cycle_goes_on_until_its_condition_says_no(choose: Callable[[List[int]], int]) -> None:
    value, agent = play(Loop(rounds=3), choose)
    assert agent.started == ["a", *"bcd" * 1, *"bc", "e"]
    assert value == ["e", ["c", ["b", ["d", ["c", ["b", ["a"]]]]]]]
    assert play(Loop(rounds=50), choose)[1].started.count("d") == 33


def test_each_call_says_the_edge_that_led_to_it() -> None:
    _, agent = play(Loop(rounds=3), first)
    begin = Loop.graph.__code__.co_firstlineno
    lines = [int(line.rpartition(":")[2]) - begin for line in agent.lines]
    assert lines == [1, 1, 1, 2, 2, 1, 3], "a b c d b c e"
    assert all(line.rpartition(":")[0].endswith("test_classic.py") for line in agent.lines)


def test_a_task_may_lead_back_to_itself() -> None:
    class Self(Shape):
        def graph(self) -> None:
            self.a >> self.b
            self.b.when(lambda value: deep(value) < 5) >> self.b
            self.b >> self.c

    value, agent = play(Self(), last)
    assert agent.started.count("b") == 4
    assert value == ["c", ["b", ["b", ["b", ["b", ["a"]]]]]]


def test_cycles_in_cycles() -> None:
    counts: Dict[str, int] = {}

    class Nested(Workflow):
        outer: int = 3
        inner: int = 4

        @task
        def head(self, *came: Any) -> int:
            counts["head"] = counts.get("head", 0) + 1
            return counts["head"]

        @task
        def step(self, value: int) -> int:
            counts["step"] = counts.get("step", 0) + 1
            return counts["step"]

        @task
        def tail(self, value: int) -> int:
            return value

        @task
        def done(self, value: int) -> List[int]:
            return [counts["head"], counts["step"], value]

        def graph(self) -> None:
            self.head >> self.step
            self.step.when(lambda value: value % self.inner) >> self.step
            self.step.otherwise() >> self.tail
            self.tail.when(lambda value: value < self.outer * self.inner) >> self.head
            self.tail.otherwise() >> self.done

    assert Nested()() == [3, 12, 12]


def test_both_ways_back_are_taken_and_the_join_waits_for_both() -> None:
    class Review(Shape):
        def graph(self) -> None:
            self.a >> [self.b, self.c] >> self.d
            self.d.when(lambda value: deep(value) < 10) >> self.e >> [self.b, self.c]

    for choose in (first, last):
        value, agent = play(Review(), choose)
        assert agent.started.count("d") == 2
        once = ["d", ["b", ["a"]], ["c", ["a"]]]
        assert value == ["d", ["b", ["e", once]], ["c", ["e", once]]]


def test_the_order_of_writing_does_not_make_a_cycle_s_end_its_beginning() -> None:
    class Written(Shape):
        def graph(self) -> None:
            self.c >> self.b
            self.b.when(lambda value: deep(value) < 6) >> self.c
            self.a >> self.b

    assert play(Written(), first)[1].started == [*"abcbcb"]


def test_a_cycle_at_the_beginning_begins_with_what_is_named_first() -> None:
    class Begins(Shape):
        def graph(self) -> None:
            self.b >> self.a
            self.a.when(lambda value: deep(value) < 4) >> self.b

    assert play(Begins(), first)[1].started == [*"baba"]


def test_what_waits_for_a_way_out_of_a_cycle_waits_until_the_cycle_rests() -> None:
    class Joins(Shape):
        def graph(self) -> None:
            self.a >> [self.b, self.e]
            self.b.when(lambda value: deep(value) < 6) >> self.c >> self.b
            self.b.otherwise() >> self.d
            self.e >> self.d

    for choose in (first, last):
        value, agent = play(Joins(), choose)
        assert agent.started.count("d") == 1
        assert value == ["d", ["b", ["c", ["b", ["c", ["b", ["a"]]]]]], ["e", ["a"]]]


def test_what_follows_a_cycle_always_runs_in_each_round_and_never_twice_at_once() -> None:
    class Notes(Shape):
        def graph(self) -> None:
            self.a >> self.b >> self.c
            self.b.when(lambda value: deep(value) < 6) >> self.d >> self.b

    for choose in (first, last):
        value, agent = play(Notes(), choose)
        assert value == ["c", ["b", ["d", ["b", ["d", ["b", ["a"]]]]]]], choose
        assert agent.started.count("b") == 3


def test_a_cycle_without_end_ends_with_a_sentence() -> None:
    class Endless(Shape, max_rounds=20):
        def graph(self) -> None:
            self.a >> self.b >> self.a

    with pytest.raises(
        BadProject, match=r"Endless\.a has started 20 times and would again: .*max_rounds="
    ):
        Endless()()


def test_a_long_cycle_rolls_and_its_replay_goes_on_in_the_last_turn() -> None:
    class Long(Workflow):
        rounds: int = 3000

        @task
        def begin(self) -> bytes:
            return bytes(range(256)) * 200

        @task
        def count(self, counted: Any) -> int:
            return 1 + (counted if isinstance(counted, int) else 0)

        @task
        def note(self, counted: int) -> Dict[str, Any]:
            return {"$odd": None, "counted": counted}

        @task
        def join(self, begun: bytes, note: Dict[str, Any]) -> List[Any]:
            return [len(begun), note]

        def graph(self) -> None:
            self.begin >> self.count >> self.note
            self.begin >> self.join
            self.note.when(lambda note: note["counted"] < self.rounds) >> self.note2 >> self.count
            self.note.otherwise() >> self.join

        @task
        def note2(self, note: Dict[str, Any]) -> int:
            return int(note["counted"])

    value, agent = play(Long(), first)
    assert value == [51200, {"$odd": None, "counted": 3000}]
    assert agent.started.count("count") == 3000
    assert {e["turn"] for e in agent.journal if e["kind"] == "turn"} == {7}
    assert len(agent.journal) < 4200


# ---- what is wrong with a graph -----------------------------------------------------------------


def graph_of(draw: Callable[[Any], None]) -> Any:
    return type("Wrong", (Shape,), {"graph": draw, "__module__": __name__})


@pytest.mark.parametrize(
    ("draw", "words"),
    [
        (lambda self: None, r"Wrong\.graph\(\) names no task; write for example"),
        (lambda self: [self.a, self.b] >> [self.c, self.d], "list cannot lead to a list"),  # type: ignore[operator]
        (lambda self: self.a >> [self.b, self.c] >> [self.d, self.e], "list cannot lead to a list"),
        (lambda self: [self.a] << (self.b,), "list cannot lead to a list"),  # type: ignore[operator]
        (lambda self: self.a >> self.run, "run is not a task.*put @task above it"),
        (lambda self: [self.run] >> self.a, "run is not a task.*put @task above it"),
        (lambda self: self.a >> "b", "'b' is not a task.*write it as self.NAME"),
        (lambda self: self.b(self.a()), "graph.. calls no task.*write a >> "),
        (lambda self: self.a.submit(), "graph.. calls no task"),
        (lambda self: self.a.when(True) >> self.b, r"a\.when\(\) takes a function.*not True"),
        (lambda self: self.a.otherwise() >> self.b, r"a >> b .*otherwise\(\), and a has no edge"),
        (lambda self: self.a >> Shape().b, "not of one workflow"),
    ],
)
def test_what_is_no_graph_is_said_in_a_sentence(draw: Callable[[Any], None], words: str) -> None:
    with pytest.raises(BadProject, match=words):
        graph_of(draw)()()


def test_a_name_that_does_not_exist_names_the_one_that_does() -> None:
    with pytest.raises(AttributeError, match="Diamond has no 'aa'; did you mean 'a'"):
        Diamond().aa  # type: ignore[attr-defined]  # noqa: B018
    with pytest.raises(BadProject, match=r"Wrong\.graph\(\): Wrong has no 'aa'; did you mean 'a'"):
        graph_of(lambda self: self.aa >> self.b)()()


def test_a_graph_is_looked_at_when_an_artifact_tells_what_it_holds() -> None:
    def told(made: Any) -> Any:
        return describe(Project(made.function, "x", {"x": made.function}, {}))["workflows"][0]

    assert told(Diamond)["name"] == "Diamond"
    with pytest.raises(BadProject, match="Wrong has no 'aa'"):
        told(graph_of(lambda self: self.aa >> self.b))
    told(Nodes)  # its parameters have no defaults

    def by_parameter(self: Any) -> None:
        {}[self.rounds]

    told(graph_of(by_parameter))  # other parameters may do better


def test_edges_are_drawn_in_graph_only() -> None:
    shape = Diamond()
    with pytest.raises(BadProject, match=r"a >> b: edges are drawn in graph\(\)"):
        shape.a >> shape.b


def test_a_condition_that_raises_is_named_with_its_line() -> None:
    made = graph_of(lambda self: self.a.when(lambda value: value["ok"]) >> self.b)
    words = r"Wrong\.graph\(\): the condition of a >> b \(.*test_classic\.py:\d+\) raised TypeError"
    with pytest.raises(BadProject, match=words):
        made()()


def test_a_task_that_needs_more_values_than_lead_to_it_is_named() -> None:
    class Needs(Shape):
        @task
        def two(self, first: Any, second: Any) -> Any:
            return first, second

        def graph(self) -> None:
            self.a >> self.two

    with pytest.raises(BadProject, match=r"Needs\.two takes a value for first, second, and 1 edge"):
        Needs()()


def test_a_class_without_a_graph_says_so() -> None:
    with pytest.raises(BadProject, match=r"Shape has no graph\(\)"):
        Shape()()


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("    def __init__(self): ...", "no __init__"),
        ("    run: int = 3", "every Workflow has a 'run'; rename yours"),
        ("    @task\n    def cli(self): ...", "every Workflow has a 'cli'"),
        (
            "    @task\n    def a(self): ...\n    @check(a)\n    def good(self, value): ...",
            "Bad.good: a check takes the value, and no self",
        ),
    ],
)
def test_a_class_that_cannot_be_is_refused_at_once(body: str, words: str) -> None:
    with pytest.raises(TypeError, match=words):
        exec(f"class Bad(Workflow):\n{body}", {"Workflow": Workflow, "task": task, "check": check})


@pytest.mark.parametrize("rounds", [0, "many"])
def test_a_bound_that_is_none_is_refused(rounds: Any) -> None:
    with pytest.raises(ValueError, match="max_rounds=.* must be 1 or more"):
        type("Bad", (Workflow,), {}, max_rounds=rounds)


# ---- any shape ----------------------------------------------------------------------------------


class Nodes(Workflow, max_rounds=30):
    """Six tasks, for graphs that chance draws."""

    edges: List[Tuple[int, int, str]]
    seed: int

    @task
    def n0(self, *came: Any) -> int:
        return self.chance(0, came)

    @task
    def n1(self, *came: Any) -> int:
        return self.chance(1, came)

    @task
    def n2(self, *came: Any) -> int:
        return self.chance(2, came)

    @task
    def n3(self, *came: Any) -> int:
        return self.chance(3, came)

    @task
    def n4(self, *came: Any) -> int:
        return self.chance(4, came)

    @task
    def n5(self, *came: Any) -> int:
        return self.chance(5, came)

    def chance(self, number: int, came: Any) -> int:
        return random.Random(f"{self.seed} {number} {came}").randrange(1000)

    def graph(self) -> None:
        drawn: Set[int] = set()
        for source, target, kind in self.edges:
            begin: Any = getattr(self, f"n{source}")
            if kind == "when":
                drawn.add(source)
                begin = begin.when(lambda value: value % 3)
            elif kind == "otherwise" and source in drawn:
                begin = begin.otherwise()
            begin >> getattr(self, f"n{target}")


kinds = st.sampled_from(["always", "always", "when", "otherwise"])
numbers = st.integers(0, 5)
chosen = st.integers(0, 99).map(random.Random)


def some(edges: List[Tuple[int, int, str]], seed: int, chance: random.Random) -> Any:
    return play(Nodes(edges, seed), lambda ready: chance.choice(ready))


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(numbers, numbers), min_size=1), st.integers(0, 99), chosen)
def test_without_cycles_each_task_runs_once_and_after_all_that_leads_to_it(
    pairs: List[Tuple[int, int]], seed: int, chance: random.Random
) -> None:
    edges = [(min(pair), max(pair), "always") for pair in pairs if pair[0] != pair[1]]
    if not edges:
        return
    _, agent = some(edges, seed, chance)
    named = {number for source, target, _ in edges for number in (source, target)}
    assert sorted(agent.started) == [f"n{number}" for number in sorted(named)]
    for source, target, _ in edges:
        assert agent.started.index(f"n{source}") < agent.started.index(f"n{target}")


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(numbers, numbers, kinds), min_size=1), st.integers(0, 99), chosen)
def test_without_cycles_conditions_skip_and_the_order_of_ends_changes_no_value(
    drawn: List[Tuple[int, int, str]], seed: int, chance: random.Random
) -> None:
    edges = [(min(s, t), max(s, t), kind) for s, t, kind in drawn if s != t]
    if not edges:
        return
    value, agent = some(edges, seed, chance)
    assert len(set(agent.started)) == len(agent.started)
    assert play(Nodes(edges, seed), first)[0] == value
    assert Nodes(edges, seed)() == value


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(numbers, numbers, kinds), min_size=1), st.integers(0, 9), chosen)
def test_any_graph_ends_or_says_why_and_replays(
    edges: List[Tuple[int, int, str]], seed: int, chance: random.Random
) -> None:
    try:
        _, agent = some(edges, seed, chance)
    except BadProject as error:
        assert "its cycle does not end" in str(error)
        return
    assert agent.started


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(numbers, numbers, kinds), min_size=1), st.integers(0, 9))
def test_rolling_changes_nothing(edges: List[Tuple[int, int, str]], seed: int) -> None:
    def outcome() -> Any:
        try:
            value, agent = play(Nodes(edges, seed), first)
        except BadProject as error:
            return str(error)
        return value, agent.started

    plain = outcome()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_classic_walk, "ROLL_AFTER", 3)
        assert outcome() == plain


@given(st.lists(st.tuples(numbers, numbers), min_size=1))
def test_what_leads_onwards_holds_no_cycle_and_reaches_everything(
    pairs: List[Tuple[int, int]],
) -> None:
    graph = Graph("Any")
    for source, target in pairs:
        ends = [graph.node(f"n{number}", Nodes.n0, ("", 1)) for number in (source, target)]
        graph.connect(ends[0], ends[1], None, False, ("", 1))
    graph.close()
    for node in graph.nodes.values():
        for edge in node.out:
            assert edge.back or edge.source.rank < edge.target.rank
            assert not (edge.back and edge.leaves)
    walk = Walk(graph, None, 1)
    assert walk is not None
    reached = {n for n in graph.nodes.values() if not any(True for _ in n.forward)}
    for node in list(reached):
        reached.update(graph.downstream(node))
    assert reached == set(graph.nodes.values())
