"""WIRE.md section 4: one task in one child."""

from __future__ import annotations

import json
import os
import signal
import time

import pytest
from tests.contract.driver import Agent, alive, is_python, kill, task_message, until


def test_arguments_by_place_and_by_name(agent: Agent) -> None:
    assert agent.run("add", 1, 2).result() == 3
    assert agent.run("add", kwargs={"a": 1, "b": 4}).result() == 5
    assert agent.run("add", 1, kwargs={"b": 5}).result() == 6


def test_values_are_typed_by_the_callee(agent: Agent) -> None:
    assert agent.run("tomorrow", "2026-02-28").result() == "2026-03-01"


def test_references_are_replaced_by_results_at_any_depth(agent: Agent) -> None:
    child = agent.run("total", [1, {"$ref": 3}, {"$ref": 12}], results={"3": "10", "12": "100"})
    assert child.result() == 111
    value = {"a": [{"b": {"$ref": 1}}], "c": {"$ref": 1}}
    child = agent.run("echo", value, results={"1": '{"$$ref":2}'})
    assert child.result() == {"a": [{"b": {"$$ref": 2}}], "c": {"$$ref": 2}}


@pytest.mark.parametrize(
    "value",
    [
        {"$$ref": 3},
        {"$$$": 1, "a": {"$$x": [{"$$ref": 1}]}},
        "a line\nand another, \u2028 \x00 ünï 😀",
        [1.5, -0.0, 1e300, 12345678901234567890, None, True],
        {},
        [],
        "x" * 3_000_000,
    ],
    ids=["dollar-ref", "dollars", "text", "numbers", "object", "list", "3 MB"],
)
def test_any_json_comes_back_as_it_went(agent: Agent, value: object) -> None:
    child = agent.fork()
    child.task("echo", value)
    assert child.result() == value


def test_context_folder_and_environment_are_those_of_the_message(agent: Agent) -> None:
    child = agent.fork()
    folder = agent.folder()
    child.send(
        {
            "type": "task",
            "run": "run-7",
            "task": "41",
            "attempt": 3,
            "name": "about",
            "input": '{"args":[],"kwargs":{}}',
            "results": {},
            "key": "run-7/41",
            "cwd": folder,
            "env": {"GREETING": "hallo"},
        }
    )
    about = child.result()
    assert (about["run"], about["task"], about["attempt"]) == ("run-7", "41", 3)
    assert about["key"] == "run-7/41"
    assert about["cwd"] == about["home"] == about["tmpdir"] == os.path.realpath(folder)
    assert about["greeting"] == "hallo"


def test_a_task_does_not_see_what_is_between_agent_and_artifact(agent: Agent) -> None:
    told = set(agent.run("about").result()["told"])
    assert not told & {"SALT_TOKEN", "SALT_DEADLINES", "SALT_SLOT"}


def test_a_task_is_over_when_its_threads_are(agent: Agent) -> None:
    child = agent.run("works_on")
    assert child.result() == "returned"
    assert child.output().startswith("the thread has ended\n")
    assert child.exited()["code"] == 0
    assert child.output() == "the thread has ended\ncleaned up\n"


def test_unknown_fields_are_ignored(agent: Agent) -> None:
    assert agent.run("add", 1, 1, later="field", nested={"a": [1]}).result() == 2


def test_an_exception_is_an_error_with_the_users_frames(agent: Agent) -> None:
    error = agent.run("fails", "first line\nsecond line").error()
    assert (error["type"], error["message"]) == ("ValueError", "first line")
    assert error["retryable"] is True
    assert "second line" in error["traceback"]
    if is_python():
        assert error["file"] == "conformance.py"
        assert error["line"] > 1
        assert "salt_sdk" not in error["traceback"]
        assert "conformance.py" in error["traceback"]


def test_after_an_error_the_child_ends(agent: Agent) -> None:
    child = agent.run("fails", "no")
    child.error()
    child.read("closed")
    assert child.exited()["signal"] is None


@pytest.mark.parametrize(
    ("name", "args", "says"),
    [
        ("fatal", [], "of no use"),
        ("add", ["one", 2], "one"),
        ("add", [1], "b"),
        ("add", [1, 2, 3], "too many"),
        ("ad", [], "add"),
    ],
)
def test_what_another_try_cannot_mend_is_not_retryable(
    agent: Agent, name: str, args: list[object], says: str
) -> None:
    error = agent.run(name, *args).error()
    assert error["retryable"] is False
    assert says in error["message"]


def test_a_missing_result_is_an_error(agent: Agent) -> None:
    error = agent.run("echo", {"$ref": 5}).error()
    assert error["retryable"] is False


def test_input_that_is_not_json_is_an_error(agent: Agent) -> None:
    child = agent.fork()
    child.send(
        {
            "type": "task",
            "run": "r",
            "task": "1",
            "attempt": 1,
            "name": "add",
            "input": "{",
            "results": {},
            "key": "k",
            "cwd": agent.folder(),
            "env": {},
        }
    )
    assert child.error()["retryable"] is False


