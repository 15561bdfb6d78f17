"""What can be done in the lists of workflows, runs, agents and schedules."""

from __future__ import annotations

from salt_tui.actions.action import Action

_LISTS = ("workflows", "runs", "agents", "schedules")

LISTS: tuple[Action, ...] = (
    Action(
        "open",
        "enter",
        "Open",
        "Open what the cursor is on.",
        "open",
        ("workflows", "runs", "schedules"),
    ),
    Action(
        "back",
        "escape",
        "Back",
        "Clear the filter, or go back to where you came from.",
        "back",
        (*_LISTS, "run"),
    ),
    Action(
        "workflow.run",
        "r",
        "Run",
        "Start a run of this workflow, with parameters from a form.",
        "run_workflow",
        ("workflows", "schedules"),
        cli="salt run WF KEY=VALUE…",
    ),
    Action(
        "run.again",
        "r",
        "Run",
        "Start a run of the same workflow; the form begins with these parameters.",
        "run_workflow",
        ("runs", "run"),
        cli="salt run WF KEY=VALUE…",
    ),
    Action(
        "run.cancel",
        "x",
        "Cancel",
        "Cancel this run and all its tasks.",
        "cancel_run",
        ("runs", "run"),
        cli="salt cancel RUN",
        asks=True,
    ),
    Action(
        "filter",
        "slash",
        "Filter",
        "Filter the list: status:failed wf:NAME since:2d, or words.",
        "filter",
        ("runs",),
        cli="salt runs --status S --workflow WF --since T",
    ),
    Action(
        "copy",
        "y",
        "Copy id",
        "Copy the id or name that the cursor is on.",
        "copy_id",
        (*_LISTS, "run"),
        footer=False,
    ),
)
