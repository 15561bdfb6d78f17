"""Publish, name and fetch versions, on real stores and blob stores."""

from __future__ import annotations

import hashlib
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from salt_core.blobs import Blobs
from salt_core.config import Config
from salt_core.errors import ArtifactRejected, BadInput, NotFound, Refused
from salt_core.model.workflow import Artifact, Version
from salt_core.registry import ArtifactCache, Registry
from salt_core.store import Store
from salt_core.store.redis import open_store

DEPENDENCIES = os.urandom(9_000_000)  # more than is uploaded from memory


def make(folder: Path, sources: bytes) -> tuple[Path, Artifact]:
    """An artifact of two layers."""
    file = folder / "main.pex"
    file.write_bytes(DEPENDENCIES + sources)
    parts = tuple((hashlib.sha256(part).hexdigest(), len(part)) for part in (DEPENDENCIES, sources))
    digest = hashlib.sha256(DEPENDENCIES + sources).hexdigest()
    size = len(DEPENDENCIES) + len(sources)
    return file, Artifact("pex", digest, size, ">=3.11", "any", parts)


@pytest.fixture
async def store(redis_url: str, config: Config) -> AsyncIterator[Store]:
    opened = await open_store(config.model_copy(update={"redis_url": redis_url}))
    yield opened
    await opened.close()


@pytest.fixture
def registry(store: Store, blobs: Blobs) -> Registry:
    return Registry(store, blobs)


@pytest.fixture
def cache(config: Config) -> ArtifactCache:
    return ArtifactCache(config.cache, config.cache_bytes)


async def publish(
    registry: Registry, made: tuple[Path, Artifact], workflow: str = "nightly", **more: object
) -> tuple[Version, bool]:
    options = {"described": {"salt": 1}, "settings": {}, "source": "/src", **more}
    return await registry.publish(*made, workflow=workflow, **options)  # type: ignore[arg-type]


async def test_what_was_published_is_fetched(
    registry: Registry, cache: ArtifactCache, tmp_path: Path
) -> None:
    made = make(tmp_path, b"one")
    version, fresh = await publish(registry, made)
    assert fresh and version.version == made[1].digest[:12] and version.registered > 0
    assert version.described == {"salt": 1}
    file = await registry.fetch(await registry.resolve("nightly"), cache)
    assert file.read_bytes() == made[0].read_bytes()
    assert os.access(file, os.X_OK)


async def test_the_same_bytes_again_are_nothing_new(
    registry: Registry, store: Store, blobs: Blobs, tmp_path: Path
) -> None:
    made = make(tmp_path, b"one")
    first, _ = await publish(registry, made)
    made[0].unlink()  # not even read
    again, fresh = await publish(registry, made, settings={"queue": "gpu"})
    assert not fresh and again == first
    assert len(await store.versions("nightly")) == 1
    workflow = await store.workflow("nightly")
    assert workflow is not None and workflow.settings == {"queue": "gpu"}


async def test_a_changed_line_uploads_only_the_sources(
    registry: Registry, blobs: Blobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await publish(registry, make(tmp_path, b"one"))
    stored = set(blobs.list("parts/"))
    monkeypatch.setattr(type(blobs), "put_file", None)  # the way of large parts
    made = make(tmp_path, b"two")
    await publish(registry, made)
    assert set(blobs.list("parts/")) - stored == {f"parts/{made[1].parts[1][0]}"}


async def test_a_part_that_is_lost_comes_back_with_the_next_publish(
    registry: Registry, blobs: Blobs, cache: ArtifactCache, tmp_path: Path
) -> None:
    made = make(tmp_path, b"one")
    version, _ = await publish(registry, made)
    blobs.delete(f"parts/{made[1].parts[0][0]}")
    with pytest.raises(ArtifactRejected, match="has no parts/") as caught:
        await registry.fetch(version, cache)
    assert "Register" in caught.value.remedy
    await publish(registry, made)
    assert (await registry.fetch(version, cache)).exists()


async def test_a_file_that_changed_since_it_was_described(
    registry: Registry, store: Store, tmp_path: Path
) -> None:
    file, artifact = make(tmp_path, b"one")
    file.write_bytes(DEPENDENCIES + b"two")
    with pytest.raises(ArtifactRejected, match="not the file that was built"):
        await publish(registry, (file, artifact))
    assert await store.workflows() == []


async def test_another_artifact_with_the_same_name(registry: Registry, tmp_path: Path) -> None:
    file, artifact = make(tmp_path, b"one")
    await publish(registry, (file, artifact))
    digest = artifact.digest[:12] + "0" * 52
    other = Artifact("pex", digest, artifact.size, "", "any", artifact.parts)
    with pytest.raises(Refused, match="is another artifact"):
        await publish(registry, (file, other))


async def test_parts_that_do_not_make_the_whole(registry: Registry, tmp_path: Path) -> None:
    file, artifact = make(tmp_path, b"one")
    wrong = Artifact("pex", artifact.digest, artifact.size, "", "any", artifact.parts[:1])
    with pytest.raises(ArtifactRejected, match="The parts of artifact"):
        await publish(registry, (file, wrong))


@pytest.mark.parametrize("name", ["", "Nightly", "a/b", "../x"])
async def test_a_name_that_is_none(registry: Registry, tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInput, match="cannot be a workflow's name"):
        await publish(registry, make(tmp_path, b"one"), workflow=name)


async def test_resolve(registry: Registry, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="salt register"):
        await registry.resolve("nightly")
    old, _ = await publish(registry, make(tmp_path, b"one"))
    new, _ = await publish(registry, make(tmp_path, b"two"))
    other, _ = await publish(registry, make(tmp_path, b"three"), make_live=False)
    assert await registry.resolve("nightly") == new
    for version in (old, new, other):
        assert await registry.resolve(f"nightly@{version.version}") == version
        assert await registry.resolve(f"nightly@{version.version[:8]}") == version
    with pytest.raises(NotFound, match=r"no workflow 'nigthly'.* Did you mean nightly\?"):
        await registry.resolve("nigthly")
    with pytest.raises(NotFound, match="has no version 'zz'.* There are: "):
        await registry.resolve("nightly@zz")
    with pytest.raises(NotFound, match="has no version ''"):
        await registry.resolve("nightly@")


async def test_resolve_wants_a_unique_prefix(
    registry: Registry, store: Store, tmp_path: Path
) -> None:
    _, artifact = make(tmp_path, b"one")
    for number in range(2):
        version = Version("nightly", f"abc{number}", artifact, {})
        await store.register(version, {})
    with pytest.raises(BadInput, match="2 versions of 'nightly' begin with 'ab'"):
        await registry.resolve("nightly@ab")
