"""What the machine gives at best, measured in the same run as what is compared with it."""

from __future__ import annotations

import os
import statistics
import time

import redis


def fork_ms(rounds: int = 200) -> float:
    """Median of fork, exit and wait of this process, in ms."""
    taken = []
    for _ in range(rounds):
        began = time.perf_counter()
        child = os.fork()
        if child == 0:
            os._exit(0)
        os.waitpid(child, 0)
        taken.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken)


def round_trip_ms(url: str, rounds: int = 2000) -> float:
    """Median of a PING on one connection, in ms."""
    client = redis.Redis.from_url(url)
    taken = []
    for _ in range(rounds):
        began = time.perf_counter()
        client.ping()
        taken.append((time.perf_counter() - began) * 1000)
    client.close()
    return statistics.median(taken)
