"""The embedded server, as real processes see it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from redis import Redis
from tests.servers.processes import wait_until
from tests.servers.redis import ENGINES, binary

from salt_core.config import Config
from salt_core.embedded import ensure, revive, roles, running, stop
from salt_core.embedded.place import Place
from salt_core.embedded.server import _title
from salt_core.errors import Unreachable

PYTHON_ENSURE = "from salt_core.config import load; from salt_core.embedded import ensure; "


@pytest.fixture(params=ENGINES, autouse=True)
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each test with each engine."""
    monkeypatch.setenv("SALT_EMBEDDED_SERVER", binary(request.param))
    return str(request.param)


def client(url: str) -> Redis:
    made: Redis = Redis.from_url(url, decode_responses=True, socket_timeout=5)
    return made


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def pid_of(config: Config) -> int:
    found = running(config)
    assert found is not None
    return found.pid


def kill(config: Config, number: signal.Signals = signal.SIGKILL) -> None:
    """Kill the server, and wait until the kernel has let go of its locks."""
    os.kill(pid_of(config), number)
    assert Place.of(config).free(wait_s=5)


def test_starts_once_and_is_found_again(config: Config, engine: str) -> None:
    assert running(config) is None
    url = ensure(config)
    found = running(config)
    assert found is not None and found.engine == engine and found.url == url
    assert min(seconds(lambda: ensure(config)) for _ in range(10)) < 0.01
    assert ensure(config) == url
    assert pid_of(config) == found.pid


def test_settings_keep_what_was_acknowledged(config: Config) -> None:
    with client(ensure(config)) as redis:
        told = redis.config_get("*")
    wanted = {
        "appendonly": "yes",
        "appendfsync": "always",
        "aof-use-rdb-preamble": "no",
        "maxmemory-policy": "noeviction",
        "save": "",
        "port": "0",
    }
    assert {key: told[key] for key in wanted} == wanted


def test_is_private(config: Config) -> None:
    ensure(config)
    place = Place.of(config)
    assert stat.S_IMODE(place.data.stat().st_mode) == 0o700
    assert place.socket.parent == place.data
    assert stat.S_IMODE(place.socket.stat().st_mode) == 0o600


def test_stop_keeps_the_data(config: Config) -> None:
    with client(ensure(config)) as redis:
        redis.set("kept", "1")
    assert stop(config) is True
    assert stop(config) is False
    assert running(config) is None
    with client(ensure(config)) as redis:
        assert redis.get("kept") == "1"


def test_kill_loses_nothing_acknowledged(config: Config) -> None:
    """Three rounds: write without pause, ``kill -9`` in the midst, count."""
    acknowledged = 0
    for _ in range(3):
        with client(ensure(config)) as redis:
            pid = pid_of(config)
            assert int(redis.get("n") or 0) >= acknowledged
            acknowledged = int(redis.get("n") or 0)
            until = acknowledged + 300
            while True:
                try:
                    acknowledged = int(redis.incr("n"))
                except Exception:  # noqa: BLE001  the server is dead: as wanted
                    break
                if acknowledged == until:
                    os.kill(pid, signal.SIGKILL)
        assert Place.of(config).free(wait_s=5)
    with client(ensure(config)) as redis:
        assert int(redis.get("n") or 0) >= acknowledged


