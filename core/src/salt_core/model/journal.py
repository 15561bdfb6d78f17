"""The journal: the ordered record of what a run has decided and learned.

Decisions (calls) carry the number taken in program order; results are kept in the order in which
the store accepted them, and a replay consumes them in that order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from salt_core.model.status import TaskStatus
from salt_core.model.task import Failure


@dataclass(frozen=True, slots=True)
class Called:
    """The workflow function asked for something (see ``model.call``)."""

    seq: int
    name: str
    what: str = "task"
    at: str = ""
    """The source line that asked."""
    kind: Literal["call"] = "call"


@dataclass(frozen=True, slots=True)
class Done:
    """A call ended for good; ``value`` is JSON text when it succeeded, or its data is invalid."""

    seq: int
    status: TaskStatus
    value: str | None = None
    error: Failure | None = None
    ms: int = 0
    """When, Unix ms."""
    kind: Literal["done"] = "done"


@dataclass(frozen=True, slots=True)
class Turned:
    """A rolling loop has ended a turn, and the calls of its turns are forgotten.

    Attributes:
        loop: The number of the call that began the loop.
        seq: The last call that is forgotten.
        turn: Turns that have ended.
        value: JSON text of the loop's state.
    """

    loop: int
    seq: int
    turn: int
    value: str
    kind: Literal["turn"] = "turn"


Entry = Called | Done | Turned
