"""An agent for tests: speaks WIRE.md with any artifact, and checks each frame by its schema."""

from __future__ import annotations

import array
import json
import mmap
import os
import select
import shlex
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any, Self

from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

HERE = Path(__file__).parent
SDK = HERE.parents[1] / "core" / "sdk"
TIMEOUT_S = 20.0

SCHEMA: dict[str, Any] = json.loads((SDK / "src" / "salt_sdk" / "wire.schema.json").read_text())


@cache
def _validator(name: str) -> Draft202012Validator:
    return Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": SCHEMA["$defs"]})


def check(message: Any, name: str) -> None:
    """Assert that ``message`` fits the definition ``name`` of the schema."""
    kind = message.get("type", name) if name.startswith("from") else name
    errors = [f"{e.json_path}: {e.message}" for e in _validator(kind).iter_errors(message)]
    assert not errors, f"{message} does not fit {kind}: {errors}"


def artifact_command() -> list[str]:
    """The artifact under test: ``SALT_TEST_ARTIFACT``, or the Python SDK with ``artifact/``."""
    given = os.environ.get("SALT_TEST_ARTIFACT")
    if given:
        return shlex.split(given)
    python = os.environ.get("SALT_TEST_PYTHON", sys.executable)
    boot = f"import sys; sys.path[:0] = {[str(HERE / 'artifact'), str(SDK / 'src')]!r}; "
    return [python, "-I", "-S", "-c", boot + "from salt_sdk._main import main; sys.exit(main())"]


def is_python() -> bool:
    """Whether the artifact under test is this repository's."""
    return not os.environ.get("SALT_TEST_ARTIFACT")


def clean_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    return {**kept, **(extra or {})}


def alive(pid: int) -> bool:
    """Whether a process exists and is no zombie."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def until(condition: Callable[[], Any], what: str, within_s: float = TIMEOUT_S) -> Any:
    """Wait for a condition; its value."""
    end = time.monotonic() + within_s
    while not (found := condition()):
        assert time.monotonic() < end, f"{what}: not within {within_s} s"
        time.sleep(0.005)
    return found


Transcript = list[dict[str, Any]]
"""Frames in the order in which the agent said or read them: ``on`` which connection, ``from`` whom."""


class Peer:
    """One connection, from the agent's side."""

    def __init__(self, connection: socket.socket, name: str, transcript: Transcript) -> None:
        self.socket = connection
        self.name = name
        self._transcript = transcript
        self._buffer = b""

    def send(self, message: dict[str, Any], files: Sequence[int] = ()) -> None:
        check(message, "fromAgent")
        self._transcript.append({"on": self.name, "from": "agent", "message": message})
        data = json.dumps(message).encode() + b"\n"
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", files))] if files else []
        sent = self.socket.sendmsg([data], rights)
        if sent < len(data):
            self.socket.sendall(data[sent:])

    def read(self, kind: str | None = None, within_s: float = TIMEOUT_S) -> dict[str, Any]:
        """The next message; ``{"type": "closed"}`` at the end of the connection."""
        self.socket.settimeout(within_s)
        while b"\n" not in self._buffer:
            try:
                data = self.socket.recv(1 << 20)
            except ConnectionResetError:
                data = b""
            if not data:
                message: dict[str, Any] = {"type": "closed"}
                assert kind in (None, "closed"), f"closed instead of {kind}"
                return message
            self._buffer += data
        line, _, self._buffer = self._buffer.partition(b"\n")
        message = json.loads(line.decode())
        check(message, "fromArtifact")
        self._transcript.append({"on": self.name, "from": "artifact", "message": message})
        assert kind in (None, message["type"]), f"{message} instead of {kind}"
        return message

    def quiet(self, for_s: float = 0.1) -> bool:
        """Whether nothing comes."""
        return not self._buffer and not select.select([self.socket], [], [], for_s)[0]


