"""The command's root: lazy, and the only place that turns errors into sentences."""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace
from typing import Annotated

import pytest
import typer

from salt_core import __version__, errors
from salt_core.cli import root
from salt_core.cli.table import ALIASES, COMMANDS, Entry

HEAVY = {"asyncio", "boto3", "pex", "pydantic", "redis", "rich", "textual", "typer", "yaml"}


def loaded_by(*arguments: str) -> set[str]:
    code = (
        "import sys\n"
        "from salt_core.cli.root import call\n"
        f"code = call({list(arguments)!r})\n"
        "print(*{name.partition('.')[0] for name in sys.modules}, file=sys.stderr)\n"
        "sys.exit(code)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    return set(done.stderr.split())


@pytest.mark.parametrize("arguments", [("--help",), ("--version",), ()])
def test_help_and_version_load_nothing_heavy(arguments: tuple[str, ...]) -> None:
    assert loaded_by(*arguments) & HEAVY == set()


def test_help_of_a_command_loads_neither_rich_nor_a_backend() -> None:
    assert loaded_by("runs", "--help") & {"boto3", "pex", "redis", "rich", "textual"} == set()


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert root.call(["--help"]) == 0
    shown = capsys.readouterr().out
    for name, entry in COMMANDS.items():
        assert f"  {name} " in shown
        assert entry.help in shown


@pytest.mark.parametrize("name", [*COMMANDS, *ALIASES])
def test_every_command_has_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert root.call([name, "--help"]) == 0
    shown = capsys.readouterr()
    assert shown.out.startswith(f"Usage: salt {name}")
    assert shown.err == ""


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert root.call(["--version"]) == 0
    assert capsys.readouterr().out == f"salt {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["rnu"], "salt: There is no command 'rnu'. Did you mean 'run'? See 'salt --help'.\n"),
        (["--frobnicate"], "salt: There is no option '--frobnicate' before a command. "),
        (["help", "nothing-like-it"], "salt: There is no command 'nothing-like-it'. See"),
    ],
)
def test_a_wrong_command_line(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert root.call(arguments) == 2
    assert capsys.readouterr().err.startswith(said)


def test_aliases_lead_to_commands() -> None:
    assert set(ALIASES.values()) <= set(COMMANDS)
    assert not set(ALIASES) & set(COMMANDS)


def fails(kind: str, number: Annotated[int, typer.Option()] = 0) -> None:
    """A command that fails in the way that it is told."""
    match kind:
        case "bad input":
            raise errors.BadInput("No key 'a'.", "Use 'b'.", file="salt.yaml", line=3)
        case "failed build":
            raise errors.BuildFailed("It broke.")
        case "unreachable":
            raise errors.Unreachable("Redis is gone.")
        case "interrupt":
            raise KeyboardInterrupt
        case "exit":
            raise typer.Exit(number)
        case "hostile":
            raise errors.SaltError("a\x1b[2Jb")
        case "extra":
            raise ModuleNotFoundError("No module named 'textual'", name="textual")
        case "disk":
            raise OSError(28, "No space left on device", "/data/file")
        case _:
            raise RuntimeError(kind)


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "failing", SimpleNamespace(fails=fails))
    monkeypatch.setitem(COMMANDS, "fails", Entry("failing:fails", "", "Fail."))
    monkeypatch.setitem(COMMANDS, "absent", Entry("no_such_part:x", "", "Absent."))


@pytest.mark.usefixtures("failing")
@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["bad input"], 2, "salt: salt.yaml:3: No key 'a'. Use 'b'.\n"),
        (["failed build"], 1, "salt: It broke.\n"),
        (["unreachable"], 3, "salt: Redis is gone.\n"),
        (["interrupt"], 130, ""),
        (["exit", "--number", "1"], 1, ""),
        (["exit"], 0, ""),
        (["hostile"], 1, "salt: ab\n"),
        (
            ["extra"],
            1,
            "salt: This command needs the extra 'ui' (textual is not installed): pip install ",
        ),
        (["disk"], 1, "salt: /data/file: No space left on device."),
        (["odd"], 1, "salt: Something unforeseen happened: RuntimeError: odd. Run the command "),
        ([], 2, "salt: Missing argument 'kind'. See 'salt fails --help'.\n"),
        (["exit", "--number", "x"], 2, "salt: Invalid value for '--number': "),
        (["exit", "--wat"], 2, "salt: No such option: --wat"),
    ],
)
def test_every_failure_is_one_sentence(
    arguments: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert root.call(["fails", *arguments]) == code
    shown = capsys.readouterr().err
    assert shown.startswith(said) if said else shown == ""
    assert len(shown.splitlines()) <= 1
    assert "Traceback" not in shown


@pytest.mark.usefixtures("failing")
@pytest.mark.parametrize("line", [["--debug", "fails", "odd"], ["fails", "odd", "--debug"]])
def test_debug_shows_the_traceback(line: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert root.call(line) == 1
    shown = capsys.readouterr().err
    assert "Traceback" in shown
    assert shown.endswith("salt: Something unforeseen happened: RuntimeError: odd.\n")


@pytest.mark.usefixtures("failing")
def test_debug_behind_two_dashes_is_an_argument(capsys: pytest.CaptureFixture[str]) -> None:
    assert root.call(["fails", "--", "--debug"]) == 1
    assert "RuntimeError: --debug." in capsys.readouterr().err


@pytest.mark.usefixtures("failing")
def test_a_part_that_is_not_there_breaks_its_own_command_only(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert root.call(["absent"]) == 1
    assert "No module named 'no_such_part'" in capsys.readouterr().err
    assert root.call(["--help"]) == 0
