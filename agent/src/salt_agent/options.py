"""What a person may say to an agent."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Options:
    """Settings of one agent.

    Attributes:
        queues: In the order to look.
        slots: Tasks at once.
        bodies: Workflow functions at once; they hold no slot.
        drain_s: How long running tasks may go on after SIGTERM.
    """

    queues: tuple[str, ...] = ("default",)
    slots: int = 2
    bodies: int = 64
    labels: tuple[str, ...] = ()
    drain_s: float = 600.0
