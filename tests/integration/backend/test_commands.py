"""``salt up``, ``down``, ``status`` and ``doctor``, as a person calls them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.servers.processes import free_ports
from tests.servers.redis import RedisServer

from salt_core.cli.root import call

Say = Callable[..., tuple[int, str, str]]


@pytest.fixture
def salt(capsys: pytest.CaptureFixture[str]) -> Say:
    """Runs ``salt WORDS``: its exit code, stdout and stderr."""

    def run(*words: str) -> tuple[int, str, str]:
        code = call(list(words))
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def document(salt: Say, *words: str) -> Any:
    code, out, err = salt(*words, "--json")
    assert (code, err) == (0, "")
    return json.loads(out)


def test_up_status_down(salt: Say, salt_home: Path) -> None:
    data = str(salt_home / "data" / "redis")
    assert "not running" in salt("status")[1]
    assert document(salt, "status") == {
        "backend": "embedded",
        "running": False,
        "data": data,
        "blobs": f"folder {salt_home / 'data' / 'blobs'}",
        "warnings": [],
    }
    first = document(salt, "up")
    assert first["started"] is True and first["data"] == data
    again = document(salt, "up")
    assert again["started"] is False and again["pid"] == first["pid"]
    assert "runs already" in salt("up")[1]
    status = document(salt, "status")
    assert status["running"] and status["pid"] == first["pid"] and status["url"] == first["url"]
    assert status["queues"] == {} and status["agents"] == [] and status["leader"] is None
    assert "append-only file, fsync always" in salt("status")[1]
    assert document(salt, "down") == {"stopped": True, "data": data}
    assert document(salt, "down") == {"stopped": False, "data": data}
    assert salt("down")[1] == "No embedded backend runs.\n"


def test_a_named_backend(
    salt: Say, redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch, salt_home: Path
) -> None:
    monkeypatch.setenv("SALT_REDIS_URL", redis_server.url)
    up = document(salt, "up")
    assert up["embedded"] is False and up["url"] == redis_server.url
    assert up["engine"] == redis_server.engine.capitalize()
    assert document(salt, "status")["backend"] == "named"
    code, _, err = salt("down")
    assert code == 0 and "does not stop" in err
    assert not (salt_home / "data" / "redis").exists()


@pytest.mark.parametrize("command", ["up", "status"])
def test_a_backend_that_is_not_there(
    salt: Say, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (port,) = free_ports(1)
    monkeypatch.setenv("SALT_REDIS_URL", f"redis://u:hidden@127.0.0.1:{port}")
    code, out, err = salt(command)
    assert (code, out) == (3, "")
    assert err.startswith("salt: Redis at redis://u:***@127.0.0.1") and err.count("\n") == 1


def test_status_warns(
    salt: Say, own_redis: Callable[..., RedisServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SALT_REDIS_URL", own_redis(appendonly="no").url)
    code, out, err = salt("status")
    assert code == 0 and "none: no append-only file" in out
    assert err.startswith("Warning: This Redis keeps no append-only file")


def test_status_hides_keys_of_s3(salt: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SALT_S3_URL", "https://key:hidden@host:9000/bucket/prefix")
    assert document(salt, "status")["blobs"] == "https://host:9000/bucket/prefix"


def levels(salt: Say) -> tuple[int, dict[str, str]]:
    code, out, _ = salt("doctor", "--json")
    return code, {check["check"]: check["level"] for check in json.loads(out)}


def test_doctor_of_a_fresh_machine(salt: Say) -> None:
    code, found = levels(salt)
    assert code == 0
    wanted = "redis version eviction persistence fsync memory clock agents blobs runtime python"
    assert {name: found[name] for name in wanted.split()} == dict.fromkeys(wanted.split(), "ok")
    code, out, _ = salt("doctor")
    assert code == 0
    assert all(line.startswith(("ok  ", "warn")) for line in out.splitlines())


def test_doctor_of_an_unfit_server(
    salt: Say, own_redis: Callable[..., RedisServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = own_redis(maxmemory="2mb", maxmemory_policy="allkeys-lru", appendonly="no")
    monkeypatch.setenv("SALT_REDIS_URL", server.url)
    code, found = levels(salt)
    assert code == 1
    assert (found["eviction"], found["persistence"], found["redis"]) == ("bad", "warn", "ok")


def test_doctor_without_a_server(salt: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    (port,) = free_ports(1)
    monkeypatch.setenv("SALT_REDIS_URL", f"redis://127.0.0.1:{port}")
    code, found = levels(salt)
    assert code == 3
    assert found["redis"] == "bad" and found["blobs"] == "ok"


def test_doctor_without_blobs(salt: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    (port,) = free_ports(1)
    monkeypatch.setenv("SALT_S3_URL", f"http://key:secret@127.0.0.1:{port}/bucket")
    code, found = levels(salt)
    assert code == 3
    assert found["redis"] == "ok" and found["blobs"] == "bad"


def test_doctor_of_a_runtime_folder_that_others_may_write(
    salt: Say, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime = Path(os.environ["XDG_RUNTIME_DIR"]) / "salt"
    runtime.mkdir()
    runtime.chmod(0o777)
    monkeypatch.setenv("SALT_REDIS_URL", redis_url)
    code, found = levels(salt)
    assert found["runtime"] == "bad"
    assert code == 1


def test_doctor_sees_work_that_nobody_takes(
    salt: Say, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import asyncio

    from salt_core.config import load
    from salt_core.model.run import NewRun
    from salt_core.model.task import Policy
    from salt_core.store.redis import open_store

    monkeypatch.setenv("SALT_REDIS_URL", redis_url)

    async def leave_work() -> None:
        store = await open_store(load())
        await store.create_run(NewRun("run", "wf", "v", "{}", Policy(queue="gpu")))
        await store.close()

    asyncio.run(leave_work())
    code, out, _ = salt("doctor")
    assert code == 0
    assert "Tasks wait in gpu, and no agent takes them. Start one: salt agent --queue gpu" in out
