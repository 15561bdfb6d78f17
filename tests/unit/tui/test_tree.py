"""A run's calls as a tree: maps, loops and turns are found as the calls come."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salt_core.model.status import TaskStatus
from salt_core.model.task import Policy, Task
from salt_tui.onerun.folding import Folding
from salt_tui.onerun.nodes import Node
from salt_tui.onerun.tree import Tree

POLICY = Policy()
DONE = TaskStatus.SUCCEEDED


def task(number: int, name: str, line: int = 0, status: TaskStatus = DONE, **more: object) -> Task:
    at = f"flow.py:{line}" if line else ""
    made = Task(str(number), name, status, (), POLICY, 0, None, None, (), at=at)
    return replace(made, **more)  # type: ignore[arg-type]


def run_of(sites: str) -> Tree:
    """``a1 b2``: a call of a from line 1, then one of b from line 2."""
    tree = Tree("run")
    calls = [task(n + 1, site[0], int(site[1:])) for n, site in enumerate(sites.split())]
    tree.put([task(0, "flow"), *calls])
    return tree


def shape(nodes: Sequence[Node]) -> str:
    """``a b*3 [a b | a b]``: a, three of b from one line, a loop of two turns."""
    words = []
    for node in nodes:
        if node.kind == "group":
            first = node.children[0].task
            assert first is not None
            many = len(node.children)
            words.append(first.name if many == 1 else f"{first.name}*{many}")
        elif node.kind == "loop":
            words.append(f"[{' | '.join(shape(turn.children) for turn in node.children)}]")
    return " ".join(words)


@pytest.mark.parametrize(
    ("sites", "expected"),
    [
        ("a1 b2 c3", "a b c"),
        ("a1 b2 b2 b2 c3", "a b*3 c"),
        ("a1 b2 c3 b2 c3 b2 c3 d4", "a [b c | b c | b c] d"),
        ("a1 b2 c3 b2 d5", "a [b c | b] d"),
        ("a1 b2 c3 b2 c3 d4 a1 b2 c3 b2 c3 d4", "[a [b c | b c] d | a [b c | b c] d]"),
        ("a1 b2 b2 c3 a1 b2 b2 b2 c3", "[a b*2 c | a b*3 c]"),
        ("a1 b2 a1 x9 a1 b2", "[a b | a x | a b]"),
        ("a1 b2 a1 c3 d4 a1 d4", "[a b | a c d | a d]"),
        ("a1 a2 a1 a2", "[a a | a a]"),
        ("a1 b2 d4 a1 c3 d4", "[a b d | a c d]"),
    ],
)
def test_loops_are_found(sites: str, expected: str) -> None:
    assert shape(run_of(sites).root.children) == expected


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 4)), max_size=60))
def test_every_call_is_in_its_place_once(calls: list[tuple[str, int]]) -> None:
    """Whatever comes: in program order, and counted in all that holds it."""
    tree = run_of(" ".join(f"{name}{line}" for name, line in calls))
    found: list[str] = []

    def walk(node: Node) -> int:
        if node.task is not None:
            found.append(node.task.id)
            return 0 if node.task.id == "0" else 1
        total = sum(map(walk, node.children))
        assert node.total == total
        for child in node.children:
            assert child.parent is node
        return total

    assert walk(tree.root) == len(calls)
    assert found == [str(number) for number in range(len(calls) + 1)]
    rows = Folding(tree).rows()
    assert len({row.key for row in rows}) == len(rows)


def test_a_change_is_counted_in_all_that_holds_it() -> None:
    tree = run_of("a1 b2 b2 c3 a1 b2 b2")
    call = tree.call("6")
    assert call is not None
    changed = task(6, "b", 2, TaskStatus.FAILED, started=5, finished=9)
    assert tree.put([changed]) == [changed]
    assert tree.put([changed]) == []
    holder = call.parent
    while holder is not None:
        assert (holder.status, holder.counts["failed"]) == ("failed", 1)
        assert (holder.started, holder.finished) == (5, 9)
        holder = holder.parent


def test_a_call_that_was_read_late_comes_into_its_place() -> None:
    tree = Tree("run")
    tree.put([task(0, "flow"), task(1, "a", 1), task(3, "c", 3)])
    tree.put([task(2, "b", 2)])
    assert shape(tree.root.children) == "a b c"


def test_what_a_rolling_loop_forgot_is_gone() -> None:
    tree = run_of("a1 b2 c3 b2 c3")
    tree.cut(2)
    assert shape(tree.root.children) == "a b"
    tree.put([task(6, "b", 2), task(7, "c", 3)])
    assert shape(tree.root.children) == "a b*2 c"


def test_what_is_many_is_folded_and_opened() -> None:
    tree = run_of("a1 " + "b2 " * 40 + "c3")
    folding = Folding(tree)
    assert [row.key for row in folding.rows()] == ["run/0", "run/1", "run/g2", "run/42"]
    group = folding.rows()[2]
    assert (group.open, group.node.total) == (False, 40)
    folding.reveal("run/17")
    assert len(folding.rows()) == 44
    place = folding.place("run/17")
    assert place is not None
    assert folding.rows()[place].node.task is tree.call("17").task  # type: ignore[union-attr]
    folding.turn(group.node)
    assert folding.place("run/17") == 2


def test_a_run_that_was_called_opens_in_its_place() -> None:
    tree = Tree("run")
    tree.put([task(0, "flow"), task(1, "child", 1, kind="run", child="run.1")])
    folding = Folding(tree)
    assert [(row.key, row.open) for row in folding.rows()] == [("run/0", None), ("run/1", False)]
    child = Tree("run.1")
    child.put([task(0, "child"), task(1, "x", 9)])
    folding.attach("run/1", child)
    folding.turn(folding.rows()[1].node)
    assert [(row.key, row.depth) for row in folding.rows()][1:] == [("run/1", 0), ("run.1/1", 1)]


def test_fifty_thousand_calls_are_kept_up_to_date_quickly() -> None:
    """What a batch of changes costs does not grow with the run."""
    calls = [
        task(n, "m" if n < 25_000 else "abc"[n % 3], 9 if n < 25_000 else n % 3 + 10)
        for n in range(1, 50_001)
    ]
    tree = Tree("run")
    tree.put([task(0, "flow"), *calls])
    folding = Folding(tree)
    for row in list(folding.rows()):
        if row.open is False:
            folding.turn(row.node)
    assert len(folding.rows()) > 25_000
    batch = [replace(one, status=TaskStatus.FAILED) for one in calls[::50]]
    begun = time.perf_counter()
    assert len(tree.put(batch)) == 1_000
    folding.rows()
    assert time.perf_counter() - begun < 0.1
    assert tree.root.counts["failed"] == 1_000
