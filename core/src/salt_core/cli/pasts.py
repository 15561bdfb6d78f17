"""Runs as a replay needs them: the journal with its large values in place, and their data files."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import replace
from pathlib import Path

from salt_core.artifacts.replay_verdict import Past
from salt_core.blobs import Blobs
from salt_core.cli.values import resolved
from salt_core.errors import ArtifactRejected
from salt_core.model.journal import Done, Entry
from salt_core.model.run import Run
from salt_core.store import Store

_PAGE = 500


async def read_past(store: Store, blobs: Blobs, run: Run) -> Past:
    """All that a replay of ``run`` is given.

    Raises:
        SaltError: A large value is not in the blob store any more, or was changed.
    """
    entries: list[Entry] = []
    while page := await store.journal(run.id, len(entries), _PAGE):
        entries += await asyncio.to_thread(_whole, page, blobs)
    value = await store.result(run.id)
    return Past(
        run=run.id,
        function=run.function or run.workflow,
        params=await asyncio.to_thread(resolved, run.params or "{}", blobs),
        created=run.created,
        status=run.status,
        entries=entries,
        value=None if value is None else await asyncio.to_thread(resolved, value, blobs),
        failure=run.error,
    )


def _whole(entries: list[Entry], blobs: Blobs) -> list[Entry]:
    return [
        replace(one, value=resolved(one.value, blobs))
        if isinstance(one, Done) and one.value is not None
        else one
        for one in entries
    ]


class DataFiles:
    """Data files that values refer to, fetched into ``folder`` when somebody asks."""

    def __init__(self, blobs: Blobs, folder: Path) -> None:
        self._blobs = blobs
        self._folder = folder

    async def fetch(self, data: str) -> Path:
        """The file with this sha256.

        Raises:
            SaltError: The blob store does not have it.
        """
        return await asyncio.to_thread(self._fetch, data)

    def _fetch(self, data: str) -> Path:
        path = self._folder / data
        if path.is_file():
            return path
        beside = self._folder / f".{data}"
        self._blobs.get_file(f"values/{data}", beside)
        with beside.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != data:
                raise ArtifactRejected(f"The data file {data[:12]}… in the blob store was changed.")
        beside.replace(path)
        return path
