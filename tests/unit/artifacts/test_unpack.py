"""Unpacking on PEX files made by hand; tests/integration/builders has those that pex made."""

from __future__ import annotations

import hashlib
import io
import json
import os
import zipfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from salt_core.artifacts import Unpacked, unpack
from salt_core.errors import ArtifactRejected, BadInput, SaltError

WHEEL = "thing-1.0-py3-none-any.whl"


def wheel(files: dict[str, str]) -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return raw.getvalue()


def make_pex(
    path: Path,
    sources: dict[str, str],
    *,
    stored: bytes | None = None,
    installed: dict[str, str] | None = None,
    fingerprint: str | None = None,
    constraints: list[str] | None = None,
) -> Path:
    distributions = {}
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(".bootstrap/pex/__init__.py", "")
        if stored is not None:
            archive.writestr(f".deps/{WHEEL}", stored)
            distributions[WHEEL] = fingerprint or hashlib.sha256(stored).hexdigest()
        for name, text in (installed or {}).items():
            # With a fixed time, as pex writes it.
            archive.writestr(zipfile.ZipInfo(f".deps/{WHEEL}/{name}"), text)
            distributions[WHEEL] = fingerprint or "0" * 64
        info = {"distributions": distributions, "interpreter_constraints": constraints or []}
        archive.writestr("PEX-INFO", json.dumps(info))
        archive.writestr("__main__.py", "raise SystemExit('PEX boot must not run')")
        for name, text in sources.items():
            archive.writestr(name, text)
    return path


def tree(folder: str) -> dict[str, str]:
    root = Path(folder)
    return {str(p.relative_to(root)): p.read_text() for p in root.rglob("*") if p.is_file()}


def test_sources_and_wheels_become_folders(tmp_path: Path) -> None:
    pex = make_pex(
        tmp_path / "a.pex",
        {"flow/__init__.py": "x = 1", "flow/data/t.csv": "1,2"},
        stored=wheel({"thing/__init__.py": "y = 2", "thing-1.0.dist-info/METADATA": "Name: thing"}),
    )
    got = unpack(pex, tmp_path / "cache")
    assert got.digest == hashlib.sha256(pex.read_bytes()).hexdigest()
    assert tree(got.path[0]) == {"flow/__init__.py": "x = 1", "flow/data/t.csv": "1,2"}
    assert tree(got.path[1])["thing/__init__.py"] == "y = 2"
    assert os.path.isabs(got.python)


def test_data_of_a_wheel_goes_where_pip_puts_it(tmp_path: Path) -> None:
    data = {
        "thing-1.0.data/purelib/pure.py": "1",
        "thing-1.0.data/platlib/plat.py": "2",
        "thing-1.0.data/scripts/tool": "3",
        "thing-1.0.data/data/share/t.txt": "4",
        "thing-1.0.data/headers/t.h": "5",
    }
    got = unpack(make_pex(tmp_path / "a.pex", {}, stored=wheel(data)), tmp_path / "cache")
    assert tree(got.path[1]) == {
        "pure.py": "1",
        "plat.py": "2",
        "bin/tool": "3",
        "share/t.txt": "4",
    }


def test_installed_wheels_are_kept_by_their_content(tmp_path: Path) -> None:
    first = make_pex(tmp_path / "a.pex", {"a.py": "1"}, installed={"thing.py": "x = 1"})
    same = make_pex(tmp_path / "b.pex", {"b.py": "22"}, installed={"thing.py": "x = 1"})
    other = make_pex(tmp_path / "c.pex", {"c.py": "1"}, installed={"thing.py": "x = 2"})
    one, two, three = (unpack(pex, tmp_path / "cache") for pex in (first, same, other))
    assert one.path[1] == two.path[1]
    assert tree(three.path[1]) == {"thing.py": "x = 2"}


