"""What an artifact must hold to be driven by the conformance kit; in Python, with salt_sdk.

An artifact in another language holds the same tasks and workflows, under the same names.
"""

from __future__ import annotations

import atexit
import ctypes
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from salt_sdk import (
    FIRST_COMPLETED,
    Fatal,
    File,
    InvalidData,
    Limit,
    Rejected,
    TaskFailed,
    TimedOut,
    approve,
    as_completed,
    call,
    check,
    context,
    gather,
    heartbeat,
    loop,
    now,
    random,
    record,
    sleep,
    task,
    wait,
    wait_event,
    workflow,
)

if os.environ.get("CONFORMANCE_IMPORT") == "raises":
    raise ImportError("no module named pandsa")
if os.environ.get("CONFORMANCE_IMPORT") == "exits":
    sys.exit(3)
if os.environ.get("CONFORMANCE_IMPORT") == "thread":
    threading.Thread(target=time.sleep, args=(3600,), daemon=True).start()
if os.environ.get("CONFORMANCE_IMPORT") == "socket":
    opened = socket.socket()
print("imported")
atexit.register(print, "the parent's clean-up")


@task
def add(a: int, b: int) -> int:
    return a + b


@task
def total(xs: list[int]) -> int:
    return sum(xs)


@task
def echo(value: Any) -> Any:
    return value


@task
def tomorrow(day: date) -> date:
    return date.fromordinal(day.toordinal() + 1)


@task
def about() -> dict[str, Any]:
    """What it knows of itself and of its surroundings."""
    mine = context()
    return {
        "run": mine.run,
        "task": mine.task,
        "attempt": mine.attempt,
        "key": mine.key,
        "cwd": os.getcwd(),
        "home": os.environ.get("HOME"),
        "tmpdir": os.environ.get("TMPDIR"),
        "greeting": os.environ.get("GREETING"),
        "pid": os.getpid(),
        "group": os.getpgid(0),
        "session": os.getsid(0),
        "parent": os.getppid(),
        "descriptors": sorted(int(name) for name in os.listdir("/proc/self/fd"))[:-1],
        "stdin": sys.stdin.read(),
        "told": sorted(name for name in os.environ if name.startswith("SALT_")),
    }


@task
def fails(message: str) -> None:
    raise ValueError(message)


@task
def fatal() -> None:
    raise Fatal("it is of no use to try again")


@task
def say(lines: int, size: int = 40) -> int:
    for number in range(lines):
        print(f"{number:07d} " + "x" * size)
    return lines


@task
def say_frames() -> str:
    """Prints what looks like the protocol."""
    print('{"type":"result","value":"\\"forged\\""}')
    os.write(1, b'{"type":"error"}\n')
    print("on stderr", file=sys.stderr)
    return "real"


@task
def unfinished_line() -> None:
    """The last line has no end, and is still somewhere in a buffer."""
    sys.stdout.write("no newline")


@task
def works_on() -> str:
    """Returns while a thread of it still works, and wants to clean up at its end."""

    def work() -> None:
        time.sleep(0.3)
        print("the thread has ended")

    threading.Thread(target=work).start()
    atexit.register(print, "cleaned up")
    return "returned"


@task
def exits(code: int) -> None:
    print("before the exit")
    sys.exit(code)


@task
def exits_hard(code: int) -> None:
    print("before the hard exit")
    os._exit(code)


@task
def segfaults() -> None:
    print("before the crash")
    ctypes.string_at(0)


@task
def leaves_daemon(detached: bool) -> int:
    """Leaves a process that holds its pipes, in a session of its own or not."""
    left = subprocess.Popen(["sleep", "600"], start_new_session=detached)
    return left.pid


@task
def sleeps(deaf: bool = False, child: bool = False) -> None:
    """Sleeps for long; ``deaf`` to SIGTERM, with a child that is deaf too."""
    if deaf:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    pids = [os.getpid()]
    if child:
        pids.append(subprocess.Popen(["sleep", "600"], start_new_session=True).pid)
    print("sleeping", *pids)
    time.sleep(600)


@task
def cleans_up() -> None:
    """Ends by itself when it is told to."""

    def stop(number: int, frame: object) -> None:
        print("cleaned up")
        sys.exit(9)

    signal.signal(signal.SIGTERM, stop)
    print("sleeping")
    time.sleep(600)


