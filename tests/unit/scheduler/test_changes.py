"""What a burst of saves means: which project, and whether it takes a build."""

from __future__ import annotations

from pathlib import Path

import pytest
from watchfiles import Change

from salt_tui.watching_changes import Dirty, Filter, find_projects, sort_burst

A, M, D = Change.added, Change.modified, Change.deleted
OUTER, INNER = Path("/w/outer"), Path("/w/outer/inner")


@pytest.mark.parametrize(
    ("change", "path", "expected"),
    [
        (M, "/w/outer/salt.yaml", {OUTER: Dirty.SETTINGS}),
        (A, "/w/outer/salt.yaml", {OUTER: Dirty.SETTINGS}),
        (D, "/w/outer/salt.yaml", {OUTER: Dirty.SOURCE}),
        (M, "/w/outer/uv.lock", {OUTER: Dirty.LOCK}),
        (M, "/w/outer/pyproject.toml", {OUTER: Dirty.SOURCE}),
        (D, "/w/outer/src/a.py", {OUTER: Dirty.SOURCE}),
        (M, "/w/outer/src/salt.yaml", {OUTER: Dirty.SOURCE}),
        (M, "/w/outer/inner/salt.yaml", {INNER: Dirty.SETTINGS}),
        (M, "/w/outer/inner/src/a.py", {INNER: Dirty.SOURCE}),
        (M, "/w/outer/.tmp8x", {}),
        (M, "/w/outer/src/.a.py.swp", {}),
        (M, "/w/elsewhere/a.py", {}),
        (M, "/w/outer", {}),
    ],
)
def test_one_change(change: Change, path: str, expected: dict[Path, Dirty]) -> None:
    assert sort_burst({OUTER, INNER}, [(change, path)]) == expected


def test_more_includes_less() -> None:
    burst = [(M, "/w/outer/src/a.py"), (M, "/w/outer/salt.yaml"), (M, "/w/outer/inner/uv.lock")]
    assert sort_burst({OUTER, INNER}, burst) == {OUTER: Dirty.SOURCE, INNER: Dirty.LOCK}


@pytest.mark.parametrize(
    "path",
    ["/w/.venv/x.py", "/w/dist/main.pex", "/w/build/a.py", "/w/a/__pycache__/x.pyc", "/w/a.py~",
     "/w/.git/index", "/w/node_modules/a/salt.yaml", "/w/x.egg-info"],
)  # fmt: skip
def test_what_is_no_part_of_a_project_is_not_heard(path: str) -> None:
    assert not Filter()(M, path)


def test_finding_projects(tmp_path: Path) -> None:
    for place in ("a", "b/c", "b/c/d", "a/.venv/x", "node_modules/y", "a/dist", "z/.git"):
        (tmp_path / place).mkdir(parents=True)
        (tmp_path / place / "salt.yaml").touch()
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain" / "pyproject.toml").touch()
    assert find_projects([tmp_path]) == {tmp_path / "a", tmp_path / "b/c", tmp_path / "b/c/d"}
    assert find_projects([tmp_path / "plain"]) == {tmp_path / "plain"}
    assert find_projects([tmp_path / "gone"]) == set()
