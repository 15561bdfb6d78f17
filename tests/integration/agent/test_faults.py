"""Agents, servers and processes that are killed or stopped: no run is lost, no task runs twice at once."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from tests.integration.agent.conftest import Lab, RedisMaker, file_says, gone, until

from salt_core.model.log import Line
from salt_core.model.status import AttemptEnd, RunStatus, TaskStatus
from salt_core.store.redis import open_store


def begun(notes: str) -> list[int]:
    """The processes that began, in order."""
    return [int(line.split()[1]) for line in notes.splitlines() if line.startswith("begun")]


async def test_a_stopped_agent_s_task_dies_at_its_deadline(lab: Lab, tmp_path: Path) -> None:
    stopped = await lab.process(lease="1500ms")
    note = tmp_path / "notes"
    run = await lab.run("linger", path=str(note), seconds=6)
    (pid,) = begun(await file_says(note, "begun"))
    stopped.send_signal(signal.SIGSTOP)
    at = time.monotonic()
    await until(lambda: gone(pid), "the task's end at its deadline", within_s=3)
    assert time.monotonic() - at < 1.5
    # Nobody else is there: it goes on with its second try when the agent does.
    stopped.send_signal(signal.SIGCONT)
    assert await lab.value(run) == "done"
    ends = [attempt.status for attempt in (await lab.task(run, 1)).attempts]
    assert ends == [AttemptEnd.LOST, AttemptEnd.SUCCEEDED]


async def test_another_agent_takes_over_from_a_killed_one(lab: Lab, tmp_path: Path) -> None:
    first = await lab.process(lease="1500ms")
    note = tmp_path / "notes"
    run = await lab.run("lingers", path=str(note), n=2, seconds=1.5)

    async def both() -> bool:
        return note.exists() and len(begun(note.read_text())) == 2

    await until(both, "both tasks")
    await lab.agent(lease="1500ms")
    pids = begun(note.read_text())
    first.kill()
    at = time.monotonic()
    for pid in pids:
        await until(lambda pid=pid: gone(pid), "the end of the killed agent's tasks", within_s=1)  # type: ignore[misc]
    await until(lambda: count(note, 4), "both again", within_s=1.5 + 3)
    assert time.monotonic() - at < 1.5 + 3
    assert await lab.value(run) == ["done", "done"]
    for task in await lab.store.tasks(run):
        ends = [attempt.status for attempt in task.attempts]
        assert ends == [AttemptEnd.LOST, AttemptEnd.SUCCEEDED], task
    entries = await lab.store.journal(run, 0)
    assert sorted((entry.kind, entry.seq) for entry in entries) == [
        ("call", 1),
        ("call", 2),
        ("done", 1),
        ("done", 2),
    ]


async def count(note: Path, number: int) -> bool:
    return len(begun(note.read_text())) == number


async def test_sigterm_lets_a_task_end_and_gives_its_workflow_back(
    lab: Lab, tmp_path: Path
) -> None:
    first = await lab.process()
    note = tmp_path / "notes"
    run = await lab.run("linger", path=str(note), seconds=2)
    await file_says(note, "begun")
    first.terminate()
    assert await asyncio.to_thread(first.wait, 10) == 0
    assert note.read_text().count("ended") == 1
    body = await lab.task(run, 0)
    assert [attempt.status for attempt in body.attempts] == [AttemptEnd.RELEASED]
    await lab.agent()
    assert await lab.value(run) == "done"
    assert note.read_text().count("begun") == 1
    assert [attempt.status for attempt in (await lab.task(run, 1)).attempts] == [
        AttemptEnd.SUCCEEDED
    ]


async def test_the_end_of_the_drain_gives_tasks_back(lab: Lab, tmp_path: Path) -> None:
    first = await lab.process("--drain", "300ms")
    note = tmp_path / "notes"
    run = await lab.run("linger", path=str(note), seconds=3)
    (pid,) = begun(await file_says(note, "begun"))
    first.terminate()
    assert await asyncio.to_thread(first.wait, 10) == 0
    assert await gone(pid)
    await lab.agent()
    assert await lab.value(run) == "done"
    ends = [attempt.status for attempt in (await lab.task(run, 1)).attempts]
    assert ends == [AttemptEnd.RELEASED, AttemptEnd.SUCCEEDED]


async def test_a_second_sigterm_does_not_wait(lab: Lab, tmp_path: Path) -> None:
    first = await lab.process()
    note = tmp_path / "notes"
    await lab.run("linger", path=str(note), seconds=60)
    (pid,) = begun(await file_says(note, "begun"))
    first.terminate()

    async def draining() -> bool:
        return [agent.state for agent in await lab.store.agents()] == ["draining"]

    await until(draining, "the drain")
    first.terminate()
    assert await asyncio.to_thread(first.wait, 10) == 0
    assert await gone(pid)


async def test_a_killed_warm_parent_is_replaced(lab: Lab, tmp_path: Path) -> None:
    agent = await lab.agent()
    note = tmp_path / "notes"
    run = await lab.run("linger", path=str(note), seconds=60)
    (pid,) = begun(await file_says(note, "begun"))
    supervisor = int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
    parent = int(Path(f"/proc/{supervisor}/stat").read_text().rsplit(")", 1)[1].split()[1])
    os.kill(parent, signal.SIGKILL)
    assert (await lab.ended(run)).status is RunStatus.FAILED
    error = (await lab.task(run, 1)).error
    assert error is not None
    assert error.message == "The process died with the process that it was forked from."
    await until(lambda: gone(pid), "the end of the parent's children", within_s=2)
    # The workflow function died with it and was replayed; other work goes on.
    assert await lab.value(await lab.run("add")) == 10
    await lab.stop(agent)


@pytest.mark.parametrize("engine", ["valkey", "redis"])
async def test_a_log_is_whole_through_kills_of_the_server(
    own_redis: RedisMaker, monkeypatch: pytest.MonkeyPatch, engine: str
) -> None:
    server = own_redis(engine, appendfsync="always")
    lab = Lab(server.url, monkeypatch)
    await lab.open()
    agent = await lab.agent(lease="20s")
    lines = 60_000
    run = await lab.run("shout", n=lines)

    async def some() -> bool:
        with suppress(Exception):
            state = await lab.store.log_state(run, "1", 1)
            return state is not None and state.size > 500_000
        return False

    for _ in range(2):
        await until(some, "a part of the log")
        server.kill()
        await asyncio.sleep(0.3)
        server.start()
    store = await open_store(lab.config())
    head = await store.wait_run(run, 60)
    assert head.status is RunStatus.SUCCEEDED
    assert [attempt.status for attempt in (await lab.task(run, 1)).attempts] == [
        AttemptEnd.SUCCEEDED
    ]

    async def archived() -> bool:
        state = await store.log_state(run, "1", 1)
        return state is not None and state.closed and state.archived == state.size

    await until(archived, "the archive")
    texts = [line.text for line in lab.archived(run, 1)]
    assert texts == [f"{number:08d} " + "x" * 60 for number in range(lines)]
    assert texts == [line.text for line in await lab.followed(run, 1)]
    await store.close()
    await lab.stop(agent)
    assert list(lab.config().home.glob("agents/*/*/")) == []
    await lab.close()


async def test_a_dead_agent_s_log_is_archived_by_the_next(lab: Lab, tmp_path: Path) -> None:
    first = await lab.process(lease="1500ms")
    run = await lab.run("linger", path=str(tmp_path / "notes"), seconds=60, how="print")
    await file_says(tmp_path / "notes", "begun")
    spools = lab.config().home / "agents"

    async def spooled() -> list[Path]:
        return [path for path in spools.glob("*/*/logs/*") if b"lingering" in path.read_bytes()]

    (spool,) = await until(spooled, "the spool file")
    first.kill()
    first.wait()
    document = spool.read_bytes()
    await lab.agent(lease="1500ms")

    async def archived() -> bool:
        state = await lab.store.log_state(run, "1", 1)
        return state is not None and state.closed and state.archived == len(document)

    await until(archived, "the archive of what was left")
    assert [line.text for line in lab.archived(run, 1)] == ["lingering"]
    assert not spool.exists()
    assert await lab.store.cancel(run)


async def test_a_server_that_forgot_everything_is_survived(lab: Lab, tmp_path: Path) -> None:
    agent = await lab.agent(lease="2s")
    note = tmp_path / "notes"
    await lab.run("linger", path=str(note), seconds=60)
    (pid,) = begun(await file_says(note, "begun"))
    with lab.client() as client:
        client.flushall()
    await until(lambda: gone(pid), "the end of what is not ours any more", within_s=4)
    assert await lab.value(await lab.run("add")) == 10
    await lab.stop(agent)


async def test_an_idle_agent_sends_heartbeats_only(lab: Lab) -> None:
    process = await lab.process(lease="4s")
    await lab.value(await lab.run("chain", n=2))
    with lab.client() as client:
        client.config_resetstat()
        await asyncio.sleep(5)
        # The wait is the measurement itself: five heartbeats of a 4 s lease, and nothing else.
        stats = client.info("commandstats")
    calls = {name.removeprefix("cmdstat_"): stat["calls"] for name, stat in stats.items()}
    assert 4 <= calls.pop("evalsha") <= 6
    inside = {
        "time",
        "zadd",
        "hset",
        "hsetnx",
        "expire",
        "exists",
        "del",
        "zrange",
        "hget",
        "hmget",
    }
    others = set(calls) - inside - {"info", "config|resetstat", "client|setinfo"}
    assert others == set()
    status = Path(f"/proc/{process.pid}/status").read_text()
    resident_kb = int(status.partition("VmRSS:")[2].split()[0])
    assert resident_kb < 60_000


async def test_a_replay_that_differs_parks_the_run(lab: Lab, tmp_path: Path) -> None:
    first = await lab.process(lease="1500ms")
    note = tmp_path / "notes"
    run = await lab.durable("diverge", path=str(note), seconds=3.0)
    await file_says(tmp_path / "notes.linger", "begun")
    (tmp_path / "notes.changed").touch()
    first.kill()
    await lab.agent(lease="1500ms")

    async def blocked() -> bool:
        return (await lab.task(run, 0)).status is TaskStatus.BLOCKED

    await until(blocked, "a run that is kept for a person")
    head = await lab.store.run(run)
    assert head is not None
    assert head.status is RunStatus.WAITING
    error = head.error
    assert error is not None
    assert error.type == "Diverged"
    # Both sides, with their source lines.
    for side in ("call 2 of linger (durable.py:", "call 2 of more (durable.py:"):
        assert side in error.message
    tried = len((await lab.task(run, 0)).attempts)
    # The code is as it was again: a replay that a person asks for goes on.
    (tmp_path / "notes.changed").unlink()
    assert await lab.store.move(run, "d" * 12)
    assert await lab.value(run) == "as before"
    assert len((await lab.task(run, 0)).attempts) >= tried + 1


@pytest.mark.parametrize(
    ("kind", "params", "says", "value"),
    [
        ("sleep", {"seconds": 4.0}, "body", "slept"),
        ("linger", {"seconds": 3.0}, "body", 5),
        ("own", {"n": 40}, "body", [1, 3, 820]),
        ("spin", {"n": 5, "seconds": 0.8}, "turn 3", 5),
        ("down", {"n": 5}, "body", 5),
    ],
)
async def test_a_workflow_survives_its_agent(
    lab: Lab, tmp_path: Path, kind: str, params: dict[str, object], says: str, value: object
) -> None:
    first = await lab.process(lease="1500ms")
    note = tmp_path / "notes"
    run = await lab.durable(kind, path=str(note), **params)
    await file_says(note, says)
    await asyncio.sleep(random.uniform(0, 1.2))
    first.kill()
    await lab.agent(lease="1500ms")
    assert await lab.value(run) == value
    seen: dict[tuple[str, int], int] = {}
    for entry in await lab.store.journal(run, 0):
        seen[entry.kind, entry.seq] = seen.get((entry.kind, entry.seq), 0) + 1
    assert set(seen.values()) <= {1}


@pytest.mark.parametrize("kind", ["event", "approve"])
async def test_what_comes_while_no_agent_is_there_is_not_lost(
    lab: Lab, tmp_path: Path, kind: str
) -> None:
    first = await lab.process(lease="1500ms")
    note = tmp_path / "notes"
    run = await lab.durable(kind, n=3, path=str(note))
    await file_says(note, "body")

    async def asked() -> bool:
        return len(await lab.store.tasks(run)) == 2

    await until(asked, "the call")
    await asyncio.sleep(random.uniform(0, 1.5))  # it may be parked already, or not
    first.kill()
    if kind == "event":
        assert (await lab.store.emit("order", "e1", '{"id":3}')).woken == 1
    else:
        assert await lab.store.decide(run, "1", accepted=True, by="ann", fields='{"limit":1}')
    await lab.agent(lease="1500ms")
    assert await lab.value(run) == ({"id": 3} if kind == "event" else ["ann", 1])


async def test_a_large_log_waits_for_no_one(lab: Lab) -> None:
    """Many lines at once: each is told once, in order, and the run ends."""
    await lab.agent()
    run = await lab.run("shout", n=30_000)
    assert await lab.value(run) == 30_000
    lines: list[Line] = await lab.followed(run, 1)
    assert [line.text[:8] for line in lines] == [f"{number:08d}" for number in range(30_000)]


async def test_a_full_spool_holds_the_task_back_and_loses_nothing(
    own_redis: RedisMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    cap = 1 << 20
    monkeypatch.setattr("salt_agent.spool.CAP", cap)
    server = own_redis()
    lab = Lab(server.url, monkeypatch)
    await lab.open()
    agent = await lab.agent(lease="60s")
    run = await lab.run("shout", n=60_000, how=str(lab.config().home / "shouted"))

    def spooled() -> int:
        return sum(path.stat().st_size for path in lab.config().home.glob("agents/*/*/logs/*"))

    async def some() -> bool:
        return spooled() > 100_000

    await until(some, "the first lines")
    server.pause()

    async def full() -> bool:
        return spooled() >= cap

    await until(full, "a full spool")
    await asyncio.sleep(0.5)
    held = spooled()
    # It may have been nearly empty when the server went away: what was archived counts no more.
    assert held < 2 * cap + 200_000
    assert not Path(lab.config().home / "shouted").exists()
    server.go_on()
    assert await lab.value(run, within_s=60) == 60_000
    texts = [line.text for line in await lab.followed(run, 1)]
    assert texts == [f"{number:08d} " + "x" * 60 for number in range(60_000)]
    await lab.stop(agent)
    await lab.close()


async def test_an_unreachable_server_is_one_clear_sentence(salt_home: Path) -> None:
    environment = {**os.environ, "SALT_REDIS_URL": "redis://127.0.0.1:1/0"}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "salt_core.cli", "agent", env=environment, stderr=-1, stdout=-1
    )
    out, err = await process.communicate()
    assert process.returncode == 3
    assert out == b""
    assert err.startswith(b"salt: Redis at redis://127.0.0.1:1/0 cannot be reached")
    assert b"Traceback" not in err
