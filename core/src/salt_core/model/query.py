"""A question about runs, as lists and filters ask it: judged alike by the store and by who looks on.

The store judges by ``store/redis/lua/find_runs.lua``; ``RunQuery.matches`` says the same of a run
that one has. ``tests/integration/store/test_finding.py`` holds the two together.
"""

from __future__ import annotations

import string
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from salt_core.model.run import Run

_FOLD = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


class Field(StrEnum):
    """What of a run a term looks at."""

    ID = "id"
    WORKFLOW = "workflow"
    STATUS = "status"
    TRIGGER = "trigger"
    VERSION = "version"
    ERROR = "error"
    ANY = "any"
    """Any of the others, the version apart."""


def fold(text: str) -> str:
    """``text`` with A to Z made small, and nothing else: a server's script can do no more."""
    return text.translate(_FOLD)


@dataclass(frozen=True, slots=True)
class Pattern:
    """Text with gaps: ``("etl", "")`` is what begins with etl, ``("", "x", "")`` what has an x."""

    pieces: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> Pattern:
        """Read ``etl*``."""
        return cls(tuple(fold(text).split("*")))

    def fits(self, text: str) -> bool:
        """Whether all of ``text`` (folded) is like this."""
        first, *middle = self.pieces
        if not middle:
            return text == first
        last = middle.pop()
        if not text.startswith(first):
            return False
        at = len(first)
        for piece in middle:
            found = text.find(piece, at)
            if found < 0:
                return False
            at = found + len(piece)
        return len(text) - len(last) >= at and text.endswith(last)


@dataclass(frozen=True, slots=True)
class Term:
    """One condition: the field fits any of the patterns, or with ``negated`` none of them."""

    field: Field
    patterns: tuple[Pattern, ...]
    negated: bool = False

    def matches(self, run: Run) -> bool:
        texts = _texts(run, self.field)
        return self.negated != any(p.fits(fold(text)) for text in texts for p in self.patterns)


@dataclass(frozen=True, slots=True)
class Span:
    """Bounds of a number, both included; ``None``: there is none on that side."""

    least: int | None = None
    most: int | None = None

    def __bool__(self) -> bool:
        return self.least is not None or self.most is not None

    def holds(self, value: int | None) -> bool:
        """Whether ``value`` is inside; what is not there is outside of any bound."""
        if value is None:
            return not self
        return (self.least is None or value >= self.least) and (
            self.most is None or value <= self.most
        )


@dataclass(frozen=True, slots=True)
class RunQuery:
    """Which runs; all conditions hold. Runs that other runs called are none of them.

    Attributes:
        workflow: Only of this one; ``None``: of any.
        created, finished: Unix ms.
        took: Ms from start to end; of a run that has not ended, until now.
    """

    workflow: str | None = None
    terms: tuple[Term, ...] = ()
    created: Span = Span()
    finished: Span = Span()
    took: Span = Span()

    @property
    def everything(self) -> bool:
        """Whether one need not look at a run, beyond when it was created, to know that it matches."""
        return not (self.terms or self.finished or self.took)

    def matches(self, run: Run, now: int) -> bool:
        """Whether ``run`` is one of them; ``now`` is Unix ms of the store's clock."""
        if run.parent or (self.workflow is not None and run.workflow != self.workflow):
            return False
        took = None if run.started is None else (run.finished or now) - run.started
        spans = ((self.created, run.created), (self.finished, run.finished), (self.took, took))
        return all(span.holds(value) for span, value in spans) and all(
            term.matches(run) for term in self.terms
        )


@dataclass(frozen=True, slots=True)
class Found:
    """A stretch of runs that was looked at, newest first.

    Attributes:
        keys: When it was created and its id, of each that matches.
        looked: How many were looked at.
        next: Where to go on; ``None``: there are no more.
    """

    keys: tuple[tuple[int, str], ...]
    looked: int
    next: tuple[int, int] | None


def _texts(run: Run, field: Field) -> Sequence[str]:
    error = f"{run.error.type}: {run.error.message}" if run.error else ""
    match field:
        case Field.ID:
            return (run.id,)
        case Field.WORKFLOW:
            return (run.workflow,)
        case Field.STATUS:
            return (run.status,)
        case Field.TRIGGER:
            return (run.trigger,)
        case Field.VERSION:
            return (run.version,)
        case Field.ERROR:
            return (error,)
        case Field.ANY:
            return (run.id, run.workflow, run.status, run.trigger, error)