def test_ten_racing_starters_make_one_server(config: Config) -> None:
    code = PYTHON_ENSURE + "import sys; sys.stdin.read(1); print(ensure(load()))"
    starters = [
        subprocess.Popen(
            [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(10)
    ]
    for starter in starters:
        assert starter.stdin is not None
        starter.stdin.write("g")
        starter.stdin.flush()
    urls = {starter.communicate(timeout=60)[0].strip() for starter in starters}
    assert [starter.returncode for starter in starters] == [0] * 10
    assert len(urls) == 1
    starts = Place.of(config).log.read_text().lower().count("ready to accept connections")
    assert starts == 1


def test_outlives_the_starter_and_its_terminal(config: Config) -> None:
    code = PYTHON_ENSURE + "print(ensure(load()))"
    starter = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30
    )
    assert starter.stdout.strip() == Place.of(config).url
    pid = pid_of(config)
    assert os.getsid(pid) != os.getsid(0)
    if sys.platform == "linux":
        opened = {os.readlink(f"/proc/{pid}/fd/{number}") for number in (0, 1, 2)}
        assert opened == {"/dev/null"}
        assert Path(f"/proc/{pid}/cwd").resolve() == Place.of(config).data.resolve()


def test_stale_socket_and_pid_are_no_obstacle(config: Config) -> None:
    ensure(config)
    kill(config)
    place = Place.of(config)
    assert place.socket.exists() and place.pid_file.exists()
    place.pid_file.write_text(str(os.getpid()))  # the number has gone to someone else
    ensure(config)
    assert pid_of(config) != os.getpid()


def test_a_server_without_its_socket_is_replaced(config: Config) -> None:
    """A cleaner of /tmp removed the socket: no second server may open the data beside the first."""
    with client(ensure(config)) as redis:
        redis.set("kept", "1")
        first = pid_of(config)
        Place.of(config).socket.unlink()
    with client(ensure(config)) as redis:
        assert redis.get("kept") == "1"
    assert pid_of(config) != first
    assert not _title(first)  # ended; whether it was reaped is up to init


def test_stop_ends_a_server_that_is_stopped(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("salt_core.embedded.server.STOP_S", 0.5)
    ensure(config)
    os.kill(pid_of(config), signal.SIGSTOP)
    assert stop(config) is True
    assert revive(config) is False


def test_a_silent_server_is_named(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("salt_core.embedded.server.SILENCE_S", 0.2)
    ensure(config)
    pid = pid_of(config)
    os.kill(pid, signal.SIGSTOP)
    try:
        with pytest.raises(Unreachable, match=f"process {pid}.* does not answer"):
            ensure(config)
    finally:
        os.kill(pid, signal.SIGCONT)


def test_a_torn_tail_is_dropped_and_does_not_come_back(config: Config) -> None:
    with client(ensure(config)) as redis:
        redis.set("whole", "1")
        redis.eval("redis.call('SET','a','1') redis.call('SET','b','1')", 0)
    kill(config)
    folder = Place.of(config).data / "appendonlydir"
    newest = max(folder.glob("*.incr.aof"), key=lambda path: path.stat().st_size)
    with newest.open("r+b") as file:
        file.truncate(newest.stat().st_size - 20)
    for _ in range(3):
        with client(ensure(config)) as redis:
            assert redis.get("whole") == "1"
            assert redis.mget("a", "b") == [None, None]

            def rewritten(redis: Redis = redis) -> bool:
                told = redis.info("persistence")
                return (
                    not told["aof_rewrite_in_progress"] and told["aof_last_rewrite_time_sec"] >= 0
                )

            wait_until(rewritten, 10, "the rewritten file")
        kill(config)


def test_damaged_data_is_one_sentence(config: Config) -> None:
    with client(ensure(config)) as redis:
        for number in range(100):
            redis.set(f"key{number}", "x" * 20)
    kill(config)
    folder = Place.of(config).data / "appendonlydir"
    newest = max(folder.glob("*.incr.aof"), key=lambda path: path.stat().st_size)
    text = bytearray(newest.read_bytes())
    text[200:230] = b"?" * 30
    newest.write_bytes(text)
    with pytest.raises(Unreachable, match=r"does not start on .*: .*(format|AOF)") as caught:
        ensure(config)
    assert "server.log" in caught.value.remedy
    assert "\n" not in str(caught.value)


def test_a_folder_in_the_way(config: Config) -> None:
    config.home.mkdir(parents=True)
    (config.home / "redis").write_text("")
    with pytest.raises(Unreachable, match="data folder .* cannot be used"):
        ensure(config)


@pytest.mark.skipif(os.getuid() != 0, reason="needs root to become someone else")
def test_an_unreadable_folder(config: Config, salt_home: Path) -> None:
    salt_home.chmod(0o755)
    config.home.mkdir(parents=True, mode=0o700)
    code = f"{PYTHON_ENSURE}import os; os.setgid(65534); os.setuid(65534); ensure(load())"
    environment = {**os.environ, "XDG_RUNTIME_DIR": ""}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False
    )
    assert "Unreachable: The data folder" in done.stderr
    assert "Permission denied" in done.stderr


@pytest.fixture
def deep(config: Config, salt_home: Path) -> Config:
    """A data folder whose path is too long for a socket."""
    return config.model_copy(update={"home": salt_home / ("d" * 90)})


def test_a_long_path_has_its_socket_in_the_runtime_folder(deep: Config) -> None:
    with client(ensure(deep)) as redis:
        redis.set("kept", "1")
    assert Place.of(deep).socket.parent == deep.runtime
    assert stat.S_IMODE(deep.runtime.stat().st_mode) == 0o700
    assert stop(deep) is True


def test_another_runtime_folder_finds_the_same_server(deep: Config, salt_home: Path) -> None:
    """A login has XDG_RUNTIME_DIR, and cron has none."""
    elsewhere = deep.model_copy(update={"runtime": salt_home / "other-run"})
    try:
        pid = (ensure(deep), pid_of(deep))[1]
        assert ensure(elsewhere) == ensure(deep)
        assert pid_of(elsewhere) == pid
        # The first login ends, and its runtime folder with it.
        shutil.rmtree(deep.runtime)
        assert ensure(elsewhere) == Place.of(elsewhere).url
        assert pid_of(elsewhere) != pid
    finally:
        assert stop(elsewhere) is True


def test_a_copied_data_folder_is_another_server(config: Config, salt_home: Path) -> None:
    with client(ensure(config)) as redis:
        redis.set("from", "the first")
    other = config.model_copy(update={"home": salt_home / "copy"})
    kill(config)
    shutil.copytree(config.home, other.home, ignore=shutil.ignore_patterns("*.sock"))
    try:
        assert ensure(config) != ensure(other)
        with client(ensure(other)) as redis:
            assert redis.get("from") == "the first"
    finally:
        stop(other)


def test_a_folder_with_blanks_and_signs(config: Config, salt_home: Path) -> None:
    """As in ``~/Library/Application Support`` on macOS."""
    odd = config.model_copy(update={"home": salt_home / 'Application Support 100% "it\'s" #?'})
    try:
        with client(ensure(odd)) as redis:
            assert redis.config_get("dir")["dir"] == str(odd.home / "redis")
        found = running(odd)
        assert found is not None and found.url == Place.of(odd).url
    finally:
        assert stop(odd) is True


def test_a_runtime_folder_that_others_may_write(deep: Config) -> None:
    deep.runtime.mkdir(parents=True)
    deep.runtime.chmod(0o777)
    with pytest.raises(Unreachable, match="Others may write"):
        ensure(deep)


@pytest.mark.skipif(os.getuid() != 0, reason="needs root to give a folder away")
def test_a_server_of_someone_else_is_not_believed(deep: Config) -> None:
    ensure(deep)
    os.chown(deep.runtime, 65534, 65534)
    try:
        assert running(deep) is None
        with pytest.raises(Unreachable, match="belongs to another user"):
            ensure(deep)
    finally:
        os.chown(deep.runtime, os.getuid(), os.getgid())
        stop(deep)


def test_no_path_is_short_enough(deep: Config, salt_home: Path) -> None:
    long = deep.model_copy(update={"runtime": salt_home / ("r" * 80)})
    with pytest.raises(Unreachable, match="too long"):
        ensure(long)


def test_two_homes_are_two_servers(config: Config, salt_home: Path) -> None:
    other = config.model_copy(update={"home": salt_home / "other"})
    try:
        assert ensure(config) != ensure(other)
    finally:
        stop(other)


def test_a_foreign_listener_on_the_socket_is_not_taken_for_it(config: Config) -> None:
    """Something accepts and says nothing, as a stopped server does."""
    place = Place.of(config)
    place.make()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(place.socket))
    # Bound and not listening any more: refused, hence stale.
    ensure(config)
    assert running(config) is not None


@pytest.mark.skipif(os.getuid() != 0, reason="needs root to mount a small disk")
def test_a_full_disk_is_named(config: Config, salt_home: Path) -> None:
    disk = salt_home / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(disk)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("cannot mount here")
    small = config.model_copy(update={"home": disk})
    try:
        with client(ensure(small)) as redis, pytest.raises(Exception, match=r".+"):
            while True:
                redis.set(os.urandom(8).hex(), "x" * 10_000)
        with pytest.raises(Unreachable, match=r"disk of the data folder .* is full"):
            ensure(small)
    finally:
        stop(small)
        subprocess.run(["umount", "-l", str(disk)], check=True)


def test_notes_which_engine_opened_the_data(config: Config, engine: str) -> None:
    ensure(config)
    assert json.loads(Place.of(config).engine_note.read_text())["engine"] == engine


def test_another_engine_opens_the_data(
    config: Config, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with client(ensure(config)) as redis:
        redis.xadd("stream", {"a": "1"}, id="5-0")
        redis.zadd("set", {"m": 1})
    stop(config)
    ensure(config)  # and once more, so that the file was rewritten
    stop(config)
    (other,) = set(ENGINES) - {engine}
    monkeypatch.setenv("SALT_EMBEDDED_SERVER", binary(other))
    with client(ensure(config)) as redis:
        assert redis.xlen("stream") == 1
        assert redis.zscore("set", "m") == 1
    found = running(config)
    assert found is not None and found.engine == other


@pytest.mark.parametrize("engine", ["valkey"], indirect=True)
def test_an_older_engine_that_cannot_read_the_data_says_so(
    config: Config, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with client(ensure(config)) as redis:
        redis.hset("hash", "field", "value")
        redis.execute_command("HEXPIRE", "hash", "100", "FIELDS", "1", "field")
    stop(config)
    monkeypatch.setenv("SALT_EMBEDDED_SERVER", binary("redis"))
    with pytest.raises(Unreachable, match=r"Redis 7.* cannot open .* which Valkey 9.* wrote"):
        ensure(config)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("#!/bin/sh\necho 'Redis server v=6.2.14 sha=0'\n", r"\(Redis 6.2.14\) will not do"),
        ("#!/bin/sh\nexit 1\n", "will not do"),
    ],
)
def test_an_unfit_program(
    text: str, says: str, config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "server"
    program.write_text(text)
    program.chmod(0o755)
    monkeypatch.setenv("SALT_EMBEDDED_SERVER", str(program))
    with pytest.raises(Unreachable, match=says) as caught:
        ensure(config)
    assert "SALT_EMBEDDED_SERVER" in caught.value.remedy


def test_comes_back_for_clients_that_ask_again(config: Config) -> None:
    """The server dies again and again; whoever asks gets it back, and the data with it."""

    def again(work: Callable[[Redis], object]) -> object:
        with client(ensure(config)) as redis:
            return work(redis)

    for number in range(1, 4):
        assert again(lambda redis: redis.incr("n")) == number
        kill(config)


def test_what_died_is_revived_and_what_was_stopped_is_not(config: Config) -> None:
    assert revive(config) is False
    ensure(config)
    kill(config)
    assert revive(config) is True
    assert running(config) is not None
    stop(config)
    assert revive(config) is False
    assert running(config) is None


def test_tells_what_is_connected(config: Config) -> None:
    assert roles(config) == []
    with client(ensure(config)) as redis, client(ensure(config)) as second:
        redis.client_setname("salt-agent")
        second.client_setname("salt-host")
        assert roles(config) == ["agent", "host"]
    stop(config)
    assert roles(config) == []
