"""Statuses as glyph, word and colour: each alone is enough to read them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mark:
    """How a status is shown. ``tone`` names a colour of the theme (see ``TONES``)."""

    glyph: str
    word: str
    tone: str

    @property
    def text(self) -> str:
        return f"{self.glyph} {self.word}"


TONES = ("good", "bad", "busy", "wait", "warn", "dim", "name")
"""The colours that cells and lines may ask for; ``app.tcss`` says what they are."""

_MARKS = {
    "queued": ("◌", "wait"),
    "running": ("●", "busy"),
    "waiting": ("◔", "wait"),
    "blocked": ("·", "dim"),
    "retrying": ("↻", "warn"),
    "succeeded": ("✓", "good"),
    "failed": ("✗", "bad"),
    "invalid": ("!", "bad"),
    "cancelled": ("■", "dim"),
    "timed_out": ("✗", "bad"),
    "lost": ("?", "warn"),
    "released": ("–", "dim"),
    "parked": ("◔", "dim"),
    "quarantined": ("!", "warn"),
    "up": ("●", "good"),
    "draining": ("◔", "warn"),
    "silent": ("?", "bad"),
    "paused": ("■", "warn"),
}


def mark(status: str) -> Mark:
    """The mark of a run's, task's, attempt's or agent's status; an unknown one is shown plainly."""
    glyph, tone = _MARKS.get(status, ("·", "dim"))
    return Mark(glyph, status.replace("_", " "), tone)
