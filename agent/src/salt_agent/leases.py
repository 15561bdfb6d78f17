"""What this agent holds, and until when it may: shared by the main loop and the heartbeat.

A deadline is counted from the moment a claim or a renewal was *sent*: the store may have counted
the lease from any later moment, never from an earlier one. The margin is what a supervisor needs
to kill, and what clocks may differ in speed.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass

from salt_agent.deadlines import Deadlines
from salt_core.model.lease import Token


def margin_s(lease_s: float) -> float:
    """How long before the end of its lease an attempt is killed."""
    return min(max(lease_s / 6, 0.3), 5.0)


@dataclass(slots=True)
class _Held:
    token: Token
    deadline: float
    cell: int | None = None


class Leases:
    """All attempts that this agent holds. Every method may be called from any thread."""

    def __init__(self, deadlines: Deadlines, lease_s: float) -> None:
        self._deadlines = deadlines
        self._span = lease_s - margin_s(lease_s)
        self._held: dict[Token, _Held] = {}
        self._lock = threading.Lock()

    def hold(self, token: Token, sent: float) -> None:
        """From now on ``token`` is renewed; its claim was sent at ``sent`` (CLOCK_BOOTTIME)."""
        with self._lock:
            self._held[token] = _Held(token, sent + self._span)

    def bind(self, token: Token, cell: int) -> float | None:
        """Give the attempt's deadline to the child of ``cell``; ``None``: not held any more."""
        with self._lock:
            held = self._held.get(token)
            if held is None:
                return None
            held.cell = cell
            self._deadlines.set(cell, held.deadline)
            return held.deadline

    def deadline(self, token: Token) -> float | None:
        """Seconds of CLOCK_BOOTTIME; ``None``: not held any more."""
        with self._lock:
            held = self._held.get(token)
            return None if held is None else held.deadline

    def drop(self, token: Token) -> None:
        """Renew it no more. Its child's cell is left as it is: the child may still be there."""
        with self._lock:
            self._held.pop(token, None)

    def expire(self, token: Token) -> None:
        """Renew it no more, and its child is to die at once."""
        with self._lock:
            held = self._held.pop(token, None)
            if held is not None and held.cell is not None:
                self._deadlines.expire(held.cell)

    def tokens(self) -> list[Token]:
        with self._lock:
            return list(self._held)

    def confirm(self, asked: Sequence[Token], lost: Sequence[str], sent: float) -> list[Token]:
        """Take a renewal's answer: move the deadlines of what is still ours, return what is not.

        ``lost`` names tasks, not attempts: only attempts that the renewal asked about are judged,
        for the task may have been claimed anew meanwhile.
        """
        gone = set(lost)
        judged: list[Token] = []
        with self._lock:
            for token in asked:
                held = self._held.get(token)
                if held is None:
                    continue
                if token.member in gone:
                    del self._held[token]
                    if held.cell is not None:
                        self._deadlines.expire(held.cell)
                    judged.append(token)
                    continue
                held.deadline = max(held.deadline, sent + self._span)
                if held.cell is not None:
                    self._deadlines.set(held.cell, held.deadline)
        return judged
