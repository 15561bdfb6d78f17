"""Where a person is: the way from a list to what was opened from it. Knows no Textual."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

_NAMES = ("workflow", "run")
"""What tells two places of one view apart; all else is how it looks there."""


@dataclass(frozen=True, slots=True)
class Place:
    """One view, as it is shown.

    Attributes:
        view: Its name in the registry.
        given: What it is about (``workflow``, ``run``), and how it looks (``filter``, ``row`` …).
    """

    view: str
    given: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def name(self) -> tuple[str, ...]:
        """What tells it from other places."""
        return self.view, *(self.given.get(name, "") for name in _NAMES)


Way = tuple[Place, ...]
"""From a list inwards."""


def as_json(way: Sequence[Place]) -> list[dict[str, Any]]:
    """A way to remember."""
    return [{"view": place.view, **place.given} for place in way]


def from_json(found: Any, first: Sequence[str], further: Sequence[str]) -> Way:
    """The way that was remembered, as far as this console knows its views.

    Args:
        first: Views that a way may begin with.
        further: Views that may be opened from others.
    """
    way: list[Place] = []
    for step in found if isinstance(found, list) else []:
        given = {str(k): str(v) for k, v in step.items()} if isinstance(step, dict) else {}
        view = given.pop("view", "")
        if view not in (further if way else first):
            break
        way.append(Place(view, given))
    return tuple(way)


class Ways:
    """Where a person is now, and where before."""

    def __init__(self) -> None:
        self.here: Way = ()
        self.before: Way = ()

    def note(self, way: Way) -> bool:
        """They are at ``way``; whether it is another place than until now, or looks otherwise."""
        if way == self.here:
            return False
        if self.here and _names(way) != _names(self.here):
            self.before = self.here
        self.here = way
        return True


def _names(way: Way) -> list[tuple[str, ...]]:
    return [place.name for place in way]
