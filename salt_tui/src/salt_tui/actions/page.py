"""``docs/console.md``, made of the registry: ``python -m salt_tui.actions.page > docs/console.md``."""

from __future__ import annotations

from collections.abc import Iterable

from salt_tui.actions.action import Action
from salt_tui.actions.keymap import MOVING
from salt_tui.actions.registry import ACTIONS, everywhere, of_view, shown_keys

_HEAD = """\
# Actions of the console

Made of the registry of actions by `python -m salt_tui.actions.page`; a test holds it true. In the console, `?` lists
what can be done in the view in sight, does it, and copies the command of each.

Words in capitals stand for what the cursor is on. An action without a key is in the menu (`:`).

## Other keys
Keys are chosen in the settings file (`config.toml`, see the README), by the id of an action:

    [ui.keys]
    "run.cancel" = "ctrl+x"
    "help" = "?,f1"

One that would mean two things in one view is refused. Footer, help and menu show the keys that are chosen.
"""


def page() -> str:
    """The whole page, Markdown."""
    views = dict.fromkeys(view for action in ACTIONS for view in action.views)
    parts = [_HEAD, "## Everywhere\n" + _table(everywhere())]
    parts += [f"## {view.capitalize()}\n" + _table(of_view(view)) for view in views]
    moving = [f"| {_keys(keys)} | {what} |" for keys, what in MOVING.items()]
    parts.append("\n".join(["## Moving", "| keys | what they do |", "|---|---|", *moving]) + "\n")
    return "\n".join(parts)


def _table(actions: Iterable[Action]) -> str:
    lines = ["| keys | action | id | command |", "|---|---|---|---|"]
    for action in actions:
        notes = " Asks first." if action.asks else ""
        notes += " Can be undone." if action.undo else ""
        command = f"`{action.cli}`" if action.cli else ""
        does = f"**{action.label}**: {action.help}{notes}"
        lines.append(f"| {_keys(action.keys)} | {does} | `{action.id}` | {command} |")
    return "\n".join(lines) + "\n"


def _keys(keys: str) -> str:
    return " ".join(f"`{key}`" for key in shown_keys(keys).split())


if __name__ == "__main__":
    print(page(), end="")
