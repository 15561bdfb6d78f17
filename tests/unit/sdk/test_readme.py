"""What the README and the guides show runs as it is written."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import List

import pytest

import salt_sdk

SDK = Path(salt_sdk.__file__).parents[2]
GUIDES = SDK.parents[1] / "docs" / "guide"


def blocks(file: Path) -> List[str]:
    """The Python in a document."""
    return re.findall(r"```python\n(.*?)```", file.read_text(encoding="utf-8"), re.DOTALL)


def test_the_example_of_the_readme_runs(tmp_path: Path) -> None:
    file = tmp_path / "graph.py"
    file.write_text(blocks(SDK / "README.md")[0])
    done = subprocess.run(
        [sys.executable, str(file), "day=2026-01-31", "limit=30"],
        env={"PYTHONPATH": str(SDK / "src")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "30\n"), done.stderr


@pytest.mark.parametrize(
    "document", [SDK / "README.md", *sorted(GUIDES.glob("*.md"))], ids=lambda path: path.name
)
def test_what_is_shown_can_be_imported_and_passes_its_tests(document: Path, tmp_path: Path) -> None:
    found = blocks(document)
    assert found
    for number, text in enumerate(found):
        (tmp_path / f"test_block_{number}.py").write_text(text)
    tested = sum(text.count("def test_") for text in found)
    words = [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*words, "-p", "no:asyncio", str(tmp_path)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert f"{tested} passed" in done.stdout
