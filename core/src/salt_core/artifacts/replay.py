"""Replay a run's journal with an artifact, offline: what would its code do with it?

The artifact's process is given the whole journal at once and gets nothing else. What it says first
that is neither an answer nor a question about data decides (``replay_verdict``).
"""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from salt_core.artifacts.command import clean_environment
from salt_core.artifacts.replay_verdict import Outcome, Past, Replayed, judge
from salt_core.errors import ArtifactRejected, SaltError
from salt_core.model.task import Failure
from salt_core.wire import messages
from salt_core.wire.messages import Failed, Fetch, FromArtifact, Hello

FetchData = Callable[[str], Awaitable[Path]]
"""Where the data file of this sha256 is; raises ``SaltError`` when it cannot be had."""

START_S = 300.0
"""Longest time that a process may take until it comes to its socket."""
_PAGE = 500
_LARGEST_FRAME = 512 << 20
_END_S = 5.0
_KEPT = 8 * 1024

_Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def replay(
    serve: Sequence[str],
    past: Past,
    fetch: FetchData,
    *,
    env: Mapping[str, str] | None = None,
    timeout_s: float = 600.0,
) -> Replayed:
    """Replay ``past`` once, in a fresh process.

    Args:
        serve: What starts the artifact, ``command(unpacked, "serve")``.
        fetch: For data files that the function reads.
        env: Variables of the workflow.
        timeout_s: Longest time that the function may take for it.

    Raises:
        SaltError: The artifact's process does not come to take work: it does not import.
    """
    with tempfile.TemporaryDirectory(prefix=f"salt-replay-{os.getpid()}-", dir="/tmp") as folder:
        async with _process(serve, Path(folder), env or {}) as child:
            try:
                async with asyncio.timeout(timeout_s):
                    return await _converse(child, past, fetch, Path(folder))
            except ValueError as error:
                return Replayed(Outcome.FAILED, str(error))
            except TimeoutError:
                text = f"It took more than {timeout_s:g} s and was ended."
                return Replayed(Outcome.FAILED, text)


async def _converse(child: _Child, past: Past, fetch: FetchData, folder: Path) -> Replayed:
    reader, writer = child.streams
    work, files = folder / "work", folder / "files"
    work.mkdir()
    files.mkdir()
    pages = [past.entries[i : i + _PAGE] for i in range(0, len(past.entries), _PAGE)] or [()]
    opening = messages.workflow(
        run=past.run,
        attempt=1,
        name=past.function,
        params=past.params,
        now=past.created,
        entries=pages[0],
        more=len(pages) > 1,
        cwd=str(work),
        env={"SALT_RUN_ID": past.run, "SALT_TASK": "0", "SALT_ATTEMPT": "1"},
        files=str(files),
    )
    with suppress(ConnectionError):  # what it said before it went is read below
        writer.write(opening)
        for number, page in enumerate(pages[1:], 2):
            writer.write(messages.journal(page, more=number < len(pages)))
            await writer.drain()
    while (said := await _next(reader)) is not None:
        if isinstance(said, Failed):
            raise SaltError(f"The artifact does not import: {_import_error(said)}.")
        if isinstance(said, Fetch):
            writer.write(await _fetched(said.data, fetch))
            continue
        verdict = judge(past, said)
        if verdict is not None:
            return verdict
    return Replayed(Outcome.FAILED, await child.ended())


async def _fetched(data: str, fetch: FetchData) -> bytes:
    try:
        return messages.fetched(data, path=str(await fetch(data)))
    except SaltError as error:
        failure = Failure(type(error).__name__, str(error), retryable=False)
        return messages.fetched(data, failure=failure)


async def _next(reader: asyncio.StreamReader) -> FromArtifact | None:
    """The next message that is known here; ``None`` when there is no other."""
    while line := await _line(reader):
        message = messages.read(line)
        if message is not None:
            return message
    return None


async def _line(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readuntil(b"\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return b""
    except asyncio.LimitOverrunError:
        raise ValueError("The artifact sent a message that is too large.") from None


class _Child:
    """A single-use process that has come to its socket."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.streams: _Streams
        assert process.stderr is not None
        self._stderr = process.stderr
        self._data = bytearray()
        self.reading = asyncio.ensure_future(self._read())

    async def _read(self) -> None:
        while data := await self._stderr.read(_KEPT):
            self._data += data
            del self._data[:-_KEPT]

    async def ended(self) -> str:
        """How it ended, with its last line, as a sentence."""
        how = await self.process.wait()
        await self.reading
        last = self._data.decode("utf-8", "replace").strip().rpartition("\n")[2]
        what = f"with exit code {how}" if how >= 0 else f"by signal {-how}"
        return f"Its process ended {what} and gave no answer{f': {last}' if last else ''}."


@asynccontextmanager
async def _process(
    serve: Sequence[str], folder: Path, env: Mapping[str, str]
) -> AsyncIterator[_Child]:
    path, token = str(folder / "s"), secrets.token_hex(16)
    met: asyncio.Future[_Streams] = asyncio.get_running_loop().create_future()

    def arrived(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if met.done():
            writer.close()
        else:
            met.set_result((reader, writer))

    server = await asyncio.start_unix_server(arrived, path, limit=_LARGEST_FRAME)
    child = _Child(
        await asyncio.create_subprocess_exec(
            *serve,
            "--single",
            "--socket",
            path,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            env=clean_environment({**env, "SALT_TOKEN": token}),
            cwd="/",
            start_new_session=True,
        )
    )
    try:
        child.streams = await _meet(child, met)
        await _greeted(child.streams[0], token)
        yield child
    finally:
        server.close()
        if met.done():
            met.result()[1].close()
        else:
            met.cancel()
        await asyncio.shield(_end(child.process))
        await asyncio.wait([child.reading], timeout=_END_S)


async def _meet(child: _Child, met: asyncio.Future[_Streams]) -> _Streams:
    ended = asyncio.ensure_future(child.process.wait())
    try:
        either: set[asyncio.Future[Any]] = {met, ended}
        await asyncio.wait(either, timeout=START_S, return_when=asyncio.FIRST_COMPLETED)
        if met.done():
            return met.result()
        if ended.done():
            raise SaltError(await child.ended())
        raise SaltError(f"The artifact took more than {START_S:.0f} s to start.")
    finally:
        ended.cancel()


async def _greeted(reader: asyncio.StreamReader, token: str) -> None:
    try:
        said = await _next(reader)
    except ValueError as error:
        raise SaltError(str(error)) from None
    if isinstance(said, Failed):
        raise SaltError(f"The artifact does not import: {_import_error(said)}.")
    if not isinstance(said, Hello) or said.token != token:
        raise ArtifactRejected("What came to the socket is not the artifact.")


def _import_error(failed: Failed) -> str:
    error = failed.error
    where = f" ({error.file}:{error.line})" if error.file else ""
    return f"{error.type}: {error.message.rstrip('.')}{where}"


async def _end(process: asyncio.subprocess.Process) -> None:
    """Its connection is closed, which ends it; one that stays is made to."""
    for step in (None, signal.SIGTERM, signal.SIGKILL):
        if step is not None:
            with suppress(ProcessLookupError):
                process.send_signal(step)
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), None if step is signal.SIGKILL else _END_S)
            return