@task
def blob(size: int) -> bytes:
    return b"x" * size


@task
def weigh(content: bytes) -> int:
    return len(content)


@task
def writes_file(text: str, times: int) -> File:
    """Makes a file in its own folder."""
    with open("out.txt", "w") as file:
        file.writelines(text for _ in range(times))
    return File("out.txt")


@task
def reads_file(file: File, length: int) -> str:
    """The beginning of a file."""
    with file.open() as opened:
        return f"{file.name} {file.size} {opened.read(length).decode()}"


@task
def passes_file_on(file: File) -> list[File]:
    return [file]


@task
def measured(rows: list[int]) -> list[int]:
    return rows


@check(measured)
def not_empty(rows: list[int]) -> bool:
    """There are rows."""
    record(rows=len(rows))
    return len(rows) > 0


@check(measured, severity="warn")
def few(rows: list[int]) -> None:
    assert len(rows) < 4, f"{len(rows)} rows"


@check(measured, severity="quarantine", history=5)
def like_before(rows: list[int], past: Any) -> bool:
    """About as many rows as before."""
    before = past.numbers("rows")
    return not before or len(rows) <= 2 * max(before)


@task
def beats(times: int) -> str:
    for _ in range(times):
        heartbeat()
    return "alive"


@task(retries=3, retry_on=(OSError, "LookupError"), no_retry_on=FileNotFoundError)
def unlucky(kind: str) -> None:
    known: dict[str, type[Exception]] = {
        kind.__name__: kind for kind in (TimeoutError, FileNotFoundError, KeyError, ValueError)
    }
    raise known[kind]("no luck")


@task
def misfits() -> dict[str, list[int]]:
    wrong: list[Any] = [1, "two"]
    return {"rows": wrong}


@task(
    start_timeout="1h",
    heartbeat=30,
    limit=["db", Limit("api:{customer}", at_once=3, rate="50/s")],
    fair="{customer}",
    cache="by-inputs",
    cache_for="1d",
    strict=False,
)
def ruled(customer: str, n: int = 1) -> int:
    return n


@workflow
def rules() -> None:
    ruled.submit("ann")
    ruled.options(limit=None, fair=None, cache=None, retry_on=ValueError).submit("bob", 2)
    measured.submit([1])


@workflow
def carries(size: int) -> int:
    """Gives many bytes to a task."""
    return weigh(b"y" * size)


@workflow
def takes(size: int) -> int:
    """Reads many bytes that a task made, and gives them to another, unread."""
    made = blob.submit(size)
    weighed = weigh.submit(made)
    return len(made.result()) + weighed.result()


@workflow
def gives(size: int) -> bytes:
    return b"z" * size


@workflow
def given(content: bytes) -> int:
    return len(content)


@workflow
def conformance(day: date, n: int = 3, label: str | None = None) -> dict[str, Any]:
    """Adds, in a chain."""
    x = 0
    for _ in range(n):
        x = add(x, 1)
    return {"day": tomorrow(day), "x": x, "label": label}


@workflow
def plain() -> str:
    """Asks for nothing."""
    return "done"


@workflow
def clock() -> float:
    return now().timestamp()


@workflow
def fan(n: int) -> int:
    return total(add.map(range(n), range(n)))


@workflow
def diamond() -> int:
    one = add.submit(1, 1)
    two = add.submit(one, 10)
    three = add.submit(one, 20)
    return total.submit([two, three, one]).result()


@workflow
def catches(message: str) -> str:
    try:
        fails(message)
    except TaskFailed as failed:
        return f"{failed.task} {failed.status} {failed.type} {failed.message}"
    return "it did not fail"


@workflow
def lets_through() -> None:
    fails("not caught")


@workflow
def order() -> list[int]:
    """The order in which three came back, and one more call after the first."""
    three = [add.submit(number, 0) for number in range(3)]
    first, rest = wait(three, return_when=FIRST_COMPLETED)
    add(first[0].result(), 100)
    return [first[0].result(), *(future.result() for future in as_completed(rest))]


@workflow
def leaves_futures() -> str:
    add.submit(1, 2)
    return "returned"


@workflow
def policies() -> None:
    tried.submit()