class Child(Peer):
    """One child: its channel, its output and its end."""

    def __init__(self, agent: Agent, id: int, slot: int, channel: socket.socket) -> None:
        super().__init__(channel, f"child {id}", agent.transcript)
        self.agent = agent
        self.id = id
        self.slot = slot
        self.supervisor = 0
        self._pipes: dict[int, bytearray] = {}
        self.stdout = self.stderr = -1

    def pipes(self) -> tuple[int, int]:
        """Make stdout and stderr; the ends that the child gets."""
        self.stdout, out = os.pipe()
        self.stderr, err = os.pipe()
        self._pipes = {self.stdout: bytearray(), self.stderr: bytearray()}
        for number in self._pipes:
            os.set_blocking(number, False)
        return out, err

    def task(self, name: str, *args: Any, **more: Any) -> None:
        folders = {"cwd": self.agent.folder(), "files": self.agent.folder()}
        self.send(task_message(name, args, **{**folders, **more}))

    def workflow(self, name: str, *, journal: Sequence[Any] = (), **more: Any) -> None:
        params = more.pop("params", {})
        self.send(
            {
                "type": "workflow",
                "run": "r1",
                "attempt": 1,
                "name": name,
                "params": json.dumps(params),
                "now": 1767225600123,
                "journal": list(journal),
                "more": False,
                "cwd": self.agent.folder(),
                "files": self.agent.folder(),
                "env": {},
                **more,
            }
        )

    def result(self) -> Any:
        return json.loads(self.read("result")["value"])

    def error(self) -> dict[str, Any]:
        error: dict[str, Any] = self.read("error")["error"]
        return error

    def calls(self, count: int) -> list[dict[str, Any]]:
        """The next ``count`` calls, in as many messages as they come."""
        found: list[dict[str, Any]] = []
        while len(found) < count:
            found += self.read("call")["calls"]
        assert len(found) == count
        return found

    def journal(self, *entries: dict[str, Any], more: bool = False) -> None:
        self.send({"type": "journal", "entries": list(entries), "more": more})

    def exited(self) -> dict[str, Any]:
        """How it ended."""
        return self.agent.exited(self)

    def drain(self) -> None:
        """Take what is in its pipes now."""
        for number, data in self._pipes.items():
            try:
                while part := os.read(number, 1 << 20):
                    data += part
            except BlockingIOError:
                continue

    def output(self, stream: str = "stdout") -> str:
        """What it has printed until now."""
        self.drain()
        return self._pipes[getattr(self, stream)].decode()

    def printed(self, text: str) -> str:
        """Wait until it has printed ``text``; all that it has printed."""
        until(lambda: text in self.output(), f"{text!r} on stdout")
        return self.output()

    def close(self) -> None:
        self.socket.close()
        for number in self._pipes:
            os.close(number)
        self._pipes = {}


