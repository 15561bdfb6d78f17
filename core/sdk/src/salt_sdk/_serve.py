"""``serve``: the parent that has imported the user's code and forks a child for each task.

``--single``: one process for one task, where forking after the import is not safe.
"""

from __future__ import annotations

import array
import atexit
import gc
import mmap
import os
import resource
import select
import signal
import socket
import sys
import traceback
import warnings
from collections import deque
from typing import Any, Callable, NoReturn

from salt_sdk import _child, _forksafe, _linux, _supervisor
from salt_sdk._channel import Channel, Closed, frame
from salt_sdk._project import Project, load
from salt_sdk._report import wire_error
from salt_sdk._supervisor import Deadline, End

PROTOCOL = 1
UNREACHED = 125
"""Exit code when the user's code does not import."""

_CHILDREN = 4096
_CELL = 4


def serve(path: str) -> int:
    """Be a parent: connect, import, say hello, fork on demand until the agent hangs up.

    What the agent told this process is taken out of the environment before user code sees it.
    """
    token = os.environ.pop("SALT_TOKEN", None)
    connection = _connect(path)
    _null_stdin()
    # One thread per process and no thread to stop at each fork; many tasks share the machine.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    deadlines = _supervisor.open_deadlines()
    project = _import(Channel(connection), token)
    if project is None:
        return UNREACHED
    reason = _forksafe.why_not([connection.fileno()], os.environ.get("SALT_START", "auto"))
    hello = _hello("parent", token, fork=not reason, reason=reason)
    _Parent(connection, project, deadlines).serve(hello)
    atexit._run_exitfuncs()
    _child.leave(0)  # at once, whatever threads there are: the children end with it


def serve_single(path: str) -> int:
    """Be a supervisor whose child connects, imports and runs one task; end as it does."""
    _null_stdin()
    token = os.environ.pop("SALT_TOKEN", None)
    slot = int(os.environ.pop("SALT_SLOT", "0"))
    file = _supervisor.open_deadlines()
    deadline = Deadline(file, slot) if file is not None else None

    def child() -> NoReturn:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        if file is not None:
            file.close()
        channel = Channel(_connect(path))
        try:
            channel.send(_hello("child", token, start="spawn"))
        except Closed:
            _child.leave(0)
        project = _import(channel, token)
        if project is None:
            _child.leave(UNREACHED)
        _stream_lines()
        _child.serve(channel, lambda: project, _task_came(os.getppid(), deadline))

    try:
        os.setsid()
    except OSError:  # the agent has given it a session already
        pass
    signal.signal(signal.SIGCHLD, _nothing)
    end = _supervisor.supervise(os.getppid(), child, deadline, _supervisor.grace_s())
    if os.WIFSIGNALED(end.status):
        number = os.WTERMSIG(end.status)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if number not in (signal.SIGKILL, signal.SIGSTOP):
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [number])
        os.kill(os.getpid(), number)
    return os.WEXITSTATUS(end.status)


def _nothing(number: int, frame: object) -> None:
    """A signal that is only waited for; without a handler some would never come."""


def _connect(path: str) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.connect(path)
    return connection


def _null_stdin() -> None:
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    if null != 0:
        os.close(null)


def _hello(role: str, token: str | None, **more: Any) -> dict[str, Any]:
    from salt_sdk import __version__

    message = {
        "type": "hello",
        "protocol": PROTOCOL,
        "sdk": f"python/{__version__}",
        "role": role,
        "pid": os.getpid(),
        "threads": _linux.threads(),
        **more,
    }
    if token is not None:
        message["token"] = token
    return message


def _import(channel: Channel, token: str | None) -> Project | None:
    """The user's code; ``None`` when it does not import, which the agent has been told."""
    try:
        return load()
    except BaseException as error:  # noqa: BLE001 - user code may raise anything, or exit
        message = {"type": "failed", "error": wire_error(error)}
        if token is not None:
            message["token"] = token
        try:
            channel.send(message)
        except Closed:
            pass
        _child.flush()
        return None


