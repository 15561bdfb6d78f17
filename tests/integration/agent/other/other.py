"""A workflow of another artifact, which workflows of the first one call."""

import os

from salt_sdk import task, workflow


@task
def twice(n: int) -> int:
    return n * 2


@workflow
def double(n: int, path: str = "") -> dict[str, int]:
    if path:
        with open(path, "a") as file:
            file.write(f"other {os.getpid()}\n")
    if n < 0:
        raise ValueError("other does not take what is below zero")
    return {"doubled": twice(n)}
