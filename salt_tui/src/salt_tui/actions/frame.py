"""What can be done in every view."""

from __future__ import annotations

from salt_tui.actions.action import Action
from salt_tui.modes import MODES

_GO = tuple(
    Action(
        f"go.{mode.name}",
        mode.key,
        mode.title,
        f"Go to the {mode.title.lower()}.",
        f"go('{mode.name}')",
        footer=False,
        cli=mode.cli,
    )
    for mode in MODES
)

FRAME: tuple[Action, ...] = (
    *_GO,
    Action(
        "go.before",
        "minus",
        "Place before",
        "Go to the place where you were before; once more, and you are back.",
        "place_before",
        footer=False,
    ),
    Action(
        "palette",
        "colon,ctrl+p",
        "Menu",
        "Find an action or a workflow by its name.",
        "command_palette",
    ),
    Action(
        "help",
        "question_mark",
        "Help",
        "Show what can be done here, with its keys and commands; Enter does it.",
        "help",
    ),
    Action(
        "copy.command",
        "Y",
        "Copy command",
        "Copy the command line that shows what this view shows.",
        "copy_command",
        footer=False,
    ),
    Action(
        "undo",
        "u",
        "Undo",
        "Undo what was done last, while that is offered.",
        "undo",
    ),
    Action(
        "deeds",
        "D",
        "Who did what",
        "Show what people did of late, here, elsewhere and on the command line.",
        "deeds",
        footer=False,
    ),
    Action(
        "theme",
        "",
        "Theme",
        "Choose the colours; the choice is kept.",
        "choose_theme",
        footer=False,
    ),
    Action("quit", "q", "Quit", "Leave the console.", "leave"),
)
