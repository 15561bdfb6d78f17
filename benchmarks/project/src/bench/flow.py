"""Work that does nothing, in the shapes that are measured."""

import time

from salt_sdk import task, workflow


@task
def step(x: int) -> int:
    return x + 1


@workflow
def bench(shape: str = "hello", n: int = 1) -> float:
    began = time.clock_gettime(time.CLOCK_BOOTTIME)
    if shape == "chain":
        x = 0
        for _ in range(n):
            x = step(x)
        assert x == n
    elif shape == "fan":
        assert sum(step.map(range(n))) == n * (n + 1) // 2
    return began
