"""Every command of ``salt``: where it is, and what it is for. Nothing is imported to list them."""

from __future__ import annotations

from typing import NamedTuple


class Entry(NamedTuple):
    """One command.

    Attributes:
        target: ``module:attribute``, imported when the command is called. The attribute is a
            function with Typer's annotations, or a ``typer.Typer`` with commands of its own.
        usage: What comes after the name, as in the README.
        help: One line.
        quick: ``module:function`` that is given the arguments before Typer is loaded, and says
            whether it has done what they ask; ``""``: there is none.
    """

    target: str
    usage: str
    help: str
    quick: str = ""


_CLI = "salt_core.cli"

GROUPS: dict[str, dict[str, Entry]] = {
    "Write": {
        "init": Entry(
            f"{_CLI}.init:init",
            "PATH [--template function or graph]",
            "Make a new project that builds and runs.",
        ),
        "build": Entry(
            f"{_CLI}.build:build",
            "PATH [-o FILE]",
            "Build a project into one file.",
            quick=f"{_CLI}.building:quick",
        ),
        "register": Entry(
            f"{_CLI}.register:register", "PATH", "Build when stale, and register the version."
        ),
        "watch": Entry(
            "salt_tui.scheduler_cli:watch", "PATH…", "Build and register on every change."
        ),
        "workflows": Entry(f"{_CLI}.workflows:workflows", "", "List the registered workflows."),
        "versions": Entry(f"{_CLI}.workflows:versions", "WF", "List a workflow's versions."),
        "rollback": Entry(
            f"{_CLI}.workflows:rollback", "WF VERSION", "Let new runs begin with another version."
        ),
        "pause": Entry(f"{_CLI}.workflows:pause", "WF", "Let its schedules skip their slots."),
        "resume": Entry(f"{_CLI}.workflows:resume", "WF", "Let its schedules fire again."),
    },
    "Run": {
        "run": Entry(
            f"{_CLI}.run:run",
            "WF[@VERSION] [KEY=VALUE… or --input FILE] [--wait] [--logs]",
            "Start a run; print its id.",
        ),
        "runs": Entry(
            f"{_CLI}.runs:runs",
            "[--workflow WF] [--status S] [--since T] [--filter F] [--limit N] [--watch]",
            "List runs, newest first.",
        ),
        "show": Entry(f"{_CLI}.show:show", "RUN", "Show a run: tasks, attempts, times."),
        "result": Entry(f"{_CLI}.result:result", "RUN", "Print a run's value as JSON."),
        "logs": Entry(
            f"{_CLI}.logs:logs",
            "RUN [--task T] [--attempt N] [--follow]",
            "Print, or follow, what a run's tasks wrote.",
        ),
        "cancel": Entry(f"{_CLI}.cancel:cancel", "RUN", "Cancel a run and all its tasks."),
        "rerun": Entry(
            f"{_CLI}.rerun:rerun",
            "RUN --same, --latest or --from-failed",
            "Run again what has ended; print the new run's id.",
        ),
        "approve": Entry(
            f"{_CLI}.deciding:approve",
            "RUN STEP [KEY=VALUE…]",
            "Say yes to a step that waits for a person, or take data in quarantine.",
        ),
        "reject": Entry(f"{_CLI}.deciding:reject", "RUN STEP [--reason WHY]", "Say no to either."),
        "emit": Entry(
            f"{_CLI}.emit:emit", "EVENT [JSON] [--id ID]", "Tell an event to who waits for it."
        ),
        "why": Entry(
            f"{_CLI}.why:why", "RUN [TASK]", "Say why it is not running, or what it waits for."
        ),
        "replay": Entry(
            f"{_CLI}.replay:replay",
            "WF or RUN [--against main.pex] [--last N]",
            "Try past runs on other code; 'salt replay RUN --onto VERSION' moves one that is blocked.",
        ),
        "schedule": Entry(
            f"{_CLI}.schedule:app",
            "list",
            "Show the schedules; 'schedule next WF' says when they fire.",
        ),
    },
    "Operate": {
        "ui": Entry(
            "salt_tui.cli:ui",
            "[PATH…]",
            "Open the console in this terminal.",
            quick="salt_tui.console:quick",
        ),
        "scheduler": Entry(
            "salt_tui.scheduler_cli:scheduler", "[PATH…]", "Run a scheduler host without a screen."
        ),
        "agent": Entry(
            "salt_agent.cli:agent",
            "[--queue Q] [--slots N] [--label L]",
            "Run an agent: the process that runs tasks.",
        ),
        "agents": Entry(f"{_CLI}.agents:agents", "", "List the agents that are up."),
        "up": Entry(f"{_CLI}.backend:up", "", "Start the embedded backend."),
        "down": Entry(f"{_CLI}.backend:down", "", "Stop the embedded backend; data stays."),
        "status": Entry(f"{_CLI}.backend:status", "", "Say what backend is used and how it is."),
        "doctor": Entry(f"{_CLI}.backend:doctor", "", "Look for what is wrong, and say the cure."),
        "demo": Entry(f"{_CLI}.demo:demo", "", "Take the tour: two clashing workflows, one agent."),
    },
}

ALIASES = {"register-workflow": "register"}

COMMANDS: dict[str, Entry] = {
    name: entry for group in GROUPS.values() for name, entry in group.items()
}
