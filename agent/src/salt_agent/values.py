"""Large values: kept in the blob store by their content, with a reference where they were.

The reference is JSON text like any other value, ``{"$blob":"<sha256>","size":N}``. No user's value
looks like it, for a user's key that begins with ``$`` is written with one ``$`` more.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from salt_agent.blobaccess import AsyncBlobs
from salt_agent.patience import Patience
from salt_core.errors import SaltError
from salt_core.model.journal import Done, Entry, Turned
from salt_core.model.task import Failure

KEPT_INLINE = 32 * 1024
"""Bytes of JSON text that Redis keeps itself."""
LARGEST = 256 << 20

_REFERENCE = re.compile(r'\{"\$blob":"([0-9a-f]{64})","size":(\d+)\}')


class ValueRefused(SaltError):
    """A value cannot be kept, or cannot be read back: the attempt fails with this sentence."""

    def __init__(self, message: str, remedy: str = "", *, type: str = "ValueTooLarge") -> None:
        super().__init__(message, remedy)
        self.type = type
        """What the failure is called that people are shown."""

    def failure(self) -> Failure:
        """Another try would meet the same."""
        return Failure(self.type, str(self), retryable=False)


class Values:
    """Puts large values away and brings them back."""

    def __init__(self, blobs: AsyncBlobs, patience: Patience) -> None:
        self._blobs = blobs
        self._patience = patience

    async def keep(self, text: str) -> str:
        """``text``, or a reference to it when it is large.

        Raises:
            ValueRefused: It is larger than any value may be.
        """
        if len(text) * 4 <= KEPT_INLINE:
            return text
        data = text.encode("utf-8", "surrogatepass")
        if len(data) <= KEPT_INLINE:
            return text
        if len(data) > LARGEST:
            raise ValueRefused(
                f"A value has {len(data) >> 20} MiB of JSON, and {LARGEST >> 20} MiB is the most.",
                "Write it to a file or a table, and return where it is.",
            )
        digest = await asyncio.to_thread(lambda: hashlib.sha256(data).hexdigest())
        await self._patience.answered(lambda: self._blobs.put(f"values/{digest}", data))
        return f'{{"$blob":"{digest}","size":{len(data)}}}'

    async def fetch(self, text: str) -> str:
        """The opposite of ``keep``.

        Raises:
            ValueRefused: The blob store does not have what the reference names.
        """
        found = _REFERENCE.fullmatch(text) if _may_refer(text) else None
        if found is None:
            return text
        digest = found[1]
        try:
            data = await self._patience.answered(lambda: self._blobs.get(f"values/{digest}"))
        except SaltError as error:
            raise ValueRefused(
                f"A large value is not in the blob store: {error}", type="ValueLost"
            ) from error
        if await asyncio.to_thread(lambda: hashlib.sha256(data).hexdigest()) != digest:
            raise ValueRefused(
                f"The large value {digest} in the blob store is damaged.", type="ValueLost"
            )
        return data.decode("utf-8", "surrogatepass")

    async def keep_all(self, texts: Sequence[str]) -> list[str]:
        """``keep`` for many, side by side."""
        return await _each(self.keep, texts, lambda text: len(text) * 4 > KEPT_INLINE)

    async def fetch_all(self, values: Mapping[int, str]) -> dict[int, str]:
        """``fetch`` for many, side by side."""
        texts = await _each(self.fetch, list(values.values()), _may_refer)
        return dict(zip(values, texts, strict=True))

    async def fetch_entries(self, entries: Iterable[Entry]) -> list[Entry]:
        """A stretch of a journal with its large values in place."""
        entries = list(entries)
        texts = {
            index: entry.value
            for index, entry in enumerate(entries)
            if isinstance(entry, Done | Turned) and entry.value and _may_refer(entry.value)
        }
        for index, text in (await self.fetch_all(texts)).items():
            entry = entries[index]
            assert isinstance(entry, Done | Turned)
            entries[index] = replace(entry, value=text)
        return entries


def _may_refer(text: str) -> bool:
    return text.startswith('{"$blob"')


async def _each(
    change: Callable[[str], Awaitable[str]],
    texts: Sequence[str],
    concerns: Callable[[str], bool],
) -> list[str]:
    """``change`` for those that it ``concerns``; the blob store's threads bound how many at once."""
    chosen = [index for index, text in enumerate(texts) if concerns(text)]
    changed = await asyncio.gather(*(change(texts[index]) for index in chosen))
    result = list(texts)
    for index, text in zip(chosen, changed, strict=True):
        result[index] = text
    return result
