"""What can be done in the view of one run, besides what its place in a list allows."""

from __future__ import annotations

from salt_tui.actions.action import Action

_RUN = ("run",)

RUN: tuple[Action, ...] = (
    Action("run.log", "l", "Log", "Show the log.", "show_pane('log')", _RUN, cli="salt logs RUN"),
    Action(
        "run.error",
        "e",
        "Error",
        "Show why the task, or the run, failed.",
        "show_pane('error')",
        _RUN,
        cli="salt show RUN",
    ),
    Action(
        "run.value",
        "v",
        "Value",
        "Show the run's parameters and its value.",
        "show_pane('value')",
        _RUN,
        cli="salt result RUN",
    ),
    Action(
        "log.task",
        "enter",
        "Task log",
        "Show the log of the task that the cursor is on.",
        "open",
        _RUN,
        footer=False,
        cli="salt logs RUN --task TASK",
    ),
    Action(
        "log.all",
        "a",
        "All/one",
        "Change between this task's log and all tasks' in one.",
        "all_logs",
        _RUN,
    ),
    Action(
        "log.follow",
        "f",
        "Follow",
        "Keep the newest line in sight, or stop doing so.",
        "follow",
        _RUN,
        footer=False,
        cli="salt logs RUN --follow",
    ),
    Action("log.times", "t", "Times", "Show or hide the times of the lines.", "times", _RUN, False),
    Action(
        "log.earlier",
        "left_square_bracket",
        "Try before",
        "Show the log of the try before this one.",
        "attempt(-1)",
        _RUN,
        footer=False,
        cli="salt logs RUN --task TASK --attempt N",
    ),
    Action(
        "log.later",
        "right_square_bracket",
        "Try after",
        "Show the log of the try after this one.",
        "attempt(1)",
        _RUN,
        footer=False,
        cli="salt logs RUN --task TASK --attempt N",
    ),
    Action(
        "zoom",
        "z",
        "Zoom",
        "Give the lower half the whole screen, or back.",
        "zoom",
        _RUN,
        footer=False,
    ),
)
