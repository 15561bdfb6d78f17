"""The README's example runs as it is written."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import salt_sdk

SDK = Path(salt_sdk.__file__).parents[2]


def test_the_example_of_the_readme_runs(tmp_path: Path) -> None:
    text = (SDK / "README.md").read_text(encoding="utf-8")
    found = re.search(r"```python\n(.*?)```", text, re.DOTALL)
    assert found is not None
    file = tmp_path / "graph.py"
    file.write_text(found[1])
    done = subprocess.run(
        [sys.executable, str(file), "day=2026-01-31", "limit=30"],
        env={"PYTHONPATH": str(SDK / "src")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "30\n"), done.stderr
