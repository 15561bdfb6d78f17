"""Arrays, frames and files go from task to task by an agent, and never through Redis."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from tests.integration.cli.conftest import Salt

pytestmark = pytest.mark.integration
PROJECT = Path(__file__).parent / "frames"


@pytest.mark.timeout(300)
def test_frames_arrays_and_files(salt: Salt, agent: Any, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(PROJECT, tmp_path / "frames"))
    salt("register", str(folder), wait_s=240)
    done = salt("run", "frames", "n=20000", "--wait", "--json").json
    assert done["status"] == "succeeded", done
    day = done["result"]["types"].pop("day")
    assert day.startswith("timestamp[") and "UTC" in day
    assert done["result"] == {
        "total": 199990000.0,
        "types": {"a": "int64", "b": "int64"},
        "file": 80000,
        "bytes": 2000000,
        "shape": [2, 10000],
        "rows": 10000,
    }
    tasks = {one["name"]: one for one in salt("show", done["run"], "--json").json["tasks"]}
    for name, codec in (("array", "npy"), ("frame", "parquet"), ("written", "file")):
        reference = tasks[name]["result"]
        assert reference["codec"] == codec and len(reference["$data"]) == 64, reference
