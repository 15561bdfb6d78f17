"""The cache of artifacts: verified, shared by processes, bounded."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from salt_core.blobs.folder import FolderBlobs
from salt_core.errors import ArtifactRejected, SaltError
from salt_core.model.workflow import Artifact
from salt_core.registry import ArtifactCache
from salt_core.registry.cache import GRACE_S, part_key


class CountingBlobs(FolderBlobs):
    """A folder that notes what was fetched."""

    fetched: list[str]

    def get_file(self, key: str, path: Path) -> None:
        self.fetched.append(key)
        super().get_file(key, path)


@pytest.fixture
def blobs(tmp_path: Path) -> CountingBlobs:
    made = CountingBlobs(tmp_path / "blobs")
    made.fetched = []
    return made


def store(blobs: FolderBlobs, *parts: bytes) -> Artifact:
    """An artifact of these parts, in the blob store."""
    digests = []
    for part in parts:
        digest = hashlib.sha256(part).hexdigest()
        blobs.put(part_key(digest), part)
        digests.append((digest, len(part)))
    whole = b"".join(parts)
    return Artifact("pex", hashlib.sha256(whole).hexdigest(), len(whole), "", "any", tuple(digests))


def test_fetches_once(tmp_path: Path, blobs: CountingBlobs) -> None:
    artifact = store(blobs, b"deps" * 2_000_000, b"sources")
    cache = ArtifactCache(tmp_path / "cache", 1 << 30)
    place = cache.get(artifact, blobs)
    took = []
    for _ in range(5):
        began = time.perf_counter()
        assert ArtifactCache(tmp_path / "cache", 1 << 30).get(artifact, blobs) == place
        took.append(time.perf_counter() - began)
    assert min(took) < 0.01
    assert len(blobs.fetched) == 2
    assert place.read_bytes() == b"deps" * 2_000_000 + b"sources"


def test_shared_parts_are_fetched_once(tmp_path: Path, blobs: CountingBlobs) -> None:
    cache = ArtifactCache(tmp_path / "cache", 1 << 30)
    cache.get(store(blobs, b"deps", b"one"), blobs)
    blobs.fetched.clear()
    second = store(blobs, b"deps", b"two")
    assert cache.get(second, blobs).read_bytes() == b"depstwo"
    assert blobs.fetched == [part_key(second.parts[1][0])]


def test_a_file_that_changed_on_this_disk_is_mended(tmp_path: Path, blobs: CountingBlobs) -> None:
    artifact = store(blobs, b"deps", b"sources")
    cache = ArtifactCache(tmp_path / "cache", 1 << 30)
    place = cache.get(artifact, blobs)
    place.write_bytes(b"depsSOURCES")
    assert cache.get(artifact, blobs).read_bytes() == b"depssources"


def test_a_file_that_was_only_moved_is_read_again_and_kept(
    tmp_path: Path, blobs: CountingBlobs
) -> None:
    artifact = store(blobs, b"deps", b"sources")
    cache = ArtifactCache(tmp_path / "cache", 1 << 30)
    place = cache.get(artifact, blobs)
    os.utime(place, (1, 1))
    blobs.fetched.clear()
    assert cache.get(artifact, blobs) == place
    assert blobs.fetched == []


def test_a_part_that_rotted_on_this_disk_is_fetched_again(
    tmp_path: Path, blobs: CountingBlobs
) -> None:
    cache = ArtifactCache(tmp_path / "cache", 1 << 30)
    first = store(blobs, b"deps", b"one")
    cache.get(first, blobs)
    (tmp_path / "cache" / "parts" / first.parts[0][0]).write_bytes(b"DEPS")
    assert cache.get(store(blobs, b"deps", b"two"), blobs).read_bytes() == b"depstwo"


def test_a_corrupted_part_is_fetched_again_once_and_refused(
    tmp_path: Path, blobs: CountingBlobs
) -> None:
    artifact = store(blobs, b"deps", b"sources")
    key = part_key(artifact.parts[0][0])
    blobs.put(key, b"DEPS")
    cache = ArtifactCache(tmp_path / "cache", 1 << 30)
    with pytest.raises(ArtifactRejected, match=r"does not match its digest, also when fetched"):
        cache.get(artifact, blobs)
    assert blobs.fetched == [key, key]
    assert list((tmp_path / "cache" / "fetching").iterdir()) == []
    blobs.put(key, b"deps")
    assert cache.get(artifact, blobs).read_bytes() == b"depssources"


def test_a_part_that_is_corrupted_on_the_way_is_fetched_again(
    tmp_path: Path, blobs: CountingBlobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    artifact = store(blobs, b"deps", b"sources")
    fetch = CountingBlobs.get_file

    def once_wrong(self: CountingBlobs, key: str, path: Path) -> None:
        fetch(self, key, path)
        if self.fetched.count(key) == 1:
            path.write_bytes(b"half")

    monkeypatch.setattr(CountingBlobs, "get_file", once_wrong)
    assert ArtifactCache(tmp_path / "cache", 1 << 30).get(artifact, blobs).exists()


def test_parts_that_do_not_make_the_artifact(tmp_path: Path, blobs: CountingBlobs) -> None:
    artifact = store(blobs, b"deps", b"sources")
    wrong = Artifact("pex", "0" * 64, artifact.size, "", "any", artifact.parts)
    with pytest.raises(ArtifactRejected, match="when its parts are joined"):
        ArtifactCache(tmp_path / "cache", 1 << 30).get(wrong, blobs)


def test_is_bounded_and_keeps_what_was_used_lately(tmp_path: Path, blobs: CountingBlobs) -> None:
    folder = tmp_path / "cache"
    cache = ArtifactCache(folder, 5000)
    places = []
    for number in range(4):
        artifact = store(blobs, bytes([number]) * 1000)
        places.append(cache.get(artifact, blobs))
        for path in folder.rglob("*"):
            if path.is_file() and "verified" not in path.name and path.stat().st_size:
                old = time.time() - GRACE_S - 1000 + number
                if path.stat().st_mtime > time.time() - 60:
                    os.utime(path, (old, old))
    assert not places[0].exists()
    left = sum(path.stat().st_size for path in folder.rglob("main.pex"))
    left += sum(path.stat().st_size for path in (folder / "parts").iterdir())
    assert left <= 6000  # the last one came when the others were within the limit


def test_never_removes_what_was_just_fetched(tmp_path: Path, blobs: CountingBlobs) -> None:
    cache = ArtifactCache(tmp_path / "cache", 10)
    places = [cache.get(store(blobs, bytes([n]) * 1000), blobs) for n in range(3)]
    assert all(place.exists() for place in places)


def test_dead_fetches_are_swept(tmp_path: Path, blobs: CountingBlobs) -> None:
    dead = tmp_path / "cache" / "fetching" / "dead"
    dead.parent.mkdir(parents=True)
    dead.write_bytes(b"half")
    os.utime(dead, (1, 1))
    ArtifactCache(tmp_path / "cache", 1 << 30).get(store(blobs, b"a"), blobs)
    assert not dead.exists()


def test_several_processes_fetch_it_once(tmp_path: Path, blobs: CountingBlobs) -> None:
    artifact = store(blobs, b"deps" * 1_000_000, b"sources")
    code = f"""
from pathlib import Path
from salt_core.blobs.folder import FolderBlobs
from salt_core.model.workflow import Artifact
from salt_core.registry import ArtifactCache
fetched = []
class Blobs(FolderBlobs):
    def get_file(self, key, path):
        fetched.append(key)
        super().get_file(key, path)
cache = ArtifactCache(Path({str(tmp_path / "cache")!r}), 1 << 30)
place = cache.get({artifact!r}, Blobs(Path({str(tmp_path / "blobs")!r})))
assert place.stat().st_size == {artifact.size}
print(len(fetched))
"""
    several = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    fetched = [int(one.communicate(timeout=60)[0]) for one in several]
    assert sorted(fetched) == [0, 0, 0, 2]


def test_a_folder_that_cannot_be_written(tmp_path: Path, blobs: CountingBlobs) -> None:
    (tmp_path / "cache").write_text("")
    with pytest.raises(SaltError, match="cannot be written"):
        ArtifactCache(tmp_path / "cache", 1 << 30).get(store(blobs, b"a"), blobs)
