"""WIRE.md sections 2 and 3: hello, fork, exited; and processes started singly."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest
from tests.contract.driver import TIMEOUT_S, Agent, alive, artifact_command, is_python, kill, until


def test_hello_tells_protocol_and_token() -> None:
    with Agent(artifact_command()) as agent:
        hello = agent.start()
        assert agent.process is not None
        assert hello["type"] == "hello"
        assert (hello["role"], hello["token"], hello["pid"]) == (
            "parent",
            "t0ken",
            agent.process.pid,
        )
        assert hello["fork"] is True or hello["reason"]


@pytest.mark.parametrize("how", ["raises", "exits"])
def test_code_that_does_not_import_is_told_and_ends_with_125(how: str) -> None:
    with Agent(artifact_command(), CONFORMANCE_IMPORT=how) as agent:
        failed = agent.start()
        assert agent.process is not None and agent.parent is not None
        assert (failed["type"], failed["token"]) == ("failed", "t0ken")
        assert how == "exits" or "pandsa" in failed["error"]["message"]
        if is_python():
            assert failed["error"]["file"] == "conformance.py"
            assert "importlib" not in failed["error"]["traceback"]
        assert agent.parent.read("closed")
        assert agent.process.wait(TIMEOUT_S) == 125


@pytest.mark.skipif(not is_python(), reason="Python's rules of when a fork is safe")
@pytest.mark.parametrize(
    ("env", "fork", "why"),
    [
        ({}, True, ""),
        ({"CONFORMANCE_IMPORT": "thread"}, False, "thread"),
        ({"CONFORMANCE_IMPORT": "socket"}, False, "socket"),
        ({"CONFORMANCE_IMPORT": "thread", "SALT_START": "fork"}, True, ""),
        ({"SALT_START": "spawn"}, False, "SALT_START"),
    ],
)
def test_hello_tells_whether_a_fork_is_safe(env: dict[str, str], fork: bool, why: str) -> None:
    with Agent(artifact_command(), **env) as agent:
        hello = agent.start()
        assert (hello["fork"], why in hello["reason"]) == (fork, True)


def test_forked_names_the_supervisor_which_is_not_the_child(agent: Agent) -> None:
    child = agent.run("about")
    about = child.result()
    assert about["parent"] == child.supervisor != about["pid"]
    assert child.exited()["code"] == 0
    until(lambda: not alive(child.supervisor), "the supervisor's end")


def test_a_child_leads_a_group_in_its_supervisors_session(agent: Agent) -> None:
    child = agent.run("about")
    about = child.result()
    assert about["group"] == about["pid"]
    assert about["session"] == child.supervisor


def test_a_child_has_its_channel_and_its_pipes_and_nothing_else(agent: Agent) -> None:
    about = agent.run("about").result()
    assert about["stdin"] == ""
    assert len(about["descriptors"]) == 4, "0, 1, 2 and the channel"


def test_each_child_is_a_process_of_its_own(agent: Agent) -> None:
    children = [agent.run("about") for _ in range(5)]
    assert len({child.result()["pid"] for child in children}) == 5


def test_a_spare_child_whose_channel_closes_ends(agent: Agent) -> None:
    child = agent.fork()
    child.socket.close()
    assert child.exited()["code"] == 0


def test_exited_tells_time_and_memory(agent: Agent) -> None:
    child = agent.run("say", 1)
    child.result()
    ended = child.exited()
    assert ended["cpu_s"] > 0
    assert 1_000 < ended["rss_kb"] < 1_000_000


def test_when_the_agent_hangs_up_the_parent_ends_and_all_with_it() -> None:
    with Agent(artifact_command()) as agent:
        if not agent.start()["fork"]:
            pytest.skip("the artifact does not fork")
        assert agent.parent is not None and agent.process is not None
        child = agent.run("sleeps", True, True)
        pids = [int(pid) for pid in child.printed("sleeping").split()[1:]]
        agent.parent.socket.close()
        assert agent.process.wait(TIMEOUT_S) == 0
        until(lambda: not any(alive(pid) for pid in [*pids, child.supervisor]), "the end of all")


def test_when_the_parent_is_killed_its_children_end_at_once() -> None:
    with Agent(artifact_command()) as agent:
        if not agent.start()["fork"]:
            pytest.skip("the artifact does not fork")
        assert agent.process is not None
        child = agent.run("sleeps", True, True)
        pids = [int(pid) for pid in child.printed("sleeping").split()[1:]]
        kill(agent.process.pid)
        until(lambda: not any(alive(pid) for pid in [*pids, child.supervisor]), "the end of all")


def test_a_single_process_says_hello_as_a_child_and_runs_one_task() -> None:
    with Agent(artifact_command()) as agent:
        child, hello = agent.single()
        assert (hello["role"], hello["start"], hello["token"]) == ("child", "spawn", "t0ken")
        child.task("add", 1, 2)
        assert child.result() == 3
        assert child.exited() == {"code": 0, "signal": None}
        assert "imported" in child.output()


def test_a_single_process_runs_a_workflow() -> None:
    with Agent(artifact_command()) as agent:
        child, _ = agent.single()
        child.workflow("plain")
        assert child.result() == "done"


def test_single_processes_are_ready_ahead_of_need() -> None:
    with Agent(artifact_command()) as agent:
        children = [agent.single()[0] for _ in range(3)]
        for number, child in reversed(list(enumerate(children))):
            child.task("add", number, number)
            assert child.result() == 2 * number


def test_a_single_process_that_does_not_import_says_so() -> None:
    with Agent(artifact_command(), CONFORMANCE_IMPORT="raises") as agent:
        child, _ = agent.single()
        assert "pandsa" in child.read("failed")["error"]["message"]
        assert child.exited()["code"] == 125


@pytest.mark.parametrize(
    ("name", "args", "code", "number"),
    [
        ("exits", [3], 3, None),
        ("exits_hard", [7], 7, None),
        ("segfaults", [], None, signal.SIGSEGV),
    ],
)
def test_a_single_process_ends_as_its_child_did(
    name: str, args: list[int], code: int | None, number: int | None
) -> None:
    with Agent(artifact_command()) as agent:
        child, _ = agent.single()
        child.task(name, *args)
        child.read("closed")
        assert child.exited() == {"code": code, "signal": number}


def test_a_single_process_keeps_its_deadline_and_its_grace() -> None:
    with Agent(artifact_command()) as agent:
        late, _ = agent.single(slot=5)
        agent.set_deadline(5, 0.3)
        late.task("sleeps", True, True)
        pids = [int(pid) for pid in late.printed("sleeping").splitlines()[-1].split()[1:]]
        assert late.exited()["signal"] == signal.SIGKILL
        told, _ = agent.single()
        told.task("cleans_up")
        told.printed("sleeping")
        kill(told.supervisor, signal.SIGTERM)
        assert told.exited()["code"] == 9
        until(lambda: not any(alive(pid) for pid in pids), "the end of all")


def test_a_single_process_ends_with_its_agent() -> None:
    """The agent is killed: nobody is left to say anything."""
    script = (
        "import subprocess, sys, time\n"
        "p = subprocess.Popen(sys.argv[1:], start_new_session=True)\n"
        "print(p.pid, flush=True); time.sleep(60)"
    )
    with Agent(artifact_command()) as agent:
        command = [*artifact_command(), "serve", "--socket", str(agent.home / "s"), "--single"]
        middle = subprocess.Popen(
            [sys.executable, "-c", script, *command], env=agent.env, stdout=subprocess.PIPE
        )
        with middle:
            assert middle.stdout is not None
            supervisor = int(middle.stdout.readline())
            peer = agent._accept()
            hello = peer.read("hello")
            kill(middle.pid)
            until(lambda: not alive(supervisor) and not alive(hello["pid"]), "the end of all")
            peer.socket.close()


def test_many_children_one_after_the_other_leave_nothing_behind(agent: Agent) -> None:
    assert agent.process is not None
    folder = f"/proc/{agent.process.pid}/fd"
    for number in range(3):
        child = agent.run("add", number, 1)
        assert child.result() == number + 1
        child.exited()
    before = len(os.listdir(folder))
    for number in range(20):
        child = agent.run("add", number, 1)
        assert child.result() == number + 1
        child.exited()
    assert len(os.listdir(folder)) == before
