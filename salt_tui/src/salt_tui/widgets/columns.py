"""Cells and columns, and how many of them a line has room for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in one column.

    Attributes:
        tone: One of ``TONES``, or ``""``.
        tones: A tone for each character, where they differ.
    """

    text: str
    tone: str = ""
    tones: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        width: In cells; of a column that grows, the least.
        most: A column that grows takes its share of what is left of the line up to this width.
        right: Numbers stand right.
        drop: Where the line is too short, columns with the highest number go first; 0 stays.
    """

    title: str
    width: int
    most: int = 0
    right: bool = False
    drop: int = 0


def fit(columns: Sequence[Column], width: int) -> list[tuple[int, int]]:
    """Which columns a line of ``width`` cells has, and how wide each is, gaps not counted."""
    kept = list(range(len(columns)))
    while True:
        needed = sum(columns[i].width + 1 for i in kept)
        last = max(kept, key=lambda i: columns[i].drop)
        if needed <= width or not columns[last].drop:
            break
        kept.remove(last)
    widths = {i: columns[i].width for i in kept}
    spare = width - sum(size + 1 for size in widths.values())
    # The least that any of them wants goes to all that grow, until nothing is left or wanted.
    while spare > 0 and (growing := [i for i in kept if widths[i] < columns[i].most]):
        share = max(
            1, min([spare // len(growing), *(columns[i].most - widths[i] for i in growing)])
        )
        for i in growing[:spare]:
            widths[i] += share
            spare -= share
    return list(widths.items())
