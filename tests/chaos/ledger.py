"""What really ran: signs of life that task bodies left, judged."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path


@dataclass
class Body:
    """One execution of a task's code; moments are CLOCK_BOOTTIME seconds."""

    attempt: int
    began: float
    last: float
    ended: bool = False


def read(path: Path) -> dict[str, list[Body]]:
    """The executions of every task, in the order in which they began."""
    bodies: dict[str, dict[str, Body]] = defaultdict(dict)
    for line in path.read_text().splitlines():
        kind, task, attempt, nonce, at = line.split()
        moment = float(at)
        if kind == "S":
            bodies[task][nonce] = Body(int(attempt), moment, moment)
        else:
            body = bodies[task][nonce]
            body.last, body.ended = moment, kind == "E"
    return {task: sorted(some.values(), key=lambda one: one.began) for task, some in bodies.items()}


def overlaps(bodies: dict[str, list[Body]]) -> int:
    """How often a task's code began while an earlier execution of it still gave signs of life."""
    return sum(
        earlier.last > later.began for some in bodies.values() for earlier, later in pairwise(some)
    )
