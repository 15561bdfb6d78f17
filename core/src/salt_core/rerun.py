"""What a new run may keep of one that failed: a plan, from the journal of the old one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from salt_core.model.journal import Called, Done, Entry, Turned
from salt_core.model.status import TaskStatus


@dataclass(frozen=True, slots=True)
class Plan:
    """What a new run begins with.

    Attributes:
        keep: Numbers of the calls that are done already, in the order of the journal.
        upto: The last call that the old run had made before anything went wrong. Those up to it
            that are not kept are queued anew; what came after it is forgotten.
    """

    keep: tuple[int, ...]
    upto: int


def plan(entries: Iterable[Entry]) -> Plan:
    """Cut a journal at the first call that did not succeed.

    Until then the workflow function has seen nothing but success, and will see the same again.
    What it asked for afterwards it may have asked for because of the failure.
    """
    upto = 0
    whole = True
    done: list[int] = []
    for entry in entries:
        match entry:
            case Called(seq=seq) | Turned(seq=seq) if whole:
                upto = max(upto, seq)
            case Done(seq=seq, status=TaskStatus.SUCCEEDED):
                done.append(seq)
            case Done():
                whole = False
            case _:
                pass
    return Plan(tuple(seq for seq in done if seq <= upto), upto)
