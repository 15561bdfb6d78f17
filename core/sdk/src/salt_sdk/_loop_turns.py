"""Where a run is in its rolling loops: what of it is forgotten, and what chance gives."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from salt_sdk._errors import Fatal

if TYPE_CHECKING:
    import random

    from salt_sdk._futures import Future

LOOP = "loop"


class Chance:
    """Numbers that are the same for the same run at the same place."""

    def __init__(self, seed: str) -> None:
        self._seed = seed
        self._made: random.Random | None = None

    def random(self) -> float:
        """From 0 to below 1."""
        if self._made is None:
            import random

            self._made = random.Random(self._seed)
        return self._made.random()


@dataclass
class _Frame:
    """A loop that has begun.

    Attributes:
        ended: Ends that the function has seen of calls behind ``loop``, and that are not forgotten;
            those in a loop inside it are counted there.
        rolled: The last call that is forgotten.
    """

    loop: int
    ended: int
    rolled: int


class Turns:
    """The loops of one run, the innermost last.

    Attributes:
        kept: How many ends of calls the function has seen, without those that are forgotten.
        chance: What ``random()`` draws from; a new one for each turn, for what earlier turns drew
            is forgotten too.
    """

    def __init__(self, run: str) -> None:
        self.kept = 0
        self.chance = Chance(run)
        self._run = run
        self._frames: list[_Frame] = []
        self._forgotten: list[tuple[int, int]] = []

    def begin(self, loop: int) -> None:
        self._frames.append(_Frame(loop, 0, loop))

    def begin_turn(self, loop: int, turn: int) -> None:
        """A turn begins; loops that the turn before it had inside are over."""
        self._frame(loop)
        self.chance = Chance(f"{self._run}/{loop}/{turn}")

    def settled(self, seq: int) -> None:
        """The function has seen the end of a call."""
        self.kept += 1
        for frame in reversed(self._frames):
            if frame.loop < seq:
                frame.ended += 1
                return

    def unrolled(self, loop: int) -> bool:
        """Whether calls have ended in the loop since its last roll."""
        place = self._frames.index(self._frame(loop))
        return any(frame.ended for frame in self._frames[place:])

    def rolled(self, loop: int, last: int) -> None:
        """The calls behind ``loop`` up to ``last`` are forgotten."""
        frame = self._frame(loop)
        while True:
            inner = self._frames[-1]
            self.kept -= inner.ended
            if inner is frame:
                break
            self._frames.pop()
        frame.ended, frame.rolled = 0, last
        while self._forgotten and self._forgotten[-1][0] >= loop:
            self._forgotten.pop()
        self._forgotten.append((loop, last))

    def check_use(self, future: Future[Any]) -> None:
        """Raises ``Fatal`` when a call's turn has ended: a replay would not know of it."""
        if self._forgotten:
            place = bisect_left(self._forgotten, (future.seq,)) - 1
            if place >= 0 and future.seq <= self._forgotten[place][1]:
                raise Fatal(
                    f"call {future.seq} of {future._asked.name} belongs to a turn of a loop that "
                    "has ended; what a turn leaves to the next one goes into the loop's value"
                )

    def _frame(self, loop: int) -> _Frame:
        for frame in reversed(self._frames):
            if frame.loop == loop:
                return frame
        raise Fatal("a loop goes on whose turn of the loop around it has ended")
