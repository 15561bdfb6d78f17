"""Work that does nothing, in the shapes that are measured."""

import time

from salt_sdk import loop, task, workflow


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


@workflow
def climb(x: int, turns: int) -> int:
    """The inner loop."""
    for _ in range(turns):
        x = step(x)
    return x


@workflow
def turns(n: int) -> int:
    """A loop in a map in a loop: each turn runs two loops side by side."""
    for turn in (state := loop(0)):
        state.value = sum(climb.map([state.value, turn], turns=2)) % 1000
        if turn == n:
            break
    return state.value
