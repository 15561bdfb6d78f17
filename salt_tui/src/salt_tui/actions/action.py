"""An action: one thing that a person can do in the console, and all that is known of it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass

_PLACEHOLDER = re.compile(r"KEY=VALUE…|\b[A-Z]+\b")


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that a person can do.

    Attributes:
        id: Its name: in key maps, in the docs.
        keys: Comma-separated, as Textual names them; ``""``: only by menu and mouse.
        label: One or two words, for footer and menu.
        help: One sentence.
        does: The method ``action_…`` of the view (or, where ``views`` is empty, of the app).
        views: Where it can be done; empty: everywhere.
        footer: Whether the footer has room for it.
        cli: The command line that does the same; words in capitals stand for names.
        asks: Whether it asks first, because it stops or replaces something.
        undo: Whether it can be undone, and offers it.
    """

    id: str
    keys: str
    label: str
    help: str
    does: str
    views: tuple[str, ...] = ()
    footer: bool = True
    cli: str = ""
    asks: bool = False
    undo: bool = False

    @property
    def method(self) -> str:
        """The method that does it, without its arguments."""
        return f"action_{self.does.partition('(')[0]}"

    def command(self, names: Mapping[str, str]) -> str:
        """The command line, with what ``names`` knows in place of the words in capitals.

        ``KEY=VALUE…`` in ``names`` is put in as it is: words for a shell, already quoted.
        """

        def known(found: re.Match[str]) -> str:
            word = found[0]
            value = names.get(word)
            if value is None:
                return word
            return value if "=" in word else shlex.quote(value)

        return _PLACEHOLDER.sub(known, self.cli).strip()
