"""The parent: it has imported the user's code, and forks a supervisor and a child on demand."""

from __future__ import annotations

import array
import gc
import mmap
import os
import select
import signal
import socket
import sys
import traceback
import warnings
from collections import deque
from typing import Any, NoReturn

from salt_sdk import _child, _linux, _supervisor
from salt_sdk._channel import Channel, Closed, frame
from salt_sdk._project import Project
from salt_sdk._supervisor import Deadline, End

_CHILDREN = 4096
_CELL = 4


class Parent:
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
        _child.stream_lines()
        _child.flush()
        warnings.filterwarnings("ignore", ".*multi-threaded.*fork", DeprecationWarning)
        self._interrupt = signal.signal(signal.SIGINT, signal.SIG_IGN)
        self._chld = signal.signal(signal.SIGCHLD, _supervisor.nothing)
        self._wake, wake = os.pipe()
        os.set_blocking(self._wake, False)
        os.set_blocking(wake, False)
        self._woken_by = wake
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        for made in (*self._project.tasks.values(), *self._project.workflows.values()):
            made.prepare()
        _child.REHEARSAL.prepare()
        # Whose supervisor is killed comes here. What the import started stays as it is.
        self._from_import = set(_linux.children(os.getpid()))
        _linux.adopt_orphans()
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
            _child.serve(
                channel, lambda: self._project, _supervisor.task_came(supervisor, deadline)
            )

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
        strays = False
        while True:
            try:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                break
            if pid == 0:
                break
            if pid not in self._ids:
                strays = strays or pid not in self._from_import
                continue
            id, cell = self._ids.pop(pid)
            told, code, number, overdue = self._ends[cell * _CELL : (cell + 1) * _CELL]
            self._cells.append(cell)
            if not told:  # the supervisor itself was killed
                strays = True
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
        if strays:
            self._kill_strays()

    def _kill_strays(self) -> None:
        """Kill what a killed supervisor left; the end of each brings us here again, for its own."""
        for pid in _linux.children(os.getpid()):
            if pid not in self._ids and pid not in self._from_import:
                _linux.kill([pid, *_linux.descendants(pid)])
