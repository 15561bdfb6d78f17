"""Values that are no JSON, between tasks: an array, frames of two libraries, a file, many bytes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from salt_sdk import File, task, workflow


@task
def array(n: int) -> np.ndarray:
    return np.arange(n, dtype="int64").reshape(2, -1)


@task
def frame(values: np.ndarray) -> pd.DataFrame:
    days = pd.date_range("2026-01-01", periods=values.shape[1], tz="UTC")
    return pd.DataFrame({"day": days, "a": values[0], "b": values[1]})


@task
def table(data: pa.Table) -> dict[str, str]:
    """What pandas wrote, as Arrow reads it."""
    return {name: str(data.schema.field(name).type) for name in data.column_names}


@task
def total(data: pd.DataFrame) -> float:
    return float(data["a"].sum() + data["b"].sum())


@task
def written(n: int) -> File:
    path = Path("out.bin")
    path.write_bytes(b"salt" * n)
    return File(path)


@task
def size(file: File) -> int:
    with file.open() as opened:
        return len(opened.read())


@task
def many(n: int) -> bytes:
    return bytes(n)


@task
def zeros(data: bytes) -> int:
    return data.count(0)


@workflow
def frames(n: int = 1000) -> dict[str, object]:
    values = array.submit(n)
    data = frame.submit(values)
    return {
        "total": total(data),
        "types": table(data),
        "file": size.submit(written.submit(n)),
        "bytes": zeros.submit(many.submit(100 * n)),
        "shape": list(values.result().shape),
        "rows": len(data.result()),
    }
