"""The journal of a run as lines: what it asked for, what it learned, which turns it forgot."""

from __future__ import annotations

from salt_core.model.journal import Called, Done, Entry, Turned
from salt_core.model.status import TaskStatus
from salt_tui.marks import mark
from salt_tui.text import plain, shorten

_LONGEST = 300


def line_of(number: int, entry: Entry, names: dict[int, str]) -> str:
    """One entry; ``names`` of calls are taken from it, and put into it."""
    head = f"{number:>6}  "
    if isinstance(entry, Called):
        kind = "" if entry.what in ("task", entry.name) else f" ({entry.what})"
        names[entry.seq] = plain(entry.name)
        at = f"  at {plain(entry.at)}" if entry.at else ""
        return f"{head}→ asks   {entry.seq} {names[entry.seq]}{kind}{at}"
    if isinstance(entry, Turned):
        turns = "1 turn" if entry.turn == 1 else f"{entry.turn:,} turns"
        value = shorten(plain(entry.value), _LONGEST)
        return (
            f"{head}↺ loop   {entry.loop} has ended {turns}, calls to {entry.seq} are forgotten;"
            f" its state is {value}"
        )
    return f"{head}{_ended(entry, names)}"


def _ended(entry: Done, names: dict[int, str]) -> str:
    name = names.get(entry.seq, "")
    status = mark(entry.status)
    told = f"← {status.glyph} {'has' if entry.status is TaskStatus.SUCCEEDED else status.word:<4}"
    if entry.error is not None:
        words = f"{entry.error.type}: {entry.error.message}"
    else:
        words = entry.value or "null"
    return f"{told} {entry.seq} {name}  {shorten(plain(words), _LONGEST)}"