def test_prints_cannot_corrupt_the_protocol(agent: Agent) -> None:
    child = agent.run("say_frames")
    assert child.result() == "real"
    child.exited()
    assert "forged" in child.output()
    assert child.output("stderr") == "on stderr\n"


def test_a_line_is_seen_at_once(agent: Agent) -> None:
    child = agent.run("sleeps")
    child.printed("sleeping")
    kill(child.supervisor, signal.SIGTERM)
    assert child.exited()["signal"] == signal.SIGTERM


def test_what_has_no_newline_is_printed_at_the_end(agent: Agent) -> None:
    child = agent.run("unfinished_line")
    child.result()
    child.exited()
    assert child.output() == "no newline"


def test_200_000_lines_are_all_there(agent: Agent) -> None:
    child = agent.run("say", 200_000)
    began = time.monotonic()
    ended = child.exited()
    assert child.result() == 200_000
    lines = child.output().splitlines()
    assert [int(line[:7]) for line in lines] == list(range(200_000))
    assert ended["code"] == 0
    assert time.monotonic() - began < 15


@pytest.mark.parametrize("code", [0, 3, 255])
def test_sys_exit_is_an_end_without_result(agent: Agent, code: int) -> None:
    child = agent.run("exits", code)
    child.read("closed")
    ended = child.exited()
    assert (ended["code"], ended["signal"], ended["deadline"]) == (code, None, False)
    assert child.output() == "before the exit\n"


def test_a_hard_exit_is_told(agent: Agent) -> None:
    child = agent.run("exits_hard", 7)
    child.read("closed")
    assert child.exited()["code"] == 7
    assert child.output() == "before the hard exit\n"


def test_a_crash_is_told_with_its_signal_and_the_output_before_it(agent: Agent) -> None:
    child = agent.run("segfaults")
    child.read("closed")
    ended = child.exited()
    assert (ended["code"], ended["signal"]) == (None, signal.SIGSEGV)
    assert "before the crash" in child.output()


@pytest.mark.parametrize("detached", [False, True])
def test_a_daemon_that_holds_the_pipes_is_killed_at_once(agent: Agent, detached: bool) -> None:
    child = agent.run("leaves_daemon", detached)
    pid = child.result()
    began = time.monotonic()
    assert child.exited()["code"] == 0
    assert time.monotonic() - began < 2
    assert not alive(pid)


def test_sigterm_to_the_supervisor_reaches_the_task(agent: Agent) -> None:
    child = agent.run("cleans_up")
    child.printed("sleeping")
    kill(child.supervisor, signal.SIGTERM)
    assert child.exited()["code"] == 9
    assert "cleaned up" in child.output()


def test_after_the_grace_all_are_killed(agent: Agent) -> None:
    child = agent.run("sleeps", True, True)
    pids = [int(pid) for pid in child.printed("sleeping").split()[1:]]
    began = time.monotonic()
    kill(child.supervisor, signal.SIGTERM)
    kill(child.supervisor, signal.SIGTERM)
    ended = child.exited()
    assert 0.4 < time.monotonic() - began < 5, "SALT_GRACE is 0.5"
    assert (ended["signal"], ended["deadline"]) == (signal.SIGKILL, False)
    assert not any(alive(pid) for pid in pids)


def test_when_its_supervisor_is_killed_all_are(agent: Agent) -> None:
    child = agent.run("sleeps", True, True)
    pids = [int(pid) for pid in child.printed("sleeping").split()[1:]]
    kill(child.supervisor)
    ended = child.exited()
    assert (ended["code"], ended["signal"], ended["deadline"]) == (None, signal.SIGKILL, False)
    until(lambda: not any(alive(pid) for pid in pids), "the end of all")


def test_at_the_deadline_all_are_killed_at_once(agent: Agent) -> None:
    child = agent.fork(slot=3)
    agent.set_deadline(3, 0.6)
    child.task("sleeps", True, True)
    began = time.monotonic()
    pids = [int(pid) for pid in child.printed("sleeping").split()[1:]]
    ended = child.exited()
    assert 0.4 < time.monotonic() - began < 3
    assert (ended["code"], ended["signal"], ended["deadline"]) == (None, signal.SIGKILL, True)
    assert not any(alive(pid) for pid in pids)


def test_a_deadline_that_moves_on_is_read_again(agent: Agent) -> None:
    child = agent.fork(slot=4)
    agent.set_deadline(4, 0.3)
    child.task("sleeps")
    child.printed("sleeping")
    agent.set_deadline(4, 600)
    until(lambda: child.quiet(1.0), "a second without an end")
    assert alive(child.supervisor)
    agent.set_deadline(4, 0.1)
    began = time.monotonic()
    assert child.exited()["deadline"] is True
    assert time.monotonic() - began < 5


