"""Runs from the command line: built, registered, started, followed, asked about."""

from __future__ import annotations

import json
import re
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.integration.cli.conftest import Salt, Until

pytestmark = pytest.mark.integration

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def shown(salt: Salt, run: str) -> Any:
    return salt("show", run, "--json").json


@pytest.mark.usefixtures("agent")
def test_a_run_from_start_to_end(salt: Salt, registered: str) -> None:
    started = salt("run", "lines", "count=3", "--json").json
    run = started["run"]
    assert started["workflow"] == "lines"
    assert started["version"] == registered

    ended = salt("run", "lines", "count=2", "day=2026-01-31", "--wait", "--json").json
    assert ended["status"] == "succeeded"
    value = {"squares": [1, 4], "day": "2026-01-31", "filler": "", "$odd": 1}
    assert ended["result"] == value
    assert salt("result", ended["run"]).json == value

    record = shown(salt, ended["run"])
    assert set(record) >= {
        *("run", "workflow", "version", "status", "params", "created", "started", "finished"),
        "tasks",
    }
    assert record["params"] == {"count": 2, "day": "2026-01-31"}
    assert all(MOMENT.fullmatch(record[key]) for key in ("created", "started", "finished"))
    body, tasks = record["body"], record["tasks"]
    assert (body["id"], body["name"]) == ("0", "lines")
    assert [(one["id"], one["name"], one["status"]) for one in tasks] == [
        ("1", "say", "succeeded"),
        ("2", "say", "succeeded"),
    ]
    for one in tasks:
        assert one["needs"] == []
        assert one["checks"] == []
        (attempt,) = one["attempts"]
        assert set(attempt) >= {"agent", "started", "finished", "status", "error", "start"}
        assert attempt["start"] in {"fork", "spawn"}
        assert attempt["error"] is None
        assert MOMENT.fullmatch(attempt["started"])

    text = salt("show", run[:-1]).out  # the beginning of an id is enough
    assert run in text
    heads = salt("runs", "--workflow", "lines", "--json").json
    assert [head["run"] for head in heads] == [ended["run"], run]
    assert heads[0] == {key: record[key] for key in heads[0]}
    assert salt("runs", "--status", "failed", "--json").json == []
    assert len(salt("runs", "--since", "1h", "--limit", "1", "--json").json) == 1


@pytest.mark.usefixtures("agent", "registered")
def test_logs_of_a_run(salt: Salt) -> None:
    followed = salt("run", "lines", "count=3", "--logs", "--json").lines
    begun, *lines, ended = followed
    run = begun["run"]
    assert ended["status"] == "succeeded"
    assert sorted(one["text"] for one in lines) == ["line 1", "line 2", "line 3"]
    assert all(one["stream"] == "stdout" and MOMENT.fullmatch(one["at"]) for one in lines)

    document = salt("logs", run, "--json").json
    assert sorted(document, key=lambda one: one["task"]) == sorted(
        lines, key=lambda one: one["task"]
    )
    assert salt("logs", run, "--follow", "--json").lines == document
    assert salt("logs", run, "--task", "2").out == "line 2\n"
    assert len(salt("logs", run, "--task", "say").out.splitlines()) == 3
    assert salt("logs", run, "--task", "2", "--attempt", "1").out == "line 2\n"
    assert salt("logs", run, "--task", "0", "--json").json == []


@pytest.mark.usefixtures("agent", "registered")
def test_a_run_that_fails(salt: Salt) -> None:
    done = salt("run", "lines", "count=1", "error=no \x1b[2Jgood", "--wait", code=1)
    run = done.out.strip()
    assert "ValueError: no good" in done.err.splitlines()[-1]
    assert "\x1b" not in done.err

    record = shown(salt, run)
    failed = next(one for one in record["tasks"] if one["name"] == "fail")
    assert record["status"] == failed["status"] == "failed"
    assert [one["status"] for one in failed["attempts"]] == ["failed", "failed"]
    assert failed["attempts"][0]["error"]["type"] == "ValueError"
    assert "lines.py" in failed["error"]["traceback"]
    assert f"Run {run} has no value: it failed with" in salt.fails("result", run, code=1)
    log = salt("logs", run, "--task", failed["id"], "--colours").out
    assert log.splitlines() == ["\x1b[31mabout to fail\x1b[0m"] * 2
    assert "\x1b" not in salt("logs", run).out
    assert "ValueError: no good" in salt("show", run).out
    listed = salt("runs", "--status", "failed").out
    assert run in listed and "\x1b" not in listed


