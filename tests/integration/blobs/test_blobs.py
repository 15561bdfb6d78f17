"""What every blob store must do: one suite, on a folder and on a real S3."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from salt_core.blobs import Blobs
from salt_core.errors import NotFound


def test_gives_back_what_it_was_given(blobs: Blobs) -> None:
    blobs.put("parts/abc", b"bytes\0\xff")
    assert blobs.get("parts/abc") == b"bytes\0\xff"
    blobs.put("empty", b"")
    assert blobs.get("empty") == b""


def test_writing_again_replaces(blobs: Blobs) -> None:
    blobs.put("key", b"first")
    blobs.put("key", b"second")
    assert blobs.get("key") == b"second"


def test_what_is_not_there(blobs: Blobs, tmp_path: Path) -> None:
    assert not blobs.exists("no/such")
    with pytest.raises(NotFound, match="no/such"):
        blobs.get("no/such")
    with pytest.raises(NotFound, match="no/such"):
        blobs.get_file("no/such", tmp_path / "file")
    blobs.delete("no/such")


def test_delete(blobs: Blobs) -> None:
    blobs.put("a/b/c", b"1")
    assert blobs.exists("a/b/c")
    blobs.delete("a/b/c")
    assert not blobs.exists("a/b/c")
    assert list(blobs.list("")) == []
    blobs.put("a/b/c", b"2")
    assert blobs.get("a/b/c") == b"2"


def test_list_is_sorted_and_by_prefix(blobs: Blobs) -> None:
    keys = ["logs/r1/0/1/00-10", "logs/r1/0/1/10-20", "logs/r1/1/1/00-05", "logs/r10/0/1/00-07"]
    for key in reversed(keys):
        blobs.put(key, b"x")
    assert list(blobs.list("logs/r1/")) == keys[:3]
    assert list(blobs.list("logs/r1")) == keys
    assert list(blobs.list("logs/r1/0/1/1")) == keys[1:2]
    assert list(blobs.list("log")) == keys
    assert list(blobs.list("nothing/")) == []


def test_list_has_all_pages(blobs: Blobs) -> None:
    keys = [f"many/{number:05}" for number in range(1100)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda key: blobs.put(key, b""), keys))
    assert list(blobs.list("many/")) == keys


def test_files(blobs: Blobs, tmp_path: Path) -> None:
    """One that is empty, one that is small, one that goes in parts."""
    for size in (0, 1000, 40_000_000):
        source, back = tmp_path / "source", tmp_path / "back"
        source.write_bytes(os.urandom(size))
        blobs.put_file(f"files/{size}", source)
        blobs.get_file(f"files/{size}", back)
        assert back.read_bytes() == source.read_bytes()
    assert len(blobs.get("files/40000000")) == 40_000_000


def test_put_new_has_one_winner(blobs: Blobs) -> None:
    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(lambda n: blobs.put_new("race", b"%d" % n), range(16)))
    assert won.count(True) == 1
    assert blobs.get("race") == b"%d" % won.index(True)


def test_a_reader_never_sees_half(blobs: Blobs) -> None:
    texts = [bytes([number]) * 300_000 for number in range(8)]
    blobs.put("key", texts[0])
    with ThreadPoolExecutor(4) as pool:
        writes = [pool.submit(blobs.put, "key", text) for text in texts]
        reads = [pool.submit(blobs.get, "key") for _ in range(12)]
        for write in writes:
            write.result()
        assert all(read.result() in texts for read in reads)


@pytest.mark.parametrize("key", ["", "/a", "a/", "a//b", "../a", "a/../b", ".tmp/a", "a\n", "a b"])
def test_a_key_that_is_none(blobs: Blobs, key: str) -> None:
    with pytest.raises(ValueError, match="cannot be a blob's key"):
        blobs.put(key, b"")


def test_keys_of_fired_runs(blobs: Blobs) -> None:
    key = "logs/nightly.1a2b3c4d@20260101T020000Z/0/1/0-10"
    blobs.put(key, b"x")
    assert list(blobs.list("logs/")) == [key]


def test_check(blobs: Blobs) -> None:
    line = blobs.check()
    assert "\n" not in line
    assert list(blobs.list("")) == []
