"""The examples pass their own tests; ``salt demo`` finds its own in a checkout and in a wheel."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from salt_core.cli.demo import EXAMPLES, examples_folder

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", ["crawl", "fit", "orders", "review"])
def test_an_example_passes_its_own_tests(name: str) -> None:
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(
        words, cwd=ROOT / "examples" / name, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    assert " passed" in done.stdout


def test_a_checkout_has_the_examples() -> None:
    assert examples_folder() == ROOT / "examples"


def test_the_wheel_has_the_examples_and_nothing_that_was_built_of_them(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(words, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    for name in EXAMPLES:
        folder = ROOT / "examples" / name
        sources = [path.relative_to(folder).as_posix() for path in folder.glob("src/**/*.py")]
        assert sources
        for file in ("pyproject.toml", "salt.yaml", "uv.lock", *sources):
            assert f"salt_core/examples/{name}/{file}" in names
    for file in ("crawl/html/guide/index.html", "fit/misra1a.csv"):
        assert f"salt_core/examples/{file.partition('/')[0]}/src/{file}" in names
    inside = [name for name in names if name.startswith("salt_core/examples/")]
    assert not [name for name in inside if "dist/" in name or "__pycache__" in name]