class Agent:
    """Starts an artifact's parent, or single processes, and gives them work."""

    def __init__(self, command: Sequence[str], **env: str) -> None:
        self.command = list(command)
        self.home = Path(tempfile.mkdtemp(prefix="salt-contract-", dir="/tmp"))
        self._stack = ExitStack()
        self._stack.callback(shutil.rmtree, self.home, ignore_errors=True)
        self._listener = self._stack.enter_context(socket.socket(socket.AF_UNIX))
        self._listener.bind(str(self.home / "s"))
        self._listener.listen(16)
        self._listener.settimeout(TIMEOUT_S)
        deadlines = self.home / "deadlines"
        deadlines.write_bytes(bytes(64 * 8))
        with deadlines.open("r+b") as file:
            self._deadlines = mmap.mmap(file.fileno(), 0)
        self._stack.callback(self._deadlines.close)
        self.env = clean_environment(
            {
                "SALT_TOKEN": "t0ken",
                "SALT_DEADLINES": str(deadlines),
                "SALT_GRACE": "0.5",
                **env,
            }
        )
        self.transcript: Transcript = []
        self.parent: Peer | None = None
        self.process: subprocess.Popen[bytes] | None = None
        self._singles: dict[int, subprocess.Popen[bytes]] = {}
        self._children: dict[int, Child] = {}
        self._exits: dict[int, dict[str, Any]] = {}
        self._ids = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for child in self._children.values():
            child.close()
        if self.parent is not None:
            self.parent.socket.close()
        for process in [*self._singles.values(), *([self.process] if self.process else [])]:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._stack.close()

    def folder(self) -> str:
        """A fresh folder for a task."""
        return tempfile.mkdtemp(dir=self.home)

    def start(self) -> dict[str, Any]:
        """Start a parent; the first message that it says."""
        self.process = self._spawn("serve", "--socket", str(self.home / "s"))
        self.parent = self._accept()
        return self.parent.read()

    def single(self, slot: int = 0) -> tuple[Child, dict[str, Any]]:
        """Start a single-use process; it, and the first message that it says."""
        self._ids += 1
        child = Child(self, self._ids, slot, socket.socket())
        child.socket.close()
        out, err = child.pipes()
        process = self._spawn(
            "serve", "--socket", str(self.home / "s"), "--single", slot=slot, out=out, err=err
        )
        os.close(out)
        os.close(err)
        self._singles[child.id] = process
        self._children[child.id] = child
        child.socket = self._accept().socket
        child.supervisor = process.pid
        return child, child.read()

    def fork(self, slot: int = 0) -> Child:
        """Ask the parent for a child."""
        assert self.parent is not None
        self._ids += 1
        ours, theirs = socket.socketpair()
        child = Child(self, self._ids, slot, ours)
        self._children[child.id] = child
        out, err = child.pipes()
        with theirs:
            message = {"type": "fork", "id": child.id, "slot": slot}
            self.parent.send(message, [theirs.fileno(), out, err])
        os.close(out)
        os.close(err)
        while child.supervisor == 0:
            self._hear()
        return child

    def run(self, name: str, *args: Any, **more: Any) -> Child:
        """Fork a child and give it a task."""
        child = self.fork()
        child.task(name, *args, **more)
        return child

    def exited(self, child: Child) -> dict[str, Any]:
        """How a child ended; its pipes are kept empty meanwhile."""
        if child.id in self._singles:
            process = self._singles[child.id]

            def gone() -> bool:
                child.drain()
                return process.poll() is not None

            until(gone, "the end of a single process")
            code = process.returncode
            return {"code": code if code >= 0 else None, "signal": -code if code < 0 else None}
        assert self.parent is not None
        end = time.monotonic() + TIMEOUT_S
        while child.id not in self._exits:
            assert time.monotonic() < end, "the child does not end"
            if self.parent.quiet(0.02):
                child.drain()
            else:
                self._hear()
        return self._exits[child.id]

    def set_deadline(self, slot: int, in_s: float | None) -> None:
        """Put a deadline ``in_s`` seconds from now into ``slot``; ``None``: take it away."""
        when = 0.0 if in_s is None else time.clock_gettime(time.CLOCK_BOOTTIME) + in_s
        struct.pack_into("d", self._deadlines, slot * 8, when)

    def _hear(self) -> None:
        assert self.parent is not None
        message = self.parent.read()
        if message["type"] == "forked":
            self._children[message["id"]].supervisor = message["pid"]
        elif message["type"] == "exited":
            self._exits[message["id"]] = message
        else:
            raise AssertionError(message)

    def _spawn(
        self, *arguments: str, slot: int | None = None, out: int = 2, err: int = 2
    ) -> subprocess.Popen[bytes]:
        env = self.env if slot is None else {**self.env, "SALT_SLOT": str(slot)}
        return subprocess.Popen(
            [*self.command, *arguments],
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            start_new_session=True,
        )

    def _accept(self) -> Peer:
        connection, _ = self._listener.accept()
        return Peer(connection, "parent", self.transcript)


def task_message(name: str, args: Sequence[Any], **more: Any) -> dict[str, Any]:
    given = {"args": list(args), "kwargs": more.pop("kwargs", {})}
    return {
        "type": "task",
        "run": "r1",
        "task": "1",
        "attempt": 1,
        "name": name,
        "input": json.dumps(given),
        "results": {},
        "key": "r1/1",
        "env": {},
        **more,
    }


VOLATILE = {
    *("pid", "sdk", "threads", "cpu_s", "rss_kb", "traceback", "cwd", "files"),
    *("file", "line", "at", "expected_at"),
}
"""Fields that differ from run to run, from machine to machine, or between languages."""


JSON_TEXT = {"input", "value", "params"}


def stable(value: Any, key: str = "") -> Any:
    """A message without its volatile fields, and with its JSON texts read."""
    if isinstance(value, dict):
        return {key: stable(part, key) for key, part in value.items() if key not in VOLATILE}
    if key in JSON_TEXT and isinstance(value, str):
        return json.loads(value)
    return [stable(part) for part in value] if isinstance(value, list) else value


def kill(pid: int, number: int = signal.SIGKILL) -> None:
    os.kill(pid, number)
