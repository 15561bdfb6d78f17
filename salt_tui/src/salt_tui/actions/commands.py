"""Every action of the console, once: bindings, footer, help and command palette are made of this."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from textual.binding import Binding


@dataclass(frozen=True, slots=True)
class Command:
    """One thing that a person can do.

    Attributes:
        id: Name of its binding, for key maps.
        keys: Comma-separated, as Textual names them.
        label: One or two words for the footer.
        help: One sentence for help and palette.
        action: The method ``action_…`` of the view (or, where ``views`` is empty, of the app).
        views: Where it can be done; empty: everywhere.
        show: Key as people write it, where Textual's name differs.
        footer: Whether the footer has room for it.
        cli: The command line that does the same; ``WF`` and ``RUN`` stand for names.
    """

    id: str
    keys: str
    label: str
    help: str
    action: str
    views: tuple[str, ...] = ()
    show: str | None = None
    footer: bool = True
    cli: str = ""


_LISTS = ("workflows", "runs", "agents", "schedules")

COMMANDS: tuple[Command, ...] = (
    Command(
        "open",
        "enter",
        "Open",
        "Open what the cursor is on.",
        "open",
        ("workflows", "runs", "schedules"),
        footer=True,
    ),
    Command(
        "back",
        "escape",
        "Back",
        "Clear the filter, or go back to where you came from.",
        "back",
        ("runs", "run", *_LISTS),
        show="esc",
    ),
    Command(
        "workflow.run",
        "r",
        "Run",
        "Start a run of this workflow.",
        "run_workflow",
        ("workflows", "schedules"),
        cli="salt run WF",
    ),
    Command(
        "run.again",
        "r",
        "Again",
        "Start a run of the same workflow, with these parameters.",
        "run_workflow",
        ("runs", "run"),
        cli="salt run WF KEY=VALUE…",
    ),
    Command(
        "run.cancel",
        "x",
        "Cancel",
        "Cancel this run and all its tasks; asks first.",
        "cancel_run",
        ("runs", "run"),
        cli="salt cancel RUN",
    ),
    Command(
        "filter",
        "slash",
        "Filter",
        "Filter the list: status:failed wf:NAME since:2d, or words.",
        "filter",
        ("runs",),
        show="/",
        cli="salt runs --status S --workflow WF --since T",
    ),
    Command(
        "run.log",
        "l",
        "Log",
        "Show the log.",
        "show_pane('log')",
        ("run",),
        cli="salt logs RUN",
    ),
    Command(
        "run.error",
        "e",
        "Error",
        "Show why the task, or the run, failed.",
        "show_pane('error')",
        ("run",),
        cli="salt show RUN",
    ),
    Command(
        "run.value",
        "v",
        "Value",
        "Show the run's parameters and its value.",
        "show_pane('value')",
        ("run",),
        cli="salt result RUN",
    ),
    Command(
        "log.task",
        "enter",
        "Task log",
        "Show the log of the task that the cursor is on.",
        "open",
        ("run",),
        footer=False,
        cli="salt logs RUN --task T",
    ),
    Command(
        "log.all",
        "a",
        "All/one",
        "Change between this task's log and all tasks' in one.",
        "all_logs",
        ("run",),
    ),
    Command(
        "log.follow",
        "f",
        "Follow",
        "Keep the newest line in sight, or stop doing so.",
        "follow",
        ("run",),
        footer=False,
    ),
    Command(
        "log.times",
        "t",
        "Times",
        "Show or hide the times of the lines.",
        "times",
        ("run",),
        footer=False,
    ),
    Command(
        "log.earlier",
        "left_square_bracket",
        "Try before",
        "Show the log of the try before this one.",
        "attempt(-1)",
        ("run",),
        show="[",
        footer=False,
        cli="salt logs RUN --task T --attempt N",
    ),
    Command(
        "log.later",
        "right_square_bracket",
        "Try after",
        "Show the log of the try after this one.",
        "attempt(1)",
        ("run",),
        show="]",
        footer=False,
    ),
    Command(
        "zoom",
        "z",
        "Zoom",
        "Give the lower half the whole screen, or back.",
        "zoom",
        ("run",),
        footer=False,
    ),
    Command(
        "copy",
        "y",
        "Copy id",
        "Copy the id or name that the cursor is on.",
        "copy_id",
        (*_LISTS, "run"),
        footer=False,
    ),
    Command(
        "go.workflows",
        "1",
        "Workflows",
        "Go to the workflows.",
        "go('workflows')",
        footer=False,
        cli="salt workflows",
    ),
    Command("go.runs", "2", "Runs", "Go to the runs.", "go('runs')", footer=False, cli="salt runs"),
    Command(
        "go.agents",
        "3",
        "Agents",
        "Go to the agents.",
        "go('agents')",
        footer=False,
        cli="salt agents",
    ),
    Command(
        "go.schedules",
        "4",
        "Schedules",
        "Go to the schedules.",
        "go('schedules')",
        footer=False,
        cli="salt schedule list",
    ),
    Command(
        "palette",
        "colon,ctrl+p",
        "Menu",
        "Find a command, a workflow or a place by its name.",
        "command_palette",
        show=":",
    ),
    Command("help", "question_mark", "Help", "Show the keys of this view.", "help", show="?"),
    Command("quit", "q", "Quit", "Leave the console.", "leave"),
)


def of_view(view: str) -> tuple[Command, ...]:
    """What can be done in ``view`` and nowhere else, in the order of the footer."""
    return tuple(command for command in COMMANDS if view in command.views)


def everywhere() -> tuple[Command, ...]:
    """What can be done in every view."""
    return tuple(command for command in COMMANDS if not command.views)


def bindings(commands: Iterable[Command]) -> list[Binding]:
    """The key bindings of ``commands``; the footer takes its words from them."""
    return [
        Binding(
            command.keys,
            command.action,
            command.label,
            show=command.footer,
            key_display=command.show,
            tooltip=command.help,
            id=command.id,
        )
        for command in commands
    ]
