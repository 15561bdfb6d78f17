"""Every action of the console, once: keys, footer, help, menu and docs are made of this."""

from __future__ import annotations

from collections.abc import Iterable

from textual.binding import Binding
from textual.keys import format_key

from salt_tui.actions.action import Action
from salt_tui.actions.frame import FRAME
from salt_tui.actions.lists import LISTS
from salt_tui.actions.run import RUN

ACTIONS: tuple[Action, ...] = (*LISTS, *RUN, *FRAME)


def of_view(view: str) -> tuple[Action, ...]:
    """What can be done in ``view`` and nowhere else, in the order of the footer."""
    return tuple(action for action in ACTIONS if view in action.views)


def everywhere() -> tuple[Action, ...]:
    """What can be done in every view."""
    return tuple(action for action in ACTIONS if not action.views)


def bindings(actions: Iterable[Action]) -> list[Binding]:
    """The key bindings of ``actions``; the footer takes its words from them."""
    return [
        Binding(
            action.keys,
            action.does,
            action.label,
            show=action.footer,
            key_display=shown_key(action.keys),
            tooltip=action.help,
            id=action.id,
        )
        for action in actions
        if action.keys
    ]


def shown_keys(keys: str) -> str:
    """Keys as people write them: ``: ctrl+p`` for ``colon,ctrl+p``."""
    return " ".join(key if key == "enter" else format_key(key) for key in keys.split(",") if key)


def shown_key(keys: str) -> str:
    """The first of them."""
    return shown_keys(keys.partition(",")[0])
