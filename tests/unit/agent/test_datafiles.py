"""Data files: to the blob store and back, verified both ways."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from salt_agent.blobaccess import AsyncBlobs
from salt_agent.datafiles import AttemptFiles, DataFiles
from salt_agent.patience import Patience
from salt_agent.report import Report
from salt_agent.values import ValueRefused
from salt_core.config import Config

DATA = b"some data" * 1000
NAME = hashlib.sha256(DATA).hexdigest()
ABSENT = "0" * 64


@pytest.fixture
def common(config: Config) -> Iterator[DataFiles]:
    report = Report(stream=io.StringIO())
    common = DataFiles(AsyncBlobs(config), Patience(config, report))
    yield common
    common.close()


@pytest.fixture
def files(common: DataFiles, tmp_path: Path) -> AttemptFiles:
    return folder(common, tmp_path / "files")


def folder(common: DataFiles, path: Path) -> AttemptFiles:
    path.mkdir()
    return common.of(str(path))


async def told(files: AttemptFiles, name: str) -> dict[str, Any]:
    """What a process that asks for ``name`` is told."""
    answers: asyncio.Queue[bytes] = asyncio.Queue()
    files.answer(name, answers.put_nowait)
    said: dict[str, Any] = json.loads(await answers.get())
    assert (said["type"], said["data"]) == ("fetched", name)
    return said


async def test_from_one_attempt_to_another(
    common: DataFiles, files: AttemptFiles, tmp_path: Path
) -> None:
    ours = Path(files.folder, NAME)
    ours.write_bytes(DATA)
    await files.put([NAME, NAME])
    other = folder(common, tmp_path / "other")
    path = Path((await told(other, NAME))["path"])
    assert path.read_bytes() == DATA
    assert path.parent == Path(other.folder)
    # Nobody shares an inode with anyone, or one could change what others read.
    stored = common.blobs.blocking()
    path.write_bytes(b"changed")
    assert ours.read_bytes() == DATA
    assert stored.get(f"values/{NAME}") == DATA


async def test_what_the_process_made_itself_is_there(files: AttemptFiles) -> None:
    Path(files.folder, NAME).write_bytes(DATA)
    assert (await told(files, NAME))["path"] == f"{files.folder}/{NAME}"


async def test_what_the_blob_store_has_is_not_put_again(
    common: DataFiles, files: AttemptFiles
) -> None:
    common.blobs.blocking().put(f"values/{NAME}", DATA)
    await files.put([NAME])  # there is no file at all


async def test_a_file_that_is_not_what_its_name_says(
    common: DataFiles, files: AttemptFiles
) -> None:
    Path(files.folder, NAME).write_bytes(DATA + b"!")
    with pytest.raises(ValueRefused, match="is not what its process said") as refused:
        await files.put([NAME])
    assert refused.value.failure().type == "BadData"
    assert not common.blobs.blocking().exists(f"values/{NAME}")


async def test_a_file_that_was_never_written(files: AttemptFiles) -> None:
    with pytest.raises(ValueRefused, match="did not write it"):
        await files.put([NAME])


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "A" * 64])
async def test_a_name_that_is_no_digest(files: AttemptFiles, name: str) -> None:
    with pytest.raises(ValueRefused, match="not the sha256"):
        await files.put([name])


async def test_a_damaged_file_is_not_given_out(common: DataFiles, files: AttemptFiles) -> None:
    common.blobs.blocking().put(f"values/{NAME}", b"rotten")
    error = (await told(files, NAME))["error"]
    assert (error["type"], error["retryable"]) == ("BadData", False)
    assert "is damaged" in error["message"]
    assert list(Path(files.folder).iterdir()) == []


async def test_a_file_that_nobody_has(files: AttemptFiles) -> None:
    error = (await told(files, ABSENT))["error"]
    assert "not in the blob store" in error["message"]


async def test_a_folder_is_left_when_no_thread_uses_it(
    common: DataFiles, files: AttemptFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A download that a killed attempt began must not write into the next one's folder."""
    begun, go_on = threading.Event(), threading.Event()

    def slow(blobs: object, place: Path) -> None:
        begun.set()
        go_on.wait(20)

    monkeypatch.setattr("salt_agent.datafiles._get", slow)
    files.answer(NAME, lambda frame: None)
    await asyncio.to_thread(begun.wait, 20)
    left = asyncio.Event()
    files.over(left.set)
    await asyncio.sleep(0.05)
    assert not left.is_set()
    go_on.set()
    async with asyncio.timeout(20):
        await left.wait()
