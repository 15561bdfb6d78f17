"""Attempts' folders: empty, private, and gone with what was left in them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from salt_agent.folders import Folders
from salt_agent.leftovers import Home


@pytest.fixture
async def folders(tmp_path: Path) -> Folders:
    return Folders(tmp_path / "work")


async def test_a_folder_is_private_and_empty(folders: Folders) -> None:
    path = Path(folders.make())
    assert path.stat().st_mode & 0o777 == 0o700
    assert list(path.iterdir()) == []


async def test_one_that_was_left_as_it_was_is_given_out_again(folders: Folders) -> None:
    path = folders.make()
    other = folders.make()
    assert other != path
    folders.take_back(path)
    assert folders.make() == path


@pytest.mark.parametrize("what", ["file", "mode", "link", "gone"])
async def test_any_other_is_removed(folders: Folders, what: str, tmp_path: Path) -> None:
    path = Path(folders.make())
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "precious").touch()
    if what == "file":
        (path / "deep").mkdir()
        (path / "deep" / "file").touch()
    elif what == "mode":
        path.chmod(0o755)
    else:
        path.rmdir()
        if what == "link":
            path.symlink_to(elsewhere)
    folders.take_back(str(path))
    assert folders.make() != str(path)
    await folders.settled()
    assert what == "link" or not path.exists()
    assert (elsewhere / "precious").exists()


async def test_an_agent_s_own_folder_goes_with_it_unless_a_log_is_left(tmp_path: Path) -> None:
    home = Home(tmp_path / "agents", "one")
    home.close()
    assert not home.path.exists()
    home = Home(tmp_path / "agents", "two")
    (home.logs / "r~1~1~n").touch()
    home.close()
    assert home.path.exists()


async def test_sockets_have_short_paths_whatever_the_home(tmp_path: Path) -> None:
    home = Home(tmp_path / ("x" * 100), "one")
    assert len(os.fsencode(home.sockets)) < 90
    home.close()
    assert not home.sockets.exists()
