"""WIRE.md sections 1 and 5: an artifact used by hand, and what it tells of itself."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from tests.contract.driver import artifact_command, check, clean_environment, is_python


def call(*arguments: str, given: str = "", **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*artifact_command(), *arguments],
        input=given,
        env=clean_environment(env),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    done = call("describe", "--json")
    assert done.returncode == 0, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def test_describe_prints_one_document_whatever_the_import_prints(described: dict[str, Any]) -> None:
    check(described, "describe")


def test_describe_names_the_workflow_of_the_entrypoint(described: dict[str, Any]) -> None:
    assert described["default"] == "conformance"
    workflows = {found["name"]: found for found in described["workflows"]}
    assert workflows["conformance"]["doc"] == "Adds, in a chain."
    assert {"add", "total"} <= {found["name"] for found in described["tasks"]}


def test_parameters_are_a_json_schema_that_judges_input(described: dict[str, Any]) -> None:
    workflows = {found["name"]: found for found in described["workflows"]}
    params = workflows["conformance"]["params"]
    Draft202012Validator.check_schema(params)
    judge = Draft202012Validator(params, format_checker=Draft202012Validator.FORMAT_CHECKER)
    assert judge.is_valid({"day": "2026-01-31"})
    assert judge.is_valid({"day": "2026-01-31", "n": 4, "label": None})
    assert not judge.is_valid({})
    assert not judge.is_valid({"day": "31st"})
    assert not judge.is_valid({"day": "2026-01-31", "n": "four"})
    assert not judge.is_valid({"day": "2026-01-31", "other": 1})


def test_describe_tells_what_a_decorator_says(described: dict[str, Any]) -> None:
    tasks = {found["name"]: found for found in described["tasks"]}
    assert tasks["tried"]["policy"] == {
        "queue": "other",
        "priority": 7,
        "retries": 2,
        "backoff_s": 0.5,
        "backoff_max_s": 60.0,
        "jitter": 0.2,
        "timeout_s": 600.0,
    }
    assert tasks["add"]["policy"] == {}


@pytest.mark.parametrize("name", ["conformance", "registered-name"])
def test_a_workflow_runs_alone_by_either_of_its_names(name: str) -> None:
    done = call("run", name, "day=2026-01-31", "n=2", "label=5 o'clock")
    assert done.returncode == 0, done.stderr
    last = done.stdout.splitlines()[-1]
    assert json.loads(last) == {"day": "2026-02-01", "x": 2, "label": "5 o'clock"}


@pytest.mark.parametrize("source", ["file", "stdin"])
def test_run_takes_its_parameters_from_a_file(tmp_path: Path, source: str) -> None:
    file = tmp_path / "params.json"
    file.write_text('{"day": "2026-01-01", "n": 9}')
    name = str(file) if source == "file" else "-"
    done = call("run", "conformance", "n=1", "--input", name, given=file.read_text())
    assert json.loads(done.stdout.splitlines()[-1])["x"] == 1


def test_a_task_runs_alone() -> None:
    done = call("task", "add", "--input", "-", given='{"args": [1], "kwargs": {"b": 2}}')
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "3")


@pytest.mark.parametrize(
    ("arguments", "given", "says"),
    [
        (["run", "conformance", "dya=2026-01-31"], "", "day"),
        (["run", "conformance", "day=tomorrow"], "", "tomorrow"),
        (["run", "conformance"], "", "day"),
        (["run", "conformance", "--input", "/nowhere"], "", "/nowhere"),
        (["run", "conformance", "--input", "-"], "not json", "JSON"),
        (["run", "conformence"], "", "conformance"),
        (["task", "ad", "--input", "-"], "{}", "add"),
        (["task", "add", "--input", "-"], '{"args": ["one", 2]}', "one"),
        (["frobnicate"], "", "frobnicate"),
        (["serve"], "", "socket"),
    ],
)
def test_bad_usage_is_a_sentence_and_exit_code_2(
    arguments: list[str], given: str, says: str
) -> None:
    done = call(*arguments, given=given)
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_code_that_fails_is_exit_code_1_with_its_own_traceback() -> None:
    done = call("run", "raises")
    assert done.returncode == 1
    assert "the function itself" in done.stderr
    assert not is_python() or ("conformance.py" in done.stderr and "salt_sdk" not in done.stderr)


@pytest.mark.parametrize("how", ["raises", "exits"])
@pytest.mark.parametrize("command", ["describe --json", "run plain", "task add --input -"])
def test_code_that_does_not_import_is_exit_code_125(command: str, how: str) -> None:
    done = call(*command.split(), CONFORMANCE_IMPORT=how)
    assert done.returncode == 125
    assert done.stdout == ""
    assert how == "exits" or "pandsa" in done.stderr
