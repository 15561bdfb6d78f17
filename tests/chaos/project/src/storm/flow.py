"""Tasks that leave signs of life in a ledger while they run, and one that talks."""

import os
import random
import time

from salt_sdk import context, task, workflow
from storm.shapes import climb, shapes

__all__ = ["climb", "shapes", "storm"]


def sign(ledger: int, kind: str, nonce: str) -> None:
    now = time.clock_gettime(time.CLOCK_BOOTTIME)
    told = context()
    os.write(ledger, f"{kind} {told.run}/{told.task} {told.attempt} {nonce} {now:.4f}\n".encode())


@task
def work(x: int, ledger: str, least_ms: int, most_ms: int) -> int:
    file, nonce = os.open(ledger, os.O_WRONLY | os.O_APPEND), f"{os.getpid()}.{random.random()}"
    end = time.monotonic() + random.uniform(least_ms, most_ms) / 1000
    sign(file, "S", nonce)
    while time.monotonic() < end:
        time.sleep(0.02)
        sign(file, "T", nonce)
    sign(file, "E", nonce)
    return x * x


@task
def talk(lines: int, seconds: float) -> int:
    end = time.monotonic() + seconds
    for number in range(lines):
        print(f"{number:08d} {'salt ' * 16}")
        if number % 500 == 0:
            time.sleep(max(0.0, end - time.monotonic()) / (lines - number) * 500)
    return lines


@workflow
def storm(
    tasks: int = 0,
    ledger: str = "",
    least_ms: int = 50,
    most_ms: int = 300,
    lines: int = 0,
    seconds: float = 0,
) -> int:
    talking = talk.submit(lines, seconds) if lines else None
    squares = work.map(range(tasks), ledger=ledger, least_ms=least_ms, most_ms=most_ms)
    return sum(squares) + (talking.result() if talking else 0)
