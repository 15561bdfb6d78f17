"""The process that runs one task or one workflow function, and ends (WIRE.md section 4)."""

from __future__ import annotations

import atexit
import json
import os
import sys
import threading
import time
import weakref
from typing import Any, Callable, NoReturn

from salt_sdk import _data, _heartbeat, _running
from salt_sdk._channel import Channel, Closed, frame
from salt_sdk._declare import Task
from salt_sdk._decode import loads
from salt_sdk._durable import Durable
from salt_sdk._encode import write
from salt_sdk._errors import BadInput
from salt_sdk._execute import execute, run_task
from salt_sdk._fetch import Fetcher
from salt_sdk._local import finished
from salt_sdk._policy import Policy
from salt_sdk._project import Project
from salt_sdk._report import wire_error
from salt_sdk._source import begins_at


def forget_parent() -> None:
    """What a fork must not inherit: clean-up of the parent's things, numpy's random numbers.

    A ``TemporaryDirectory`` made while the user's module was imported would otherwise be removed
    by the first child that ends.
    """
    atexit._clear()
    finalize: Any = weakref.finalize
    for info in getattr(finalize, "_registry", {}).values():
        info.atexit = False
    finalize._registered_with_atexit = False
    numpy_random = sys.modules.get("numpy.random")
    if numpy_random is not None:
        numpy_random.seed()


def _rehearsed(number: int) -> int:
    return number


REHEARSAL: Task[..., int] = Task(_rehearsed, "rehearsal", Policy(), None)


def rehearse() -> None:
    """Touch, ahead of need, the memory that a task will touch.

    A forked process copies each page at its first use: measured, half of the time from a task's
    message to its result (0.78 ms, and 0.39 ms after this).
    """
    read = frame(b'{"type":"rehearsal","input":"{\\"args\\":[1],\\"kwargs\\":{}}"}')
    write({"type": "rehearsal", "value": run_task(REHEARSAL, read["input"], {})})
    _settle_in(None, {})
    flush()


def serve(
    channel: Channel, project: Callable[[], Project], task_came: Callable[[], None]
) -> NoReturn:
    """Wait for the message that says what to run, run it, and end the process."""
    rehearse()
    try:
        message = channel.read()
    except Closed:
        leave(0)
    task_came()
    _settle_in(message.get("cwd"), message.get("env") or {})
    code = 0
    policy: list[Policy] = []
    try:
        run = _run_workflow if message["type"] == "workflow" else _run_task
        answer = {"type": "result", **run(channel, project(), message, policy)}
        _join_threads()
        flush()
    except SystemExit as error:
        _exit_as_python_does(error)
    except BaseException as error:  # noqa: BLE001 - user code may raise anything
        flush()
        code = 1
        answer = {"type": "error", "error": wire_error(error, *policy)}
    try:
        channel.send(answer)
    except Closed:
        code = 1
    atexit._run_exitfuncs()
    leave(code)


def _settle_in(cwd: str | None, env: dict[str, str]) -> None:
    os.environ.update(env)
    if cwd:
        os.environ["HOME"] = os.environ["TMPDIR"] = cwd
        os.chdir(cwd)
        tempfile: Any = sys.modules.get("tempfile")
        if tempfile is not None:
            tempfile.tempdir = None
    if "TZ" in env:
        time.tzset()


def _run_task(
    channel: Channel, project: Project, message: dict[str, Any], policy: list[Policy]
) -> dict[str, Any]:
    if message["type"] != "task":
        raise BadInput(f"this SDK does not know how to run a {message['type']!r}")
    task = project.task(message["name"])
    policy.append(_policy(task, message["input"]))
    _data.serve_from(message.get("files"), Fetcher(channel).fetch)
    _heartbeat.serve_with(lambda: _beat(channel))
    _running.own_process(
        _running.Context(
            message["run"], message["task"], task.name, message["attempt"], message["key"]
        ),
        None,
    )
    results = {int(seq): text for seq, text in (message.get("results") or {}).items()}
    done = execute(task, message["input"], results, message.get("history") or ())
    answer: dict[str, Any] = {"value": done.text}
    if done.data:
        answer["data"] = done.data
    if done.checks:
        answer["checks"] = done.checks
    return answer


def _policy(task: Task[..., Any], text: str) -> Policy:
    """With what ``options`` said of this call."""
    if '"rules":' not in text:
        return task.policy
    try:
        given = json.loads(text)
    except ValueError:  # who reads the input says so
        return task.policy
    rules = given.get("rules") if isinstance(given, dict) else None
    return task.ruled(rules).policy if isinstance(rules, dict) else task.policy


def _beat(channel: Channel) -> None:
    try:
        channel.send({"type": "heartbeat"})
    except Closed:  # who wants the task to end tells its supervisor
        return


@begins_at
def _run_workflow(
    channel: Channel, project: Project, message: dict[str, Any], policy: list[Policy]
) -> dict[str, Any]:
    workflow = project.workflow(message["name"])
    policy.append(workflow.policy)
    entries = list(message.get("journal") or [])
    more = message.get("more", False)
    while more:
        try:
            page = channel.read()
        except Closed:
            leave(0)
        entries += page["entries"]
        more = page.get("more", False)
    engine = Durable(channel, message["run"], entries, message["now"], leave)
    _data.serve_from(message.get("files"), engine.fetch)
    bound = workflow.signature.named(loads(message["params"]))
    key = f"{message['run']}/0"
    _running.own_process(
        _running.Context(message["run"], "0", workflow.name, message["attempt"], key), engine
    )
    data: list[str] = []
    value = workflow.fn(*bound.args, **bound.kwargs)
    text = finished(engine, workflow.name, value, data)
    engine.check_end()
    return {"value": text, "data": data} if data else {"value": text}


def _join_threads() -> None:
    """As at the end of any Python process: what non-daemon threads still do belongs to the task."""
    if threading.active_count() > 1:
        threading._shutdown()  # type: ignore[attr-defined]


def _exit_as_python_does(error: SystemExit) -> NoReturn:
    code = error.code
    if code is not None and not isinstance(code, int):
        print(code, file=sys.stderr)
        code = 1
    atexit._run_exitfuncs()
    leave((code or 0) & 0xFF)


def stream_lines() -> None:
    """Each line of output can be seen at once, whatever bytes it holds."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.reconfigure(  # type: ignore[union-attr]
                encoding="utf-8", errors="backslashreplace", line_buffering=True
            )
        except (AttributeError, ValueError):  # replaced by the user's code
            continue


def flush() -> None:
    """Out with what was printed; a broken pipe is no reason to fail."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (AttributeError, OSError, ValueError):
            continue


def leave(code: int) -> NoReturn:
    """End at once: no ``finally``, no destructor of what the parent made."""
    flush()
    os._exit(code)