def _stream_lines() -> None:
    """Each line of output can be seen at once, whatever bytes it holds."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.reconfigure(  # type: ignore[union-attr]
                encoding="utf-8", errors="backslashreplace", line_buffering=True
            )
        except (AttributeError, ValueError):  # replaced by the user's code
            continue


def _task_came(supervisor: int, deadline: Deadline | None) -> Callable[[], None]:
    def tell() -> None:
        if deadline is not None:
            os.kill(supervisor, _supervisor.TASK_CAME)

    return tell


class _Parent:
    """Forks a supervisor with its child for each request, and tells how they ended."""

    def __init__(
        self, connection: socket.socket, project: Project, deadlines: mmap.mmap | None
    ) -> None:
        self._connection = connection
        self._channel = Channel(connection)
        self._project = project
        self._deadlines = deadlines
        self._grace = _supervisor.grace_s()
        self._ids: dict[int, tuple[int, int]] = {}
        # Supervisors write here how their child ended: an exit status has too few bits.
        self._ends = mmap.mmap(-1, _CHILDREN * _CELL)
        self._cells = list(range(_CHILDREN))
        self._buffer = b""
        self._files: deque[int] = deque()

    def serve(self, hello: dict[str, Any]) -> None:
        """Say ``hello``, and fork until the agent hangs up."""
        try:
            self._channel.send(hello)
            self._serve()
        except Closed:
            return

    def _serve(self) -> None:
        _stream_lines()
        _child.flush()
        warnings.filterwarnings("ignore", ".*multi-threaded.*fork", DeprecationWarning)
        self._interrupt = signal.signal(signal.SIGINT, signal.SIG_IGN)
        self._chld = signal.signal(signal.SIGCHLD, _nothing)
        self._wake, wake = os.pipe()
        os.set_blocking(self._wake, False)
        os.set_blocking(wake, False)
        self._woken_by = wake
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        for made in (*self._project.tasks.values(), *self._project.workflows.values()):
            made.signature.prepare()
        _child.REHEARSAL.signature.prepare()
        gc.collect()
        gc.freeze()
        poll = select.poll()
        poll.register(self._connection, select.POLLIN)
        poll.register(self._wake, select.POLLIN)
        while True:
            ready = [number for number, _ in poll.poll()]
            if self._wake in ready:
                self._reap()
            if self._connection.fileno() in ready:
                self._receive()

    def _receive(self) -> None:
        """Do what the agent asks for. Raises ``Closed`` when it has hung up."""
        space = socket.CMSG_SPACE(3 * array.array("i").itemsize)
        flags = getattr(socket, "MSG_CMSG_CLOEXEC", 0)
        try:
            data, extra, _, _ = self._connection.recvmsg(1 << 16, space, flags)
        except OSError as error:
            raise Closed(str(error)) from None
        for level, kind, payload in extra:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                numbers = array.array("i")
                numbers.frombytes(payload[: len(payload) - len(payload) % numbers.itemsize])
                self._files.extend(numbers)
        if not data:
            raise Closed("end of the connection")
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        for line in lines:
            message = frame(line)
            if message["type"] == "fork":
                if len(self._files) < 3:
                    raise Closed("a fork without its three descriptors")
                files = [self._files.popleft() for _ in range(3)]
                self._fork(message["id"], message["slot"], files)

    def _fork(self, id: int, slot: int, files: list[int]) -> None:
        cell = self._cells.pop()
        self._ends[cell * _CELL : (cell + 1) * _CELL] = bytes(_CELL)
        parent = os.getpid()
        # Blocked before the supervisor exists: what it is told at once must wait for it.
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, _supervisor.WATCHED)
        pid = os.fork()
        if pid == 0:
            try:
                self._supervise(parent, slot, files, cell, mask)
            except BaseException:  # noqa: BLE001 - what is left of a process must not go on
                traceback.print_exc()
            finally:
                os._exit(1)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        for number in files:
            os.close(number)
        self._ids[pid] = (id, cell)
        self._channel.send({"type": "forked", "id": id, "pid": pid})

    def _supervise(
        self, parent: int, slot: int, files: list[int], cell: int, mask: set[int]
    ) -> None:
        gc.disable()
        signal.set_wakeup_fd(-1)
        os.setsid()
        self._connection.close()
        os.close(self._wake)
        os.close(self._woken_by)
        deadline = Deadline(self._deadlines, slot) if self._deadlines is not None else None
        supervisor = os.getpid()

        def child() -> NoReturn:
            signal.signal(signal.SIGCHLD, self._chld or signal.SIG_DFL)
            signal.signal(signal.SIGINT, self._interrupt or signal.SIG_DFL)
            os.dup2(files[1], 1)
            os.dup2(files[2], 2)
            os.close(files[1])
            os.close(files[2])
            self._ends.close()
            if self._deadlines is not None:
                self._deadlines.close()
            gc.enable()
            _child.forget_parent()
            channel = Channel(socket.socket(fileno=files[0]))
            _child.serve(channel, lambda: self._project, _task_came(supervisor, deadline))

        end = _supervisor.supervise(parent, child, deadline, self._grace, files, mask)
        self._write_end(cell, end)
        os._exit(0)

    def _write_end(self, cell: int, end: End) -> None:
        code = os.WEXITSTATUS(end.status) if os.WIFEXITED(end.status) else 0
        number = os.WTERMSIG(end.status) if os.WIFSIGNALED(end.status) else 0
        self._ends[cell * _CELL : (cell + 1) * _CELL] = bytes((1, code, number, end.overdue))

    def _reap(self) -> None:
        try:
            os.read(self._wake, 4096)
        except BlockingIOError:
            pass
        while True:
            try:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if pid not in self._ids:  # a process that the user's import started
                continue
            id, cell = self._ids.pop(pid)
            told, code, number, overdue = self._ends[cell * _CELL : (cell + 1) * _CELL]
            self._cells.append(cell)
            if not told:  # the supervisor itself was killed
                code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else 0
                number = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
            self._channel.send(
                {
                    "type": "exited",
                    "id": id,
                    "code": None if number else code,
                    "signal": number or None,
                    "cpu_s": round(usage.ru_utime + usage.ru_stime, 6),
                    "rss_kb": usage.ru_maxrss // (1024 if sys.platform == "darwin" else 1),
                    "deadline": bool(overdue),
                }
            )
