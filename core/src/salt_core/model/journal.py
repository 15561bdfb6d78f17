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
    """The workflow function asked for a task."""

    seq: int
    name: str
    kind: Literal["call"] = "call"


@dataclass(frozen=True, slots=True)
class Done:
    """A task ended for good; ``value`` is JSON text when it succeeded."""

    seq: int
    status: TaskStatus
    value: str | None = None
    error: Failure | None = None
    kind: Literal["done"] = "done"


Entry = Called | Done
