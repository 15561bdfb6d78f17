"""Each wrong input: one clear sentence, the right exit code, no traceback, and no run."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.integration.cli.conftest import Salt

pytestmark = pytest.mark.integration

NOWHERE = "redis://127.0.0.1:1"


@pytest.mark.parametrize("command", ["build", "register"])
def test_no_pyproject(salt: Salt, redis: str, command: str) -> None:
    said = salt.fails(command, str(salt.folder), code=2)
    assert "pyproject.toml" in said
    assert str(salt.folder) in said


def test_no_folder(salt: Salt) -> None:
    assert "nowhere" in salt.fails("build", "nowhere", code=2)


@pytest.mark.parametrize(
    ("text", "place", "told"),
    [
        ("queue: default\nschedules: [{every: 1h}\npriority: 1\n", ":3:", ("YAML",)),
        ("queue: default\nqueu: x\n", ":2:", ("queu", "'queue'")),
        ('schedules:\n  - {cron: "61 2 * * *"}\n', ":2:", ("cron", "61")),
        ('schedules:\n  - {cron: "often"}\n', ":2:", ("cron", "often")),
        ("schedules:\n  - {every: soon}\n", ":2:", ("every", "soon")),
        ("schedules:\n  - {every: 1h, timezone: Europe/Rom}\n", ":2:", ("Europe/Rome",)),
        ("priority: high\n", ":1:", ("priority",)),
    ],
)
def test_a_wrong_salt_yaml(
    salt: Salt, redis: str, project: Path, text: str, place: str, told: tuple[str, ...]
) -> None:
    (project / "salt.yaml").write_text(text)
    said = salt.fails("register", str(project), code=2)
    assert said.startswith(f"{project / 'salt.yaml'}{place}")
    assert all(word in said for word in told)
    assert salt("workflows", "--json").json == []


def test_a_requirement_that_does_not_exist(salt: Salt, redis: str, project: Path) -> None:
    file = project / "pyproject.toml"
    file.write_text(file.read_text() + 'dependencies = ["no-such-distribution-of-salts==1.0"]\n')
    assert "no-such-distribution-of-salts" in salt.fails("register", str(project), code=1)


def test_a_module_that_does_not_import(salt: Salt, redis: str, project: Path) -> None:
    source = project / "src" / "lines.py"
    source.write_text(source.read_text().replace("import time", "import missing_module"))
    said = salt.fails("register", str(project), code=1)
    assert f"{source}:5: " in said
    assert "missing_module" in said
    assert salt("workflows", "--json").json == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nothing"], "There is no workflow 'nothing'."),
        (["lnes"], "There is no workflow 'lnes'. Did you mean lines?"),
        (["lines@ffff"], "Workflow 'lines' has no version 'ffff'."),
        (["lines", "count"], "'count' is not a parameter. Parameters are written KEY=VALUE."),
        (["lines", "cuont=1"], "The workflow has no parameter 'cuont'. Did you mean 'count'?"),
        (["lines", "count=many"], "Parameter 'count' must be a whole number, not \"many\"."),
        (["lines", "day=2026-13-01"], "Parameter 'day' must be a date such as 2026-01-31 or null"),
        (["lines", "--input", "nowhere.json"], "nowhere.json: The input cannot be read: No such"),
        (["lines", "--input", "salt.yaml"], "salt.yaml:1:1: This is not JSON"),
        (["lines", "count=1", "--input", "-"], "Give parameters either as KEY=VALUE or with"),
        ([], "Missing argument 'workflow'"),
    ],
)
def test_a_wrong_run(
    salt: Salt, registered: str, project: Path, words: list[str], said: str
) -> None:
    (salt.folder / "salt.yaml").write_text("entrypoint: lines:lines\n")
    assert salt.fails("run", *words, code=2).startswith(said)
    assert salt("runs", "--json").json == []


def test_a_wrong_input_on_stdin(salt: Salt, registered: str) -> None:
    done = salt("run", "lines", "--input", "-", stdin="[1]", code=2)
    assert done.err.startswith("salt: stdin: The input must be an object")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["show", "nothing"], "There is no run 'nothing'. 'salt runs' lists them."),
        (["result", "nothing"], "There is no run 'nothing'."),
        (["logs", "nothing"], "There is no run 'nothing'."),
        (["cancel", "nothing"], "There is no run 'nothing'."),
        (["approve", "nothing", "step"], "There is no run 'nothing'."),
        (["reject", "nothing.1", "step"], "There is no run 'nothing.1'."),
        (["rerun", "nothing", "--same"], "There is no run 'nothing'."),
        (["why", "nothing"], "There is no run 'nothing'."),
        (["replay", "nothing", "--onto", "latest"], "There is no run 'nothing'."),
        (["rollback", "nothing", "1"], "There is no workflow 'nothing'. None is registered yet"),
        (["versions", "nothing"], "There is no workflow 'nothing'. None is registered yet"),
        (["runs", "--workflow", "nothing"], "There is no workflow 'nothing'."),
        (["runs", "--status", "odd"], "There is no run status 'odd'."),
        (["runs", "--since", "odd"], "--since 'odd' is neither a duration"),
        (["runs", "--limit", "0"], "--limit 0 is not above zero."),
        (["logs", "x", "--attempt", "1"], "--attempt needs --task"),
        (["runs", "extra"], "Got unexpected extra argument"),
    ],
)
def test_a_wrong_question(salt: Salt, redis: str, words: list[str], said: str) -> None:
    assert salt.fails(*words, code=2).startswith(said)


@pytest.mark.parametrize("letters", [1, 3])
def test_a_beginning_that_several_runs_share(salt: Salt, registered: str, letters: int) -> None:
    first = salt("run", "lines").out.strip()
    salt("run", "lines")
    said = salt.fails("show", first[:letters], code=2)
    assert said.startswith(f"2 runs begin with '{first[:letters]}': ")


@pytest.mark.parametrize(
    "words",
    [
        ["workflows"],
        ["runs", "--json"],
        ["run", "lines"],
        ["show", "x"],
        ["logs", "x", "--follow"],
        ["agents"],
        ["cancel", "x"],
        ["approve", "x", "y"],
        ["reject", "x", "y"],
        ["emit", "x"],
        ["rerun", "x", "--same"],
        ["rollback", "x", "y"],
        ["why", "x"],
        ["replay", "x"],
        ["schedule", "list"],
        ["agent"],
        ["doctor"],
    ],
)
def test_a_redis_that_does_not_answer(
    salt: Salt, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    monkeypatch.setenv("SALT_REDIS_URL", NOWHERE)
    done = salt(*words, code=3)
    assert "127.0.0.1:1" in done.out + done.err


def test_a_redis_that_does_not_answer_is_found_before_a_build(
    salt: Salt, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SALT_REDIS_URL", NOWHERE)
    assert "127.0.0.1:1" in salt.fails("register", str(project), code=3)
    assert not (project / "dist").exists()


@pytest.mark.parametrize(
    ("name", "value"), [("SALT_LEASE", "soon"), ("SALT_REDIS_URL", "http://x"), ("SALT_LEASE", "0")]
)
def test_a_wrong_setting(
    salt: Salt, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    said = salt.fails("runs", code=2)
    assert name in said or value in said


def test_a_wrong_settings_file(salt: Salt, salt_home: Path) -> None:
    (salt_home / "config.toml").write_text("redis_ulr = 1\n")
    said = salt.fails("runs", code=2)
    assert str(salt_home / "config.toml") in said
    assert "redis_ulr" in said
