"""Runs end right: values, logs, retries, timeouts, and every way in which a process can die."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from tests.integration.agent.conftest import Lab, file_says, gone, until

from salt_core.model.status import AttemptEnd, RunStatus, TaskStatus


async def test_a_run_ends_with_its_value(lab: Lab) -> None:
    agent = await lab.agent()
    run = await lab.run("add")
    assert await lab.value(run) == 10
    body, *tasks = await lab.store.tasks(run)
    assert [task.status for task in (body, *tasks)] == [TaskStatus.SUCCEEDED] * 4
    attempts = [attempt for task in tasks for attempt in task.attempts]
    assert {(attempt.start, attempt.agent) for attempt in attempts} == {("fork", agent.id)}
    assert [line.text for line in await lab.log(run, 1)] == ["adding 1 and 2"]


async def test_a_chain_and_a_map(lab: Lab) -> None:
    await lab.agent()
    assert await lab.value(await lab.run("chain", n=10)) == 10
    assert await lab.value(await lab.run("map", n=50)) == sum(range(1, 51))


async def test_a_task_is_tried_again_after_its_backoff(lab: Lab, tmp_path: Path) -> None:
    await lab.agent()
    run = await lab.run("flaky", path=str(tmp_path / "tries"))
    assert await lab.value(run) == 3
    task = await lab.task(run, 1)
    assert [attempt.status for attempt in task.attempts] == [
        AttemptEnd.FAILED,
        AttemptEnd.FAILED,
        AttemptEnd.SUCCEEDED,
    ]
    first = task.attempts[0].error
    assert first is not None
    assert (first.type, first.message) == ("RuntimeError", "try 1 fails")
    assert "flow.py" in first.traceback
    # Nobody else looks after retries here: the second began when its backoff ended, not later.
    waits = [
        b.started - (a.finished or 0)
        for a, b in zip(task.attempts, task.attempts[1:], strict=False)
    ]
    assert waits[0] < 1000
    assert waits[1] < 1500


async def test_a_timeout_ends_the_try(lab: Lab) -> None:
    await lab.agent()
    run = await lab.run("slow")
    began = time.monotonic()
    assert (await lab.ended(run)).status is RunStatus.FAILED
    assert time.monotonic() - began < 5
    task = await lab.task(run, 1)
    assert [attempt.status for attempt in task.attempts] == [AttemptEnd.TIMED_OUT]
    assert task.error is not None
    assert task.error.message == "It ran longer than its timeout of 0.5 s."
    assert [line.text for line in await lab.log(run, 1)] == ["before"]


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ("segfault", "The process was killed by signal 11 (SIGSEGV)."),
        ("exit", "The process ended with exit code 7 before it gave a result."),
        ("kill", "The process was killed by signal 9 (SIGKILL), maybe out of memory."),
    ],
)
async def test_a_process_that_dies_fails_its_task(lab: Lab, how: str, says: str) -> None:
    await lab.agent()
    run = await lab.run("crash", how=how)
    assert (await lab.ended(run)).status is RunStatus.FAILED
    task = await lab.task(run, 1)
    assert task.error is not None
    assert (task.error.type, task.error.message) == ("ProcessDied", says)
    lines = await lab.log(run, 1)
    assert [line.text for line in lines if line.stream == "o"] == [f"about to {how}"]
    assert "on stderr" in [line.text for line in lines if line.stream == "e"]


async def test_a_daemon_that_holds_the_pipe_is_killed_and_not_waited_for(
    lab: Lab, tmp_path: Path
) -> None:
    await lab.agent()
    note = tmp_path / "pid"
    began = time.monotonic()
    assert await lab.value(await lab.run("daemon", path=str(note))) == "returned"
    assert time.monotonic() - began < 5
    pid = int(note.read_text())

    await until(lambda: gone(pid), "the end of the daemon")


async def test_a_workflow_that_raises_fails_its_run(lab: Lab) -> None:
    await lab.agent()
    head = await lab.ended(await lab.run("raise"))
    assert head.status is RunStatus.FAILED
    assert head.error is not None
    assert (head.error.type, head.error.message) == ("ValueError", "the workflow itself raised")


async def test_a_cancelled_run_ends_its_processes(lab: Lab, tmp_path: Path) -> None:
    agent = await lab.agent()
    note = tmp_path / "notes"
    run = await lab.run("linger", path=str(note), seconds=60)
    pid = int((await file_says(note, "begun")).split()[1])
    assert await lab.store.cancel(run)
    assert (await lab.ended(run)).status is RunStatus.CANCELLED

    await until(lambda: gone(pid), "the end of the task's process", within_s=8)
    await lab.stop(agent)
    assert (await lab.task(run, 1)).status is TaskStatus.CANCELLED
    assert "ended" not in note.read_text()


async def test_a_task_gets_a_made_environment_and_a_fresh_folder(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    agent = await lab.agent()
    run = await lab.run("surroundings")
    found = await lab.value(run)
    env = found["env"]
    assert (env["SALT_RUN_ID"], env["SALT_TASK"], env["SALT_ATTEMPT"]) == (run, "1", "1")
    assert env["SALT_KEY"] == f"{run}/1"
    assert env["HOME"] == env["TMPDIR"] == found["cwd"]
    assert found["files"] == []
    assert not {"AWS_SECRET_ACCESS_KEY", "SALT_REDIS_URL", "SALT_HOME"} & set(env)
    # It left a file there: nobody else finds it, and it does not stay.
    again = await lab.value(await lab.run("surroundings"))
    assert again["files"] == []
    assert again["cwd"] != found["cwd"]
    await lab.stop(agent)
    assert not Path(found["cwd"]).exists()


async def test_large_values_go_round_the_store(lab: Lab) -> None:
    await lab.agent()
    run = await lab.run("big", n=200_000)
    assert await lab.value(run) == 200_000
    with lab.client() as client:
        keys = [key for key in client.scan_iter() if client.type(key) == b"hash"]
        assert keys
        assert all(len(value) < 40_000 for key in keys for value in client.hgetall(key).values())


async def test_code_that_does_not_import_fails_once_and_clearly(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    await lab.register(env={"FLOW_DOES_NOT_IMPORT": "1"})
    await lab.agent()
    began = time.monotonic()
    for _ in range(2):
        head = await lab.ended(await lab.run("add"))
        assert head.status is RunStatus.FAILED
        assert head.error is not None
        assert head.error.type == "ImportError"
        assert head.error.message == "there is no module named pandsa"
        assert not head.error.retryable
    assert time.monotonic() - began < 5
    # The setting is mended, and live within a second.
    await lab.register(env={})

    async def works() -> bool:
        return (await lab.ended(await lab.run("add"))).status is RunStatus.SUCCEEDED

    await until(works, "the mended environment", within_s=5)


async def test_variables_of_salt_yaml_reach_the_task(lab: Lab) -> None:
    await lab.register(env={"GREETING": "hello", "DEBUG": True})
    await lab.agent()
    env = (await lab.value(await lab.run("surroundings")))["env"]
    assert (env["GREETING"], env["DEBUG"]) == ("hello", "true")


async def test_where_a_fork_is_not_safe_processes_are_spawned_ahead(lab: Lab) -> None:
    await lab.register(env={"SALT_START": "spawn"})
    await lab.agent(slots=2)
    run = await lab.run("add")
    assert await lab.value(run) == 10
    tasks = await lab.store.tasks(run)
    assert {attempt.start for task in tasks for attempt in task.attempts} == {"spawn"}
    run = await lab.run("crash", how="exit")
    assert (await lab.ended(run)).status is RunStatus.FAILED
    error = (await lab.task(run, 1)).error
    assert error is not None
    assert error.message == "The process ended with exit code 7 before it gave a result."
    assert "about to exit" in [line.text for line in await lab.log(run, 1)]


async def test_a_body_that_is_killed_is_replayed_before_it_fails(lab: Lab) -> None:
    await lab.agent()
    head = await lab.ended(await lab.run("body-dies"))
    assert head.status is RunStatus.FAILED
    assert head.error is not None
    assert head.error.type == "ProcessDied"
    ends = [attempt.status for attempt in (await lab.task(head.id, 0)).attempts]
    assert ends == [AttemptEnd.RELEASED, AttemptEnd.RELEASED, AttemptEnd.FAILED]
