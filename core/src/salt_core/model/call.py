"""What a workflow function asks for: a task, a wait, another workflow."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from salt_core.model.run import NewRun
from salt_core.model.task import Failure, Policy

CallKind = Literal["task", "sleep", "event", "approve", "run", "loop"]


@dataclass(frozen=True, slots=True)
class Wait:
    """What a call waits for that no agent runs.

    Attributes:
        for_ms, until_ms: A timer's length, or its moment (Unix ms).
        timeout_ms: How long an event or an answer may take; ``None``: for ever.
        where: JSON text of an object: fields of the event's payload that must be equal; ``""``: any.
        message: What an approval asks.
        fields: JSON Schema of what it must be given; ``""``: nothing.
    """

    for_ms: int | None = None
    until_ms: int | None = None
    timeout_ms: int | None = None
    where: str = ""
    message: str = ""
    fields: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a workflow function.

    Attributes:
        seq: The number that the call took in program order, from 1; the task's id is its text.
        name: The task's name in the artifact; of a wait the event's or step's name.
        input: JSON text ``{"args": […], "kwargs": {…}}``; a result of another call in it is
            ``{"$ref": seq}``. Opaque to the store.
        needs: The calls whose results it refers to.
        kind: What it asks for.
        at: The source line that made it, ``flow.py:12``.
        wait: Of kinds ``sleep``, ``event`` and ``approve``.
        child: Of kind ``run``: the run to make; its id is the store's to give.
        refused: It cannot be done at all, and ends so at once.
    """

    seq: int
    name: str
    input: str = ""
    needs: tuple[int, ...] = ()
    policy: Policy = field(default_factory=Policy)
    kind: CallKind = "task"
    at: str = ""
    wait: Wait | None = None
    child: NewRun | None = None
    refused: Failure | None = None
