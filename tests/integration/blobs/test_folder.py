"""What only a folder can do wrong."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.servers.processes import wait_until

from salt_core.blobs.folder import FolderBlobs
from salt_core.errors import Unreachable


def test_a_killed_writer_leaves_no_object(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from salt_core.blobs.folder import FolderBlobs\n"
        f"blobs = FolderBlobs(Path({str(tmp_path)!r}))\n"
        "while True: blobs.put('key', b'x' * 3_000_000)\n"
    )
    writer = subprocess.Popen([sys.executable, "-c", code])
    try:
        wait_until((tmp_path / "key").exists, 10, "the first write")
    finally:
        writer.kill()
        writer.wait()
    assert (tmp_path / "key").stat().st_size == 3_000_000
    assert list(FolderBlobs(tmp_path).list("")) == ["key"]


def test_dead_writes_are_swept_after_a_day(tmp_path: Path) -> None:
    beside = tmp_path / ".tmp"
    beside.mkdir()
    for name, age_s in (("old", 90_000), ("new", 10)):
        (beside / name).write_bytes(b"")
        os.utime(beside / name, (time.time() - age_s,) * 2)
    FolderBlobs(tmp_path).put("key", b"")
    assert [path.name for path in beside.iterdir()] == ["new"]


def test_empty_folders_go_while_others_write_into_them(tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path)

    def churn(number: int) -> None:
        for _ in range(100):
            blobs.put(f"a/b/{number}", b"x")
            blobs.delete(f"a/b/{number}")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(churn, range(4)))
    assert [path.name for path in tmp_path.iterdir()] == [".tmp"]


def test_a_file_in_the_way_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "blobs").write_text("")
    with pytest.raises(Unreachable, match=r"blob folder .* cannot be used"):
        FolderBlobs(tmp_path / "blobs").put("key", b"")


@pytest.mark.skipif(os.getuid() != 0, reason="needs root to mount a small disk")
def test_a_full_disk_is_named(tmp_path: Path) -> None:
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(tmp_path)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("cannot mount here")
    try:
        blobs = FolderBlobs(tmp_path)
        with pytest.raises(Unreachable, match="No space left"):
            blobs.put("key", b"x" * 2_000_000)
        assert not blobs.exists("key")
        assert list((tmp_path / ".tmp").iterdir()) == []
    finally:
        subprocess.run(["umount", "-l", str(tmp_path)], check=True)
