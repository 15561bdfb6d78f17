"""A lease: the right to run one attempt of one task, until a deadline."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Token:
    """What every write about an attempt must show: the fence.

    Attributes:
        run: The run's id.
        task: The task's id in the run; ``"0"`` is the workflow function.
        attempt: 1 for the first try; counts every claim, also of lost ones.
        nonce: 128 random bits that the claim brought. A counter alone is issued twice after
            a rollback of the store.
    """

    run: str
    task: str
    attempt: int
    nonce: str

    @property
    def member(self) -> str:
        """``<run>/<task>``: the task's name in queues and in the set of leases."""
        return f"{self.run}/{self.task}"

    @property
    def fence(self) -> str:
        """``<attempt>:<nonce>``, as the store keeps it."""
        return f"{self.attempt}:{self.nonce}"
