from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from salt_core.builders.files import locked, replacing, write_whole
from salt_core.errors import SaltError


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "dist" / "main.pex"
    write_whole(target, b"old", 0o755)
    with pytest.raises(ZeroDivisionError), replacing(target) as beside:
        beside.write_bytes(b"half")
        raise ZeroDivisionError
    assert target.read_bytes() == b"old"
    assert os.listdir(target.parent) == ["main.pex"]
    write_whole(target, b"new")
    assert target.read_bytes() == b"new"


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "dist").write_text("in the way")
    with pytest.raises(SaltError, match="cannot be written"):
        write_whole(tmp_path / "dist" / "main.pex", b"")


def test_only_one_holds_a_lock(tmp_path: Path) -> None:
    inside: list[int] = []
    most = 0

    def work(n: int) -> None:
        nonlocal most
        with locked(tmp_path / "lock"):
            inside.append(n)
            most = max(most, len(inside))
            inside.remove(n)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(100)))
    assert most == 1


def test_what_a_killed_build_left_is_removed_in_time(tmp_path: Path) -> None:
    old, new = tmp_path / ".main.pex.making-old", tmp_path / ".main.pex.making-new"
    for left in (old, new):
        left.write_bytes(b"part")
    os.utime(old, (1, 1))
    write_whole(tmp_path / "main.pex", b"")
    assert sorted(os.listdir(tmp_path)) == [new.name, "main.pex"]
