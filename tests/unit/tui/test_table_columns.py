"""Columns fit the line: the least important go first, and what is left is shared."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from salt_tui.widgets.columns import Column, fit

COLUMNS = (
    Column("NAME", 10, most=30),
    Column("STATUS", 8),
    Column("VERSION", 12, drop=2),
    Column("ERROR", 10, most=50, drop=1),
)


def test_columns_go_in_the_order_of_their_rank() -> None:
    assert [i for i, _ in fit(COLUMNS, 80)] == [0, 1, 2, 3]
    assert [i for i, _ in fit(COLUMNS, 40)] == [0, 1, 3]
    assert [i for i, _ in fit(COLUMNS, 25)] == [0, 1]
    assert [i for i, _ in fit(COLUMNS, 5)] == [0, 1]  # these two stay


def test_what_is_left_is_shared_up_to_the_most() -> None:
    assert dict(fit(COLUMNS, 54)) == {0: 15, 1: 8, 2: 12, 3: 15}
    assert dict(fit(COLUMNS, 200)) == {0: 30, 1: 8, 2: 12, 3: 50}


@given(st.integers(0, 400))
def test_a_line_is_never_too_long_while_a_column_can_go(width: int) -> None:
    found = fit(COLUMNS, width)
    if width >= 20:
        assert sum(size + 1 for _, size in found) <= width
    assert all(COLUMNS[i].width <= size for i, size in found)
