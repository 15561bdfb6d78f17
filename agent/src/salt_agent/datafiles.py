"""Data files: large or binary values that a process writes to, or wants in, a folder of its attempt.

They are named by their sha256 and live in the blob store beside the large values. What is put
there is verified first, and so is what comes back, for all workflows share their names. The bytes
go from disk to disk in threads, a few files at once; the agent never holds a whole one.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from salt_agent.blobaccess import AsyncBlobs
from salt_agent.patience import Patience
from salt_agent.values import ValueRefused
from salt_core.blobs import Blobs
from salt_core.errors import NotFound
from salt_core.model.task import Failure
from salt_core.wire import messages

_AT_ONCE = 4
"""Files that an agent moves at the same time."""
_DIGEST = re.compile("[0-9a-f]{64}")
_BAD = "BadData"


class DataFiles:
    """What the attempts of an agent move their data files with."""

    def __init__(self, blobs: AsyncBlobs, patience: Patience) -> None:
        self.blobs = blobs
        self.patience = patience
        self.threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="data")

    def close(self) -> None:
        """Begin no more; what a thread has begun ends."""
        self.threads.shutdown(wait=False, cancel_futures=True)

    def of(self, folder: str) -> AttemptFiles:
        """Those of the attempt that has ``folder``."""
        return AttemptFiles(self, folder)


class AttemptFiles:
    """The data files of one attempt, in a folder that is its own."""

    def __init__(self, common: DataFiles, folder: str) -> None:
        self.folder = folder
        self._common = common
        self._answers: dict[str, asyncio.Task[None]] = {}
        self._at_work: set[Future[None]] = set()

    async def put(self, names: Iterable[str]) -> None:
        """Put these into the blob store, as far as it lacks them.

        Raises:
            ValueRefused: One is not there, or not what its name says.
        """
        wanted = dict.fromkeys(names)
        if not wanted:
            return
        folder, blobs = Path(self.folder), self._common.blobs
        for name in wanted:
            if _DIGEST.fullmatch(name) is None:
                raise ValueRefused(f"{name[:80]!r} is not the sha256 of a data file.", type=_BAD)
        await asyncio.gather(
            *(
                self._moved(lambda name=name: _put(blobs.blocking(), folder, name))  # type: ignore[misc]
                for name in wanted
            )
        )

    def answer(self, name: str, send: Callable[[bytes], None]) -> None:
        """Bring ``name`` for the attempt's process, and tell it by ``send`` where it is."""
        if name not in self._answers:
            task = asyncio.get_running_loop().create_task(self._answer(name, send))
            self._answers[name] = task
            task.add_done_callback(lambda _: self._answers.pop(name))

    def over(self, then: Callable[[], None]) -> None:
        """Bring no more; call ``then`` when no thread uses the folder any longer."""
        for task in self._answers.values():
            task.cancel()
        left = [work for work in tuple(self._at_work) if not work.cancel()]
        if not left:
            then()
            return
        loop, count = asyncio.get_running_loop(), len(left)

        def one_less() -> None:
            nonlocal count
            count -= 1
            if count == 0:
                then()

        for work in left:
            work.add_done_callback(lambda _: loop.call_soon_threadsafe(one_less))

    async def bring(self, name: str) -> Path:
        """Where the file ``name`` is, in this folder.

        Raises:
            ValueRefused: The blob store does not have it, or has it damaged.
            OSError: The disk cannot take it.
        """
        place, blobs = Path(self.folder, name), self._common.blobs
        if not place.is_file():
            await self._moved(lambda: _get(blobs.blocking(), place))
        return place

    async def _answer(self, name: str, send: Callable[[bytes], None]) -> None:
        try:
            send(messages.fetched(name, path=str(await self.bring(name))))
        except ValueRefused as error:
            send(messages.fetched(name, failure=error.failure()))
        except OSError as error:
            failure = Failure("OSError", f"A data file cannot be written: {error.strerror}.")
            send(messages.fetched(name, failure=failure))

    async def _moved(self, work: Callable[[], None]) -> None:
        """``work`` in a thread, as often as the blob store is away."""

        async def once() -> None:
            begun = self._common.threads.submit(work)
            self._at_work.add(begun)
            begun.add_done_callback(self._at_work.discard)
            await asyncio.wrap_future(begun)

        await self._common.patience.answered(once)


def _put(blobs: Blobs, folder: Path, name: str) -> None:
    key, file = f"values/{name}", folder / name
    if blobs.exists(key):
        return
    try:
        if file.is_symlink() or _sha256(file) != name:
            raise ValueRefused(
                f"The data file {name} is not what its process said that it is.", type=_BAD
            )
        blobs.put_file(key, file)
    except FileNotFoundError:
        raise ValueRefused(
            f"The process spoke of the data file {name} and did not write it.", type=_BAD
        ) from None


def _get(blobs: Blobs, place: Path) -> None:
    beside = place.with_suffix(".part")
    try:
        blobs.get_file(f"values/{place.name}", beside)
        if _sha256(beside) != place.name:
            raise ValueRefused(
                f"The data file {place.name} in the blob store is damaged.", type=_BAD
            )
        beside.rename(place)
    except NotFound as error:
        raise ValueRefused(f"A data file is not in the blob store: {error}", type=_BAD) from error
    finally:
        beside.unlink(missing_ok=True)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