def test_a_deadline_does_not_count_before_the_task_has_come(agent: Agent) -> None:
    agent.set_deadline(6, -1)
    child = agent.fork(slot=6)
    assert child.quiet(0.3)
    agent.set_deadline(6, 600)
    child.task("add", 1, 1)
    assert child.result() == 2


def test_no_deadline_is_no_deadline(agent: Agent) -> None:
    agent.set_deadline(7, None)
    child = agent.fork(slot=7)
    child.task("sleeps")
    child.printed("sleeping")
    assert child.quiet(0.3)
    kill(child.supervisor, signal.SIGTERM)
    assert child.exited()["deadline"] is False


def test_an_agent_that_hangs_up_does_not_stop_a_task_that_runs(agent: Agent) -> None:
    """The channel is for the result; who wants the task to end tells its supervisor."""
    child = agent.run("say", 3)
    child.socket.close()
    assert child.exited()["signal"] is None
    assert child.output().count("\n") == 3


def test_the_value_is_json_text(agent: Agent) -> None:
    child = agent.run("echo", 1.5)
    text = child.read("result")["value"]
    assert isinstance(text, str) and json.loads(text) == 1.5


def test_checks_look_at_the_value_and_come_with_it(agent: Agent) -> None:
    message = agent.run("measured", [1, 2, 3, 4]).read("result")
    assert json.loads(message["value"]) == [1, 2, 3, 4]
    found = {one["name"]: one for one in message["checks"]}
    assert list(found) == ["not_empty", "few", "like_before"]
    assert found["not_empty"] == {
        "name": "not_empty",
        "severity": "fail",
        "passed": True,
        "message": "",
        "numbers": {"rows": 4.0},
    }
    assert (found["few"]["severity"], found["few"]["passed"]) == ("warn", False)
    assert found["few"]["message"] == "4 rows"
    assert found["like_before"]["passed"] is True


def test_data_that_does_not_pass_is_a_result_all_the_same(agent: Agent) -> None:
    message = agent.run("measured", []).read("result")
    assert message["value"] == "[]"
    first = message["checks"][0]
    assert first["passed"] is False
    assert "There are rows." in first["message"]


def test_a_check_sees_earlier_values(agent: Agent) -> None:
    history = [
        {"run": f"r{number}", "at": number, "numbers": {"rows": 1.0}, "value": "[1]"}
        for number in range(3)
    ]
    for rows, passed in ([[1, 2], True], [[1, 2, 3], False]):
        message = agent.run("measured", rows, history=history).read("result")
        found = {one["name"]: one for one in message["checks"]}
        assert found["like_before"]["severity"] == "quarantine"
        assert found["like_before"]["passed"] is passed


def test_a_task_without_checks_says_nothing_of_them(agent: Agent) -> None:
    assert not agent.run("add", 1, 1).read("result").get("checks")


def test_heartbeats_come_no_more_than_once_a_second(agent: Agent) -> None:
    child = agent.run("beats", 1000)
    assert child.read("heartbeat") == {"type": "heartbeat"}
    assert child.result() == "alive"


@pytest.mark.parametrize(
    ("kind", "again"),
    [
        ("TimeoutError", True),
        ("KeyError", True),
        ("ValueError", False),
        ("FileNotFoundError", False),
    ],
)
def test_the_kind_of_exception_decides_whether_to_try_again(
    agent: Agent, kind: str, again: bool
) -> None:
    error = agent.run("unlucky", kind).error()
    assert (error["type"], error["retryable"]) == (kind, again)


def test_a_call_may_say_itself_what_to_try_again(agent: Agent) -> None:
    child = agent.fork()
    child.workflow("rules")
    plain, other, checked = child.calls(3)
    assert "rules" not in json.loads(plain["input"])
    assert len(plain["policy"].pop("cache")) == 64
    assert plain["policy"] == {
        "start_timeout_s": 3600,
        "heartbeat_s": 30,
        "limits": [
            {"name": "db", "at_once": 1},
            {"name": "api:ann", "at_once": 3, "rate": [50, 1]},
        ],
        "fair": "ann",
        "cache_s": 86400,
        "strict": False,
    }
    assert set(other["policy"]) == {"start_timeout_s", "heartbeat_s", "cache_s", "strict"}
    assert checked["policy"] == {"history": 5}
    if is_python():
        again = agent.fork()
        given = json.loads(other["input"])
        again.task("unlucky", "ValueError")
        assert again.error()["retryable"] is False
        again = agent.fork()
        message = task_message("unlucky", ["ValueError"], cwd=agent.folder(), files=agent.folder())
        message["input"] = json.dumps({"args": ["ValueError"], "rules": given["rules"]})
        again.send(message)
        assert again.error()["retryable"] is True


def test_a_value_that_does_not_fit_fails_where_it_was_made(agent: Agent) -> None:
    error = agent.run("misfits").error()
    assert error["retryable"] is False
    assert "'rows'" in error["message"] and "two" in error["message"]
    if is_python():
        assert error["message"] == (
            "result of misfits['rows'][1]: a value of type str does not fit int: "
            "wants a whole number, got 'two'"
        )
