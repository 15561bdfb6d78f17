"""Deadlines: counted from what was sent, written where a supervisor reads."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from salt_agent.deadlines import Deadlines
from salt_agent.leases import Leases, margin_s
from salt_core.model.lease import Token

ONE = Token("r1", "1", 1, "a" * 32)
AGAIN = Token("r1", "1", 2, "b" * 32)


@pytest.fixture
def deadlines(tmp_path: Path) -> Deadlines:
    return Deadlines(tmp_path / "deadlines", cells=4)


def on_disk(deadlines: Deadlines, cell: int) -> float:
    value: float = struct.unpack_from("d", deadlines.path.read_bytes(), cell * 8)[0]
    return value


def test_cells_are_distinct_and_run_out(deadlines: Deadlines) -> None:
    cells = [deadlines.take() for _ in range(4)]
    assert sorted(cell for cell in cells if cell is not None) == [0, 1, 2, 3]
    assert deadlines.take() is None
    deadlines.free(2)
    assert deadlines.take() == 2
    deadlines.close()
    assert not deadlines.path.exists()


@pytest.mark.parametrize(
    ("lease", "margin"), [(30.0, 5.0), (60.0, 5.0), (12.0, 2.0), (1.5, 0.3), (1.0, 0.3)]
)
def test_the_margin(lease: float, margin: float) -> None:
    assert margin_s(lease) == pytest.approx(margin)


def test_a_deadline_counts_from_the_sending(deadlines: Deadlines) -> None:
    leases = Leases(deadlines, lease_s=12)
    leases.hold(ONE, sent=100)
    cell = deadlines.take()
    assert cell is not None
    assert leases.bind(ONE, cell) == 110
    assert on_disk(deadlines, cell) == 110
    assert leases.confirm([ONE], [], sent=105) == []
    assert on_disk(deadlines, cell) == 115
    # An answer that was overtaken takes nothing back.
    leases.confirm([ONE], [], sent=103)
    assert on_disk(deadlines, cell) == 115


def test_what_is_lost_is_over_at_once(deadlines: Deadlines) -> None:
    leases = Leases(deadlines, lease_s=12)
    leases.hold(ONE, sent=100)
    cell = deadlines.take()
    assert cell is not None
    leases.bind(ONE, cell)
    assert leases.confirm([ONE], ["r1/1"], sent=105) == [ONE]
    assert 0 < on_disk(deadlines, cell) < 1
    assert leases.tokens() == []
    assert leases.deadline(ONE) is None


def test_an_answer_about_an_older_attempt_does_not_touch_the_newer(deadlines: Deadlines) -> None:
    leases = Leases(deadlines, lease_s=12)
    leases.hold(AGAIN, sent=200)
    assert leases.confirm([ONE], ["r1/1"], sent=190) == []
    assert leases.tokens() == [AGAIN]


def test_a_dropped_lease_is_not_confirmed(deadlines: Deadlines) -> None:
    leases = Leases(deadlines, lease_s=12)
    leases.hold(ONE, sent=100)
    leases.drop(ONE)
    assert leases.confirm([ONE], [], sent=105) == []
    cell = deadlines.take()
    assert cell is not None
    assert leases.bind(ONE, cell) is None
    assert on_disk(deadlines, cell) == 0
