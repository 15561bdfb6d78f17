"""Workflow functions that wait, call each other and loop; ``kind`` says what to do."""

import os
import time
from typing import Any

from salt_sdk import TaskFailed, approve, call, loop, sleep, task, wait_event, workflow


def note(path: str, text: str) -> None:
    """Leave a line that a test can wait for."""
    if path:
        with open(path, "a") as file:
            file.write(text + "\n")


@task
def more(a: int) -> int:
    return a + 1


@task
def linger(path: str, seconds: float, value: int = 0) -> int:
    note(path, f"begun {os.getpid()}")
    time.sleep(seconds)
    return value


@workflow
def part(n: int, path: str = "") -> int:
    note(path, f"part {os.getpid()}")
    return sum(more.map(range(n)))


@workflow
def length(text: str) -> int:
    return len(text)


@workflow
def down(n: int) -> int:
    return 0 if n == 0 else down.submit(n - 1).result() + 1


@workflow
def spin(turns: int, path: str = "", seconds: float = 0.0) -> int:
    for turn in (state := loop(0)):
        note(path, f"turn {turn} {os.getpid()}")
        if seconds:
            sleep(seconds)
        state.value = sum(more.map([state.value, 0])) - 1
        if turn >= turns:
            state.stop()
    return state.value


def waits(kind: str, n: int, path: str, seconds: float) -> Any:
    if kind == "sleep":
        sleep(seconds)
        return "slept"
    if kind == "event":
        return wait_event("order", where={"id": n}, timeout=seconds or None)
    if kind == "approve":
        said = approve("publish", "Is it good?", fields={"limit": int})
        return [said.by, said["limit"]]
    if kind == "linger":
        return linger(path + ".linger", seconds, 5)
    if kind == "other":
        return call("other", n=n, path=path and path + ".other")["doubled"]
    if kind == "own":
        return part.map([1, 2, n])
    return NotImplemented


@workflow
def durable(kind: str, n: int = 0, path: str = "", seconds: float = 0.0, how: str = "") -> Any:
    note(path, f"body {os.getpid()}")
    print(f"body of {kind}")
    waited = waits(kind, n, path, seconds)
    if waited is not NotImplemented:
        return waited
    if kind == "refused":
        try:
            return call(how, n=n)
        except TaskFailed as error:
            return [error.type, error.message]
    if kind == "down":
        return down.submit(n).result()
    if kind == "spin":
        return spin.submit(n, path, seconds).result()
    if kind == "spins":
        return spin.map(range(1, n + 1))
    if kind == "diverge":
        more(1)
        if os.path.exists(path + ".changed"):
            more(2)
        else:
            linger(path + ".linger", seconds)
        return "as before"
    if kind == "wide":
        values = more.map(range(n))
        sleep(seconds)
        return sum(values)
    if kind == "large":
        for turn in (state := loop("x" * n)):
            sleep(seconds)
            state.value += "y"
            if turn == 3:
                state.stop()
        return [length.submit(state.value).result(), state.value[-3:]]
    if kind == "unsteady":
        return [more(n), os.getpid()]
    if kind == "many":
        return len([more.submit(1) for _ in range(n)])
    raise AssertionError(kind)
