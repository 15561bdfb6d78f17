"""From an empty home to a failed run and back, by keys alone, with real processes."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from tests.integration.console.conftest import SALT, Terminal, beside, runs
from tests.servers.processes import wait_until
from tests.servers.redis import RedisServer

pytestmark = [pytest.mark.integration, pytest.mark.timeout(240)]

Open = Callable[[Sequence[str]], Terminal]


def test_empty_home_to_a_failed_run_and_back(terminal: Open, project: Path) -> None:
    """Save, run, break, see why, mend: the console keeps up without a key pressed."""
    ui = terminal([*SALT, "ui", str(project)])
    ui.wait_for("1 Workflows", "2 Runs", within_s=20)
    first = ui.wait_for("hello", "✓ ok", "● host", "● 1 agent", within_s=60)
    version = re.search(r"hello +([0-9a-f]{12})", first)
    assert version is not None

    ui.press("r")
    ui.wait_for("Run hello@", "times", "a whole number")
    ui.type("many")
    ui.wait_for("must be a whole number")
    ui.press(*["BSpace"] * 4)
    ui.wait_for("$ salt run hello")  # Textual may take letters of a burst before its bindings
    ui.type("2")
    ui.wait_for("$ salt run hello times=2")
    ui.press("Enter")
    ui.wait_for(
        "✓ succeeded  hello@", "7/7 tasks done", "9 words in", "6 lines, ended", within_s=60
    )
    ui.press("v")
    ui.wait_for('"words": 48')
    ui.press("Escape")
    ui.wait_for("LAST RUN", "✓ succeeded")

    source = project / "src" / "hello" / "flow.py"
    good = source.read_text()
    source.write_text(good.replace("words = text.split()", "words = text.spilt()"))
    ui.wait_without(version[1], within_s=60)
    ui.press("r")
    ui.wait_for("Run hello@")
    ui.press("Enter")
    ui.wait_for("✗ failed  hello@", "AttributeError", "flow.py", "spilt", within_s=60)

    source.write_text(good.replace("def hello(", "def hello(:"))
    ui.press("1")
    ui.wait_for("✗ broken", "flow.py", within_s=60)

    source.write_text(good)
    ui.wait_for("✓ ok", version[1], within_s=60)
    ui.resize(80, 24)
    ui.press("2")
    ui.wait_for("✗ failed", "✓ succeeded", "q Quit")


def test_what_it_started_can_be_left_and_found_again(terminal: Open) -> None:
    ui = terminal([*SALT, "ui"])
    ui.wait_for("No workflows yet.", "● host", "● 1 agent", within_s=30)
    pids = beside()
    assert set(pids) == {"host", "agent"}
    ui.press("q")
    ui.wait_for("It started the scheduler host and a local agent.")
    ui.press("Escape")
    ui.wait_without("Leave the console?")
    ui.press("q")
    ui.wait_for("Leave the console?")
    ui.press("l")
    ui.wait_for("Left running: the scheduler host and a local agent.", "it ended with 0")
    assert beside() == pids

    again = terminal([*SALT, "ui"])
    again.wait_for("● host", "● 1 agent")
    again.press("q")  # what it did not start, it does not ask about
    again.wait_for("it ended with 0")
    assert beside() == pids


def test_what_it_started_can_be_stopped(terminal: Open) -> None:
    ui = terminal([*SALT, "ui"])
    ui.wait_for("● host", "● 1 agent", within_s=30)
    pids = beside()
    ui.press("q")
    ui.wait_for("Leave the console?")
    ui.press("s")
    ui.wait_for("Stopping the scheduler host and a local agent.", "it ended with 0")
    wait_until(lambda: not any(map(runs, pids.values())), 20, "the end of host and agent")


def test_a_folder_that_is_watched_already_gets_no_second_host(
    terminal: Open, project: Path
) -> None:
    ui = terminal([*SALT, "ui", str(project)])
    ui.wait_for("hello", "✓ ok", "● 1 agent", within_s=60)
    ui.press("q")
    ui.wait_for("Leave the console?")
    ui.press("l")
    ui.wait_for("it ended with 0")
    again = terminal([*SALT, "ui", str(project)])
    again.wait_for("hello", "✓ ok", "● 1 agent")
    again.press("q")
    again.wait_for("it ended with 0")  # it has started nothing, so it does not ask


@pytest.mark.parametrize("how", ["hangup", "kill"])
def test_the_end_of_the_console_leaves_host_and_agent(
    terminal: Open, how: str, tmp_path: Path
) -> None:
    noted = tmp_path / "pid"
    ui = terminal(["sh", "-c", f"echo $$ > {noted}; exec {' '.join(SALT)} ui"])
    ui.wait_for("● host", "● 1 agent", within_s=30)
    console, pids = int(noted.read_text()), beside()
    if how == "hangup":
        ui.hang_up()
    else:
        os.kill(console, signal.SIGKILL)
    wait_until(lambda: not runs(console), 10, "the end of the console")
    assert beside() == pids


def test_a_lost_redis_is_told_and_heals(
    terminal: Open, own_redis: Callable[..., RedisServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = own_redis()
    monkeypatch.setenv("SALT_REDIS_URL", server.url)
    ui = terminal([*SALT, "ui"])
    ui.wait_for("No workflows yet.", "● host", "● 1 agent", within_s=30)
    server.kill()
    ui.wait_for("✗ no connection", "trying again")
    ui.press("2")
    ui.wait_for("✗ no connection", "trying again")
    server.start()
    ui.wait_without("trying again")
    ui.wait_for("No runs yet.", "● host")


def test_without_a_terminal_it_says_so() -> None:
    done = subprocess.run([*SALT, "ui"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "needs a terminal" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_folder_that_is_not_there_is_told_before_anything_starts(
    terminal: Open, salt_home: Path
) -> None:
    ui = terminal([*SALT, "ui", str(salt_home / "nowhere")])
    ui.wait_for("There is no folder", "salt init", "it ended with 2")
    assert not (salt_home / "data").exists()


def test_an_unreachable_redis_is_told_in_words(
    terminal: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SALT_REDIS_URL", "redis://127.0.0.1:1/0")
    ui = terminal([*SALT, "ui"])
    ui.wait_for("cannot be reached", "it ended with 3")