def test_a_wheel_is_shared_and_sources_are_not(tmp_path: Path) -> None:
    shared = wheel({"thing.py": "1"})
    one = unpack(make_pex(tmp_path / "a.pex", {"a.py": "1"}, stored=shared), tmp_path / "cache")
    two = unpack(make_pex(tmp_path / "b.pex", {"a.py": "2"}, stored=shared), tmp_path / "cache")
    assert one.path[1] == two.path[1]
    assert one.path[0] != two.path[0]


def test_a_second_time_nothing_is_written(tmp_path: Path) -> None:
    pex = make_pex(tmp_path / "a.pex", {"a.py": "1"}, stored=wheel({"thing.py": "1"}))
    first = unpack(pex, tmp_path / "cache")
    marks = {path: os.stat(path).st_mtime_ns for path in first.path}
    assert unpack(pex, tmp_path / "cache") == first
    assert {path: os.stat(path).st_mtime_ns for path in first.path} == marks


@pytest.mark.parametrize("name", ["../out.py", "/out.py", "a/../../out.py", "a\\..\\out.py"])
def test_no_file_lands_outside(tmp_path: Path, name: str) -> None:
    pex = make_pex(tmp_path / "a.pex", {name: "1"})
    with pytest.raises(ArtifactRejected, match="outside"):
        unpack(pex, tmp_path / "cache")
    assert not list(tmp_path.rglob("out.py"))
    assert not list((tmp_path / "cache" / "sources").iterdir())


def test_a_wheel_that_is_not_what_it_says_is_refused(tmp_path: Path) -> None:
    pex = make_pex(tmp_path / "a.pex", {}, stored=wheel({"t.py": "1"}), fingerprint="ab" * 32)
    with pytest.raises(ArtifactRejected, match="promised"):
        unpack(pex, tmp_path / "cache")
    assert not list((tmp_path / "cache").rglob("t.py"))


@pytest.mark.parametrize("fingerprint", ["../../x", "..", "a/b"])
def test_a_fingerprint_is_no_path(tmp_path: Path, fingerprint: str) -> None:
    pex = make_pex(tmp_path / "a.pex", {}, stored=wheel({"t.py": "1"}), fingerprint=fingerprint)
    with pytest.raises(ArtifactRejected):
        unpack(pex, tmp_path / "cache")


def test_what_is_not_a_pex_is_refused(tmp_path: Path) -> None:
    text = tmp_path / "text.pex"
    text.write_text("#!/bin/sh\n")
    with pytest.raises(ArtifactRejected, match="not a PEX"):
        unpack(text, tmp_path / "cache")
    with zipfile.ZipFile(tmp_path / "zip.pex", "w") as archive:
        archive.writestr("a.py", "")
    with pytest.raises(ArtifactRejected, match="no PEX-INFO"):
        unpack(tmp_path / "zip.pex", tmp_path / "cache")


def test_an_interpreter_that_is_not_here_is_named(tmp_path: Path) -> None:
    pex = make_pex(tmp_path / "a.pex", {}, constraints=["CPython==3.99.*"])
    with pytest.raises(BadInput, match=r"CPython==3\.99"):
        unpack(pex, tmp_path / "cache")


def test_many_processes_make_one_folder(tmp_path: Path) -> None:
    files = {f"thing/m{n}.py": f"x = {n}" for n in range(200)}
    pex = make_pex(tmp_path / "a.pex", files, stored=wheel(files))
    with ProcessPoolExecutor(4) as pool:
        found = list(pool.map(unpack, [pex] * 8, [tmp_path / "cache"] * 8))
    assert len(set(found)) == 1
    assert isinstance(found[0], Unpacked)
    for kind in ("sources", "wheels"):
        assert len(list((tmp_path / "cache" / kind).iterdir())) == 1
    assert len(tree(found[0].path[0])) == len(tree(found[0].path[1])) == 200


def test_a_cache_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    pex = make_pex(tmp_path / "a.pex", {"a.py": "1"})
    (tmp_path / "cache").write_text("a file is in the way")
    with pytest.raises(SaltError, match="cannot be written"):
        unpack(pex, tmp_path / "cache")
