"""Keys that a person has chosen: ``[ui.keys]`` in the settings file, checked against the registry."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from textual.keys import KEY_NAME_REPLACEMENTS

from salt_core.errors import BadInput
from salt_tui.actions.action import Action
from salt_tui.actions.registry import ACTIONS, shown_keys

_ALIASES = {"esc": "escape", "return": "enter", " ": "space"}
MOVING = {
    "up,k": "One line up.",
    "down,j": "One line down.",
    "pageup": "One page up.",
    "pagedown": "One page down.",
    "home,g": "The first line.",
    "end,G": "The last line; in a log it follows again.",
    "tab,shift+tab": "The next part of the view, or the one before.",
}
"""Keys of every list, which no action may take."""


class Keymap:
    """Which keys each action has.

    Args:
        chosen: Ids of actions with keys, one or several with commas between; ``""``: none.

    Raises:
        BadInput: There is no such action, or a key would mean two things in one view.
    """

    def __init__(self, chosen: Mapping[str, str] | None = None) -> None:
        self.chosen = {name: _normal(keys) for name, keys in (chosen or {}).items()}
        known = {action.id for action in ACTIONS}
        for name in self.chosen:
            if name not in known:
                near = get_close_matches(name, known, n=1)
                raise BadInput(
                    f"ui.keys: there is no action {name!r}.",
                    f"Did you mean {near[0]!r}?" if near else "docs/console.md lists them.",
                    key=name,
                )
        for view in sorted({view for action in ACTIONS for view in action.views}):
            self._refuse_clash(view)

    def keys(self, action: Action) -> str:
        """The keys of ``action``, as Textual names them."""
        return self.chosen.get(action.id, action.keys)

    def shown(self, action: Action) -> str:
        """The keys of ``action``, as people write them."""
        return shown_keys(self.keys(action))

    def _refuse_clash(self, view: str) -> None:
        taken = {key: "moving" for keys in MOVING for key in keys.split(",")}
        for action in ACTIONS:
            if action.views and view not in action.views:
                continue
            for key in _each(self.keys(action)):
                other = taken.setdefault(key, action.id)
                if other != action.id:
                    raise BadInput(
                        f"ui.keys: in {view}, {shown_keys(key)} would mean {other} and {action.id}.",
                        "Give one of them another key.",
                        key=action.id,
                    )


def _each(keys: str) -> Iterator[str]:
    return (key for key in keys.split(",") if key)


def _normal(keys: str) -> str:
    """``keys`` in Textual's names; a comma alone is a key too."""
    words = [","] if keys.strip() == "," else keys.split(",")
    return ",".join(_named(word if word == " " else word.strip()) for word in words if word)


def _named(key: str) -> str:
    if key in _ALIASES:
        return _ALIASES[key]
    if len(key) != 1 or key.isalnum():
        return key
    name = unicodedata.name(key).lower().replace(" ", "_").replace("-", "_")
    return KEY_NAME_REPLACEMENTS.get(name, name)
