"""What a view shows while it has nothing to show: why, and what to do first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.content import Content
from textual.widgets import Static

from salt_tui.text import plain


@dataclass(frozen=True, slots=True)
class Hint:
    """A key or a command, and what it does."""

    do: str
    what: str


class EmptyState(Static):
    """A sentence, and a few hints under it."""

    def tell(self, title: str, why: str, hints: Sequence[Hint] = ()) -> None:
        """Say what is missing, and what to do."""
        width = max((len(hint.do) for hint in hints), default=0)
        parts: list[Content | str | tuple[str, str]] = [(plain(title), "bold"), "\n", plain(why)]
        if hints:
            parts.append("\n")
        for hint in hints:
            do = plain(hint.do)
            parts += ["\n", (f"  {do:<{width}}", "$accent"), f"  {plain(hint.what)}"]
        self.update(Content.assemble(*parts))
