"""Workflows of about twenty calls each, in the shapes that a durable function can take.

Their values do not depend on which call ends first, nor on how often one was begun.
"""

import random
import time

from salt_sdk import as_completed, loop, sleep, task, workflow


@task
def square(x: int, pause_s: float = 0.15) -> int:
    time.sleep(pause_s * random.random() * 2)
    return x * x


@workflow
def climb(start: int, turns: int) -> int:
    """A loop, as a part of a map."""
    value = start
    for _ in range(turns):
        value = square(value) % 1009 + 1
    return value


def a_chain(seed: int) -> int:
    value = seed
    for _ in range(20):
        value = square(value) % 997 + 1
    return value


def maps_in_a_loop(seed: int) -> int:
    values = [seed, seed + 1, seed + 2, seed + 3]
    for _ in range(5):
        values = [value % 101 + 1 for value in square.map(values)]
    return sum(values)


def a_map_of_loops(seed: int) -> int:
    return sum(climb.map([seed, seed + 1, seed + 2, seed + 3], turns=4))


def as_they_come(seed: int) -> int:
    futures = [square.submit(seed + x) for x in range(14)]
    total = sum(future.result() for future in as_completed(futures))
    sleep(0.2)
    return total + sum(square.map(range(5), concurrency=2))


def a_rolling_loop(seed: int) -> int:
    for turn in (state := loop(seed)):
        state.value = sum(square.map([state.value, turn])) % 499 + 1
        if turn == 10:
            break
    return state.value


SHAPES = (a_chain, maps_in_a_loop, a_map_of_loops, as_they_come, a_rolling_loop)


@workflow
def shapes(seed: int) -> int:
    return SHAPES[seed % len(SHAPES)](seed)
