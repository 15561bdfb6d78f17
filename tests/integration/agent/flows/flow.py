"""The workflow that the agent's tests run; ``kind`` says what to do."""

import ctypes
import os
import subprocess
import sys
import time
from typing import Any

from salt_sdk import task, workflow

if os.environ.get("FLOW_DOES_NOT_IMPORT"):
    raise ImportError("there is no module named pandsa")


def note(path: str, text: str) -> None:
    """Leave a line that a test can wait for."""
    with open(path, "a") as file:
        file.write(text + "\n")


@task
def add(a: int, b: int) -> int:
    print(f"adding {a} and {b}")
    return a + b


@task
def quiet(a: int) -> int:
    return a + 1


@task(retries=2, backoff="100ms")
def flaky(path: str) -> int:
    note(path, os.environ["SALT_ATTEMPT"])
    with open(path) as file:
        tries = len(file.readlines())
    if tries < 3:
        raise RuntimeError(f"try {tries} fails")
    return tries


@task(timeout="500ms")
def slow() -> None:
    print("before", flush=True)
    time.sleep(60)


@task
def linger(path: str, seconds: float, say: bool = False) -> str:
    if say:
        print("lingering", flush=True)
    note(path, f"begun {os.getpid()}")
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(0.05)
    note(path, f"ended {os.getpid()}")
    return "done"


@task
def crash(how: str) -> None:
    print(f"about to {how}", flush=True)
    print("on stderr", file=sys.stderr, flush=True)
    if how == "segfault":
        ctypes.string_at(0)
    elif how == "exit":
        os._exit(7)
    elif how == "kill":
        os.kill(os.getpid(), 9)


@task
def daemon(path: str) -> str:
    """Leaves a grandchild in a session of its own, with our stdout."""
    left = subprocess.Popen(["/bin/sh", "-c", "sleep 300"], start_new_session=True)
    note(path, str(left.pid))
    print("left one behind")
    return "returned"


@task
def shout(lines: int, pause_every: int, path: str = "") -> int:
    for number in range(lines):
        print(f"{number:08d} " + "x" * 60)
        if pause_every and number % pause_every == 0:
            sys.stdout.flush()
            time.sleep(0.01)
    sys.stdout.flush()
    if path:
        note(path, "done")
    return lines


@task
def surroundings() -> dict[str, Any]:
    files = os.listdir()
    note("left-behind", "by a task")
    return {"env": dict(os.environ), "cwd": os.getcwd(), "files": files}


@task
def big(size: int) -> str:
    return "x" * size


@task
def length(text: str) -> int:
    return len(text)


@workflow
def flow(kind: str, n: int = 0, path: str = "", seconds: float = 0.0, how: str = "") -> Any:
    if kind == "chain":
        total = 0
        for _ in range(n):
            total = quiet(total)
        return total
    if kind == "map":
        return sum(quiet.map(range(n)))
    if kind == "add":
        return add(add(1, 2), add.submit(3, 4))  # type: ignore[arg-type]
    if kind == "flaky":
        return flaky(path)
    if kind == "slow":
        return slow()
    if kind == "linger":
        return linger(path, seconds, how == "print")
    if kind == "lingers":
        return linger.map([path] * n, seconds=seconds)
    if kind == "crash":
        return crash(how)
    if kind == "daemon":
        return daemon(path)
    if kind == "shout":
        return shout(n, 2000, how)
    if kind == "surroundings":
        return surroundings()
    if kind == "big":
        return length(big(n))
    if kind == "raise":
        raise ValueError("the workflow itself raised")
    if kind == "body-dies":
        os.kill(os.getpid(), 9)
    raise AssertionError(kind)
