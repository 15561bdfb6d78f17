"""Publish, name and fetch versions."""

from __future__ import annotations

import asyncio
import hashlib
import tempfile
from pathlib import Path
from typing import Any, BinaryIO

from salt_core.blobs import Blobs
from salt_core.errors import ArtifactRejected, BadInput, NotFound, Refused
from salt_core.ids import is_name
from salt_core.model.workflow import Artifact, Version
from salt_core.registry.cache import ArtifactCache, part_key
from salt_core.registry.finding import find_version, find_workflow
from salt_core.store import RegistryVerbs

VERSION_DIGITS = 12
_IN_MEMORY_BYTES = 8 << 20
_COPY_BYTES = 1 << 20


class Registry:
    """The registry on a store and a blob store. Blocking work is done in threads."""

    def __init__(self, store: RegistryVerbs, blobs: Blobs) -> None:
        self._store = store
        self._blobs = blobs

    async def publish(
        self,
        file: Path,
        artifact: Artifact,
        *,
        workflow: str,
        described: dict[str, Any],
        settings: dict[str, Any],
        source: str,
        make_live: bool = True,
    ) -> tuple[Version, bool]:
        """Upload what the blob store lacks of ``file``, then register it.

        The same bytes again upload and change nothing, but ``settings`` are taken and the
        version is made live.

        Args:
            file: The artifact; ``artifact`` describes it.
            described: What ``describe --json`` of the artifact printed.
            settings: The whole of salt.yaml.
            source: The folder that it was built from, for people.

        Returns:
            The version, and whether it is new.

        Raises:
            BadInput: ``workflow`` cannot be a name.
            ArtifactRejected: The file is not what ``artifact`` says: it changed since.
            Refused: Another artifact has this version's name.
        """
        if not is_name(workflow):
            raise BadInput(
                f"{workflow!r} cannot be a workflow's name.",
                "Use lower-case letters, digits, '.', '_' and '-', at most 63 of them.",
                key="workflow",
            )
        name = artifact.digest[:VERSION_DIGITS]
        there = await self._store.version(workflow, name)
        if there is not None and there.artifact.digest != artifact.digest:
            raise Refused(
                f"Version {name} of {workflow} is another artifact, {there.artifact.digest}.",
                "Change anything in the sources and build again.",
            )
        await asyncio.to_thread(_upload, self._blobs, file, artifact)
        version = Version(workflow, name, artifact, described, source=source)
        fresh = await self._store.register(version, settings, make_live=make_live)
        return await self._store.version(workflow, name) or version, fresh

    async def fetch(self, version: Version, cache: ArtifactCache) -> Path:
        """The version's file on this machine, verified.

        Raises:
            ArtifactRejected: The blob store does not have the bytes that were registered.
            Unreachable: It does not answer.
        """
        return await asyncio.to_thread(cache.get, version.artifact, self._blobs)

    async def resolve(self, name_at_version: str) -> Version:
        """What ``WF`` (its live version) or ``WF@VERSION`` (or the only one that begins so) names.

        Raises:
            NotFound: There is none; tells what there is.
            BadInput: Several versions begin so.
        """
        name, at, wanted = name_at_version.partition("@")
        workflow = await find_workflow(self._store, name)
        if not at:
            wanted = workflow.live
            if not wanted:
                raise NotFound(f"Workflow {name!r} has no version yet.", "Register one.")
        return await find_version(self._store, workflow, wanted)


def _upload(blobs: Blobs, file: Path, artifact: Artifact) -> None:
    missing = [
        (start, size, digest)
        for start, size, digest in _slices(artifact)
        if not blobs.exists(part_key(digest))
    ]
    if not missing:
        return
    with file.open("rb") as source:
        if hashlib.file_digest(source, "sha256").hexdigest() != artifact.digest:
            raise _changed(file)
        for start, size, digest in missing:
            source.seek(start)
            _upload_part(blobs, source, size, digest, file)


def _upload_part(blobs: Blobs, source: BinaryIO, size: int, digest: str, file: Path) -> None:
    if size <= _IN_MEMORY_BYTES:
        data = source.read(size)
        if hashlib.sha256(data).hexdigest() != digest:
            raise _changed(file)
        blobs.put(part_key(digest), data)
        return
    seal = hashlib.sha256()
    with tempfile.TemporaryDirectory(prefix="salt-part-", dir=file.parent) as folder:
        beside = Path(folder, "part")
        with beside.open("wb") as out:
            while size and (data := source.read(min(size, _COPY_BYTES))):
                seal.update(data)
                out.write(data)
                size -= len(data)
        if seal.hexdigest() != digest:
            raise _changed(file)
        blobs.put_file(part_key(digest), beside)


def _slices(artifact: Artifact) -> list[tuple[int, int, str]]:
    """Start, size and sha256 of each part."""
    found, start = [], 0
    for digest, size in artifact.parts:
        found.append((start, size, digest))
        start += size
    if start != artifact.size:
        raise ArtifactRejected(
            f"The parts of artifact {artifact.digest[:VERSION_DIGITS]} have {start} bytes, "
            f"and the whole has {artifact.size}."
        )
    return found


def _changed(file: Path) -> ArtifactRejected:
    return ArtifactRejected(
        f"{file} is not the file that was built: it has another sha256.", "Build it again."
    )
