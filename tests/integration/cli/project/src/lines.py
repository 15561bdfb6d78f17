"""A workflow for the tests of the command line."""

from __future__ import annotations

import time
from datetime import date

from salt_sdk import task, workflow


@task
def say(number: int) -> int:
    print(f"line {number}")
    return number * number


@task(retries=1, backoff="10ms")
def fail(text: str) -> None:
    print("\x1b[31mabout to fail\x1b[0m")
    raise ValueError(text)


@task
def sleep(seconds: float) -> None:
    print("asleep", flush=True)
    time.sleep(seconds)


@workflow
def lines(
    count: int = 2,
    day: date | None = None,
    error: str = "",
    seconds: float = 0.0,
    size: int = 0,
) -> dict[str, object]:
    squares = say.map(range(1, count + 1))
    if seconds:
        sleep(seconds)
    if error:
        fail(error)
    return {"squares": squares, "day": day, "filler": "x" * size, "$odd": 1}