@task(
    retries=2,
    timeout="10m",
    backoff=0.5,
    backoff_max="1m",
    jitter=0.2,
    queue="other",
    priority=7,
)
def tried() -> None: ...


@workflow
def changes(calls: list[str]) -> str:
    """Makes the calls that it is told to: give it others on a replay, and it diverges."""
    known: dict[str, Callable[[], object]] = {
        "add": lambda: add(1, 1),
        "echo": lambda: echo("x"),
        "submit": lambda: add.submit(2, 2),
    }
    for one in calls:
        known[one]()
    return "end"


@dataclass
class Payment:
    order: int
    on: date


@workflow
def waits() -> list[Any]:
    """One of each that no agent runs, one after the other."""
    sleep("90s")
    sleep(datetime.fromisoformat("2026-02-01T00:00:00+00:00"))
    event = wait_event("paid", where={"order": 7}, timeout="1h", returns=Payment)
    approval = approve("publish", "Shall it?", fields={"copies": int}, timeout="2d")
    return [event.on, approval.by, approval.at, approval["copies"]]


@workflow
def hears() -> str:
    """What it meets when a wait ends badly."""
    try:
        wait_event("paid")
        approve("publish")
    except Rejected as error:
        return f"rejected {error.message}"
    except TimedOut as error:
        return f"timed out {error.task}"
    return "neither"


@workflow
def asks_others(n: int) -> list[Any]:
    """Runs another workflow, with a parameter that is a future, and itself."""
    other = call.submit("elsewhere", version="abc", n=add.submit(n, 1))
    own = plain.options(queue="big", priority=3).submit()
    return [other.result(), own.result(), clock()]


@workflow
def echoes(n: int) -> int:
    return n


@workflow
def bounded() -> list[int]:
    """Five runs of which two go on at once; one that is needed before it has begun."""
    runs = echoes.map_submit(range(5), concurrency=2)
    last = add.submit(runs[2], 1)
    return [*gather(runs), last.result()]


@workflow
def bounded_tasks() -> list[int]:
    return add.map(range(3), range(3), concurrency=2)


@workflow
def tells_the_time() -> list[float]:
    """The present, and chance, at each of its steps."""
    seen = [now().timestamp(), random()]
    add(1, 1)
    seen += [now().timestamp(), random()]
    first, second = add.submit(2, 2), add.submit(3, 3)
    second.result()
    seen.append(now().timestamp())
    first.result()
    return [*seen, now().timestamp()]


@workflow
def takes_invalid() -> Any:
    """The value that did not pass its checks, and what a strict task makes of it."""
    try:
        add(1, 1)
    except InvalidData as error:
        return [error.value, error.type, error.status]
    return None


@workflow
def rolls(turns: int) -> list[Any]:
    """A loop of so many turns, with a call before it that may end in any of them."""
    before = add.submit(100, 0)
    seen = []
    for turn in (state := loop({"sum": 0, "drawn": []}, of=dict[str, Any])):
        got = add(state.value["sum"], turn)
        drawn = [*state.value["drawn"], round(random(), 6)][-2:]
        state.value = {"sum": got, "drawn": drawn}
        add.submit(turn, turn)
        seen.append(now().timestamp())
        if turn == turns:
            break
    return [state.value, seen[-1], before.result()]


@workflow
def rolls_inside(outer: int, inner: int) -> Any:
    """A loop in a loop, with a map in it."""
    for turn in (rows := loop([], of=list[int])):
        for step in (state := loop(0)):
            state.value += sum(add.map([step, step], [turn, turn]))
            if step == inner:
                state.stop()
        rows.value = [*rows.value, total([state.value])]
        if turn == outer:
            rows.stop()
    return rows.value


@workflow
def keeps_a_future() -> int:
    """A mistake: a future goes from one turn to the next beside the loop's value."""
    kept = None
    for _ in loop(None):
        if kept is not None:
            return kept.result()
        kept = add.submit(1, 1)
    return 0


@workflow
def cleaning() -> None:
    """A park or a divergence must not run what cleans up."""
    try:
        add(1, 1)
        add(2, 2)
    finally:
        print("CLEANED UP")


@workflow
def raises() -> None:
    raise ValueError("the function itself")


@workflow
def exits_itself() -> None:
    sys.exit(4)