@pytest.mark.usefixtures("agent", "registered")
def test_a_value_too_large_for_the_store(salt: Salt) -> None:
    run = salt("run", "lines", "count=1", "size=100000", "--wait", "--json").json
    assert len(run["result"]["filler"]) == 100_000
    assert salt("result", run["run"]).json == run["result"]
    assert "$blob" in shown(salt, run["run"])["result"]


@pytest.mark.usefixtures("agent", "registered")
def test_a_run_that_is_cancelled(salt: Salt, until: Until) -> None:
    run = salt("run", "lines", "count=1", "seconds=60").out.strip()
    until(lambda: "asleep" in salt("logs", run).out, "the task")
    follower = salt.start("logs", run, "--follow")
    assert f"Run {run} has no value: it is running." == salt.fails("result", run, code=1)
    assert salt("cancel", run).out == f"cancelled {run}\n"
    assert follower.communicate(timeout=30)[0].count("asleep") == 1
    assert follower.returncode == 0
    assert shown(salt, run)["status"] == "cancelled"
    assert f"Run {run} has ended already" in salt.fails("cancel", run, code=1)


@pytest.mark.usefixtures("agent", "registered")
def test_ctrl_c_leaves_the_run_alone(salt: Salt, until: Until) -> None:
    waiting = salt.start("run", "lines", "count=1", "seconds=3", "--logs")
    assert waiting.stdout is not None
    run = waiting.stdout.readline().strip()
    until(lambda: "asleep" in salt("logs", run).out, "the task")
    waiting.send_signal(signal.SIGINT)
    _, err = waiting.communicate(timeout=20)
    assert waiting.returncode == 130
    assert err == ""
    until(lambda: shown(salt, run)["status"] == "succeeded", "its end")


@pytest.mark.usefixtures("registered")
def test_a_run_without_an_agent_says_so(salt: Salt) -> None:
    done = salt("run", "lines")
    assert done.err == (
        "No agent is up for it; the run waits for one. Start one with: salt agent\n"
    )
    assert salt("agents", "--json").json == []
    run = done.out.strip()
    assert shown(salt, run)["status"] == "queued"
    assert salt("cancel", run, "--json").json == {"run": run, "status": "cancelled"}


def test_registering_twice_is_one_version(
    salt: Salt, redis: str, project: Path, registered: str
) -> None:
    again = salt("register-workflow", str(project), "--json").json
    assert (again["version"], again["new"], again["schedules"]) == (registered, False, 1)
    source = project / "src" / "lines.py"
    source.write_text(source.read_text().replace("line {number}", "row {number}"))
    changed = salt("register", str(project)).out.strip()
    assert changed != f"lines@{registered}"
    versions = salt("versions", "lines", "--json").json
    assert [one["live"] for one in versions] == [True, False]
    assert versions[1]["version"] == registered
    (workflow,) = salt("workflows", "--json").json
    assert f"lines@{workflow['version']}" == changed
    old = salt("run", f"lines@{registered[:6]}", "--json").json
    assert old["version"] == registered
    assert registered in salt("versions", "lines").out
    assert "lines" in salt("workflows").out
    assert salt("schedule", "list", "--json").json[0]["workflow"] == "lines"


@pytest.mark.usefixtures("agent")
def test_an_agent_is_listed_while_it_is_up(
    salt: Salt, agent: subprocess.Popen[str], until: Until
) -> None:
    (one,) = salt("agents", "--json").json
    assert (one["pid"], one["slots"], one["state"]) == (agent.pid, 2, "up")
    assert str(agent.pid) in salt("agents").out
    agent.send_signal(signal.SIGTERM)
    assert agent.wait(30) == 0
    until(lambda: salt("agents", "--json").json == [], "its absence")


@pytest.mark.usefixtures("registered", "agent")
def test_parameters_come_from_a_file_or_stdin(salt: Salt) -> None:
    params = {"count": 1, "day": "2026-01-31"}
    (salt.folder / "input.json").write_text(json.dumps(params))
    for words, stdin in ((["input.json"], ""), (["-"], json.dumps(params))):
        run = salt("run", "lines", "--input", *words, "--wait", "--json", stdin=stdin).json
        assert run["params"] == params
        assert run["result"]["squares"] == [1]
