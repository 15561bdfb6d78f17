"""A workflow that waits, fails, loops and calls, for the tests of the command line."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from salt_sdk import approve, check, loop, record, sleep, task, wait_event, workflow


@task
def load(number: int) -> int:
    return number * 10


@task
def flaky(flag: str) -> str:
    if not Path(flag).exists():
        raise ValueError(f"no {Path(flag).name}")
    return "mended"


@task(retries=3, backoff="4m")
def again() -> None:
    raise ValueError("not yet")


@task
def save(values: list[Any]) -> int:
    return len(values)


@task
def fill(size: int) -> str:
    return "x" * size


@task
def measure(rows: int) -> int:
    return rows


@check(measure, severity="quarantine")
def not_empty(rows: int) -> bool:
    record(rows=rows)
    return rows > 0


@check(measure, severity="warn")
def not_few(rows: int) -> None:
    assert rows > 5, f"only {rows} rows"


@task
def make(size: int) -> bytes:
    return b"x" * size


@task(limit="one")
def alone(seconds: float) -> None:
    time.sleep(seconds)


@workflow
def asking(amount: int) -> int:
    return int(approve("inner", fields={"amount": int})["amount"]) + amount


@workflow
def steps(what: str, flag: str = "", count: int = 2, seconds: float = 60.0) -> Any:
    match what:
        case "approve":
            given = approve(
                "sign off", "Is it right?", fields={"amount": int, "note": str}, timeout="1h"
            )
            return {"by": given.by, "amount": given["amount"], "fields": given.fields}
        case "event":
            return wait_event("paid", where={"id": 7})
        case "sleep":
            sleep("1h")
        case "child":
            return asking.submit(1).result()
        case "fail":
            loaded = load.map(range(count))
            return save([*loaded, flaky(flag)])
        case "retry":
            again()
        case "loop":
            for _ in (state := loop(0)):
                state.value = load(state.value + 1)
                if state.value > 1000:
                    break
            return state.value
        case "large":
            return len(fill(100_000))
        case "loop, then fail" | "fail beside a loop":
            load(0)
            first = flaky.submit(flag) if what.startswith("fail") else None
            for _ in (state := loop(0)):
                state.value = load(state.value + 1)
                if state.value > 1000:
                    break
            return [state.value, first.result() if first else flaky(flag)]
        case "both":
            both = [approve.submit("inner"), approve.submit("inner")]
            return [one.result().by for one in both]
        case "quarantine":
            rows = measure.submit(0)
            strict, lax = save.submit([rows]), save.lax.submit([rows, rows])
            return [lax.result(), strict.result()]
        case "data":
            return len(make(100_000))
        case "limit":
            alone.map([seconds, seconds])
    return None  # nothing
