"""A run as values: its graph, time line, failures, and what differs from a good run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salt_core.model.run import Run
from salt_core.model.status import AttemptEnd, RunStatus, TaskStatus
from salt_core.model.task import Attempt, Failure, Policy, Task
from salt_tui.onerun.compare import Past, differences
from salt_tui.onerun.drawing import draw
from salt_tui.onerun.failure import blamed, editor_words, find_source, frames_of, told
from salt_tui.onerun.layout import place
from salt_tui.onerun.nodes import Node
from salt_tui.onerun.sites import SiteGraph
from salt_tui.onerun.timeline import Scale, bar

SOURCES = f"/home/ada/.cache/salt/sources/{'0a' * 32}/"
TRACEBACK = f"""Traceback (most recent call last):
  File "{SOURCES}report/flow.py", line 12, in report
    return load(day)
  File "/x/site-packages/pandas/io.py", line 99, in read
    raise KeyError(name)
  File "{SOURCES}report/load.py", line 88, in load
    by_region[row["region"]].append(row)
              ~~~^^^^^^^^^^
  File "/usr/lib/python3.11/json/decoder.py", line 1, in decode
    boom()
KeyError: 'region'
"""
FAILURE = Failure("KeyError", "'region'", TRACEBACK)


def task(number: int, name: str, needs: tuple[int, ...] = (), **more: object) -> Task:
    made = Task(
        str(number), name, TaskStatus.SUCCEEDED, tuple(map(str, needs)), Policy(), number * 10,
        number * 10, number * 10 + 5, (), at=f"flow.py:{len(name)}",
    )  # fmt: skip
    return replace(made, **more)  # type: ignore[arg-type]


def drawn(*tasks: Task) -> list[str]:
    graph = SiteGraph()
    graph.put(tasks)
    return ["".join(text for text, _ in line).rstrip() for line in draw(graph).lines]


# -- failures ------------------------------------------------------------------------------


def test_the_users_own_steps_come_first_innermost_on_top() -> None:
    lines = told(FAILURE)
    assert lines[:4] == [
        "KeyError: 'region'",
        "  report/load.py:88 in load",
        '      by_region[row["region"]].append(row)',
        "                ~~~^^^^^^^^^^",
    ]
    others = lines.index("In code that is not yours:")
    assert "  report/flow.py:12 in report" in lines[:others]
    assert lines[others + 1].startswith("  /usr/lib/python3.11/json")


def test_the_step_to_look_at_is_the_users() -> None:
    frame = blamed(FAILURE)
    assert frame is not None
    assert (frame.file, frame.line, frame.own) == ("report/load.py", 88, True)
    assert blamed(Failure("Lost", "x")) is None
    assert frames_of("no traceback at all") == []


def test_what_steers_a_terminal_is_left_out_of_a_failure() -> None:
    evil = Failure(
        "E\x1b[2J", "x\x1b]0;t\x07", '  File "\x1b[2Ja.py", line 1, in f\n    \x1b[31mx\n'
    )
    assert "\x1b" not in "\n".join(told(evil))


def test_a_source_is_found_below_the_project(tmp_path: Path) -> None:
    flow = tmp_path / "src" / "report" / "load.py"
    flow.parent.mkdir(parents=True)
    flow.touch()
    hidden = tmp_path / ".venv" / "other.py"
    hidden.parent.mkdir()
    hidden.touch()
    assert find_source("report/load.py", str(tmp_path)) == flow
    assert find_source("load.py", str(tmp_path)) == flow
    assert find_source("other.py", str(tmp_path)) is None
    assert find_source(str(flow), "") == flow
    assert find_source("report/load.py", str(tmp_path / "gone")) is None


@pytest.mark.parametrize(
    ("editor", "words"),
    [
        ("vim", ["vim", "+8", "/a b.py"]),
        ("/usr/bin/emacs -nw", ["/usr/bin/emacs", "-nw", "+8", "/a b.py"]),
        ("code", ["code", "--wait", "--goto", "/a b.py:8"]),
        ("hx", ["hx", "/a b.py:8"]),
        ("", ["vi", "+8", "/a b.py"]),
    ],
)
def test_how_editors_are_told_the_line(editor: str, words: list[str]) -> None:
    assert editor_words(editor, Path("/a b.py"), 8) == words


# -- what differs --------------------------------------------------------------------------


def past(params: str, *tasks: Task, version: str = "v1", given: str | None = None) -> Past:
    head = Run("r", "wf", version, RunStatus.FAILED, params, "manual", 0, 0, 1, 1, 1)
    return Past(head, tasks, given)


def test_what_differs_is_told_the_likeliest_first() -> None:
    slow = task(1, "load", started=0, finished=90_000)
    quick = task(1, "load", started=0, finished=2_000)
    now = past('{"day":"x","n":[1,2]}', slow, version="v2", given='{"args":[7]}')
    then = past('{"day":"y","old":1,"n":[1,2]}', quick, task(2, "check"), given='{"args":[0]}')
    assert differences(now, then) == [
        "version v2, and v1 then",
        "parameter day is x, and was y then",
        "parameter old is not given, and was 1 then",
        "input args[0] is 7, and was 0 then",
        "load took 1m30s, and 2.0s then",
        "check was called not at all, and once then",
    ]


def test_nothing_differs_from_itself() -> None:
    one = past('{"a":{"b":[1,{"c":null}]}}', task(1, "x"), given="not json")
    assert differences(one, one) == []
    assert differences(past("{}"), past("")) == []


# -- the graph -----------------------------------------------------------------------------


def test_a_diamond_is_drawn_as_one() -> None:
    lines = drawn(task(1, "a"), task(2, "bb", (1,)), task(3, "ccc", (1,)), task(4, "dddd", (2, 3)))
    assert lines == [
        " ✓ a ─┬─ ✓ bb ──┐",
        "      │         └┬─ ✓ dddd",
        "      └─ ✓ ccc ──┘",
    ]


def test_calls_from_one_line_are_one_node_and_a_way_back_is_marked() -> None:
    lines = drawn(task(1, "a"), task(2, "bb", (1,)), task(3, "a", (2,)), task(4, "bb", (3,)))
    assert lines == [" ✓ a ×2 ─── ✓ bb ×2 ↺"]


def test_what_was_asked_for_after_something_had_ended_follows_it() -> None:
    assert drawn(task(1, "a"), task(2, "bb")) == [" ✓ a ─── ✓ bb"]
    both = drawn(task(1, "a", finished=None), task(2, "bb"))
    assert both == [" ✓ a", "", " ✓ bb"]


@given(st.lists(st.tuples(st.integers(0, 14), st.integers(0, 14)), max_size=40))
def test_no_two_nodes_share_a_place_and_edges_lead_on(edges: list[tuple[int, int]]) -> None:
    layout = place(15, edges)
    spots = [(one.layer, one.row) for layer in layout.layers for one in layer]
    assert len(spots) == len(set(spots))
    layer = {one.node: one.layer for row in layout.layers for one in row if one.node is not None}
    assert len(layer) == 15
    for a, b in edges:
        assert ((a, b) in layout.back) == (b <= a)
        if b > a:
            assert layer[b] > layer[a]


# -- the time line -------------------------------------------------------------------------


def test_a_call_that_was_tried_again() -> None:
    tries = (
        Attempt(1, "x", 20, 40, AttemptEnd.FAILED, "fork", FAILURE),
        Attempt(2, "x", 60, 80, AttemptEnd.SUCCEEDED, "fork"),
    )
    call = task(1, "a", created=0, started=20, finished=80, attempts=tries)
    text, tones = bar(Node("r/1", "task", "a", task=call), Scale(0, 100, 10), 100)
    assert text == "░░▓▓✗·▓▓▓ "
    assert tones[2:5] == ("bad", "bad", "bad")
    assert tones[6] == "good"


def test_the_axis_fits_its_width() -> None:
    for width in (1, 5, 20, 80, 200):
        for length in (1, 900, 59_000, 86_400_000 * 3):
            assert len(Scale(0, length, width).title()) == width
    assert Scale(0, 60_000, 60).title().startswith("|0")
