"""``serve``: the parent that has imported the user's code and forks a child for each task.

``--single``: one process for one task, where forking after the import is not safe.
"""

from __future__ import annotations

import atexit
import os
import resource
import signal
import socket
from typing import Any, NoReturn

from salt_sdk import _child, _forksafe, _linux, _supervisor
from salt_sdk._channel import Channel, Closed
from salt_sdk._parent import Parent
from salt_sdk._project import Project, load
from salt_sdk._report import wire_error
from salt_sdk._supervisor import Deadline

PROTOCOL = 1
UNREACHED = 125
"""Exit code when the user's code does not import."""


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
    Parent(connection, project, deadlines).serve(hello)
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
        _child.stream_lines()
        _child.serve(channel, lambda: project, _supervisor.task_came(os.getppid(), deadline))

    try:
        os.setsid()
    except OSError:  # the agent has given it a session already
        pass
    signal.signal(signal.SIGCHLD, _supervisor.nothing)
    end = _supervisor.supervise(os.getppid(), child, deadline, _supervisor.grace_s())
    if os.WIFSIGNALED(end.status):
        number = os.WTERMSIG(end.status)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if number not in (signal.SIGKILL, signal.SIGSTOP):
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [number])
        os.kill(os.getpid(), number)
    return os.WEXITSTATUS(end.status)


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
