"""Tasks whose values are checked, remembered, large; and those that fall silent; ``kind`` says which."""

import hashlib
import os
import time
from typing import Any

from salt_sdk import File, check, heartbeat, record, task, workflow


def note(path: str, text: str) -> None:
    """Leave a line that a test can wait for."""
    if path:
        with open(path, "a") as file:
            file.write(text + "\n")


@task
def more(a: int) -> int:
    return a + 1


@task
def measure(rows: int) -> dict[str, int]:
    return {"rows": rows}


@check(measure)
def has_rows(value: dict[str, int]) -> bool:
    record(rows=value["rows"])
    return value["rows"] > 0


@check(measure, severity="quarantine")
def not_too_many(value: dict[str, int], past: Any) -> None:
    seen = past.numbers("rows")
    assert not seen or value["rows"] < 10 * max(seen), f"{value['rows']} rows after {seen}"


@task
def strict(value: dict[str, int]) -> int:
    return value["rows"]


@task(strict=False)
def lax(value: dict[str, int]) -> int:
    return value["rows"] + 1000


@task(cache="by-inputs")
def costly(n: int, path: str) -> int:
    note(path, f"computed {n}")
    print("computing")
    return n * n


@task(heartbeat="600ms", retries=1, backoff="10ms")
def silent(path: str, beats: int) -> str:
    note(path, f"try {os.environ['SALT_ATTEMPT']}")
    for _ in range(beats):
        time.sleep(0.2)
        heartbeat()
    if os.environ["SALT_ATTEMPT"] == "1":
        time.sleep(60)
    return "spoke"


@task(retries=3, backoff="10ms", no_retry_on=(KeyError,))
def picky(path: str, how: str) -> str:
    note(path, "try")
    if how == "key":
        raise KeyError("no")
    with open(path) as file:
        if len(file.readlines()) < 3:
            raise ValueError("not yet")
    return "done"


@task
def make_bytes(size: int) -> bytes:
    return b"salt" * (size // 4)


@task
def make_file(size: int) -> File:
    chunk = b"file" * (1 << 18)
    with open("made.bin", "wb") as file:
        file.writelines(chunk for _ in range(size // len(chunk)))
    return File("made.bin")


@task
def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@task
def digest_file(data: File, path: str = "", seconds: float = 0.0) -> str:
    note(path, f"begun {os.getpid()}")
    time.sleep(seconds)
    seal = hashlib.sha256()
    with data.open() as file:
        while content := file.read(1 << 20):
            seal.update(content)
    return seal.hexdigest()


@workflow
def data(kind: str, n: int = 0, path: str = "", seconds: float = 0.0, how: str = "") -> Any:
    note(path, f"body {os.getpid()}")
    if kind == "checks":
        value = measure.submit(n)
        return [lax(value), strict.submit(value).result()]  # type: ignore[arg-type]
    if kind == "costly":
        return [costly(n, path), costly(more.submit(n - 1), path)]  # type: ignore[arg-type]
    if kind == "silent":
        return silent(path + ".tries", n)
    if kind == "picky":
        return picky(path + ".tries", how)
    if kind == "bytes":
        return digest(make_bytes.submit(n))  # type: ignore[arg-type]
    if kind == "file":
        return digest_file(make_file.submit(n), path + ".linger", seconds)  # type: ignore[arg-type]
    if kind == "body-bytes":
        return digest(b"salt" * (n // 4))
    raise AssertionError(kind)
