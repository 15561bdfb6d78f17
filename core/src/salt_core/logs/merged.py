"""The logs of all tasks of a run as one, in time order.

First what is there (a merge of all logs by the time of their lines), then, when asked to follow,
what comes: one pump for each attempt that still writes, and a scout that learns from the change
stream which attempts begin. Lines that come within a moment of each other are put in time order.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass

from salt_core.blobs import Blobs
from salt_core.cancelling import cancel_all
from salt_core.logs.backlog import Read, backlog
from salt_core.logs.reader import LogReader, patient, tail
from salt_core.logs.tagged import tag, time_of, untag
from salt_core.model.log import Line
from salt_core.model.status import TaskStatus
from salt_core.model.task import Task
from salt_core.store import Store
from salt_core.store.paging import all_tasks

TOGETHER = 20_000
"""Lines that are put in order at once."""
GATHER_S = 0.03
"""How long lines of several tasks are gathered to be put in order."""
NEAR = 20
"""Claimed tasks whose numbers are this near are asked for together."""
LOOK_S = 5.0
"""How often the scout looks at the run although no change was told."""


@dataclass(frozen=True, slots=True)
class Said:
    """One line, and who said it."""

    task: str
    name: str
    attempt: int
    line: Line


_Key = tuple[str, int]
"""A task's id and an attempt's number."""
_Choice = Callable[[Task, int], bool]


def everything(task: Task, attempt: int) -> bool:
    """The choice of all attempts of all tasks."""
    return True


async def follow_run(
    store: Store, blobs: Blobs, run: str, *, follow: bool, chosen: _Choice = everything
) -> AsyncGenerator[Said, None]:
    """Every line of the chosen attempts of a run, each once; each attempt's own lines in order.

    Args:
        follow: Go on until the run has ended and all its logs are there.
    """
    log = RunLog(store, blobs, run, chosen)
    async with aclosing(log.records(follow=follow)) as stretches:
        async for stretch in stretches:
            for tagged in stretch:
                number, line = untag(tagged)
                source = log.sources[number]
                yield Said(source.task, source.name, source.attempt, line)


@dataclass(frozen=True, slots=True)
class Source:
    """One attempt's log among those of its run."""

    number: int
    task: str
    name: str
    attempt: int
    started: int
    reader: LogReader

    async def read_records(self) -> bytes:
        return await self.reader.read_records()


class RunLog:
    """The logs of a run as one.

    Attributes:
        sources: Where lines come from, by the number that they are tagged with (``logs.tagged``).
    """

    def __init__(self, store: Store, blobs: Blobs, run: str, chosen: _Choice = everything) -> None:
        self._store = store
        self._blobs = blobs
        self._run = run
        self._chosen = chosen
        self._seen: set[_Key] = set()
        self.sources: list[Source] = []

    async def records(self, *, follow: bool) -> AsyncGenerator[list[bytes], None]:
        """Tagged records in the order of time, in stretches; see ``follow_run``."""
        started_ms = await self._store.ping()
        self.look(await all_tasks(self._store, self._run))
        there = backlog(list(self.sources), patient if follow else _once)
        async with aclosing(there) as stretches:
            async for stretch in stretches:
                yield stretch
        if follow:
            live = _Live(self._store, self._run, self, after=f"{started_ms - 1}-0")
            try:
                async for stretch in live.records():
                    yield stretch
            finally:
                await live.stop()

    def look(self, tasks: Iterable[Task]) -> list[Source]:
        """Take in tasks as they are now; the attempts that are new and chosen."""
        new: list[Source] = []
        for task in tasks:
            for attempt in task.attempts:
                key = (task.id, attempt.number)
                if key not in self._seen and self._chosen(task, attempt.number):
                    reader = LogReader(self._store, self._blobs, self._run, *key)
                    number = len(self.sources)
                    source = Source(number, task.id, task.name, key[1], attempt.started, reader)
                    self._seen.add(key)
                    self.sources.append(source)
                    new.append(source)
        return new


async def _once(read: Read) -> bytes:
    return await read()


class _Live:
    """What a run's tasks write from now on."""

    def __init__(self, store: Store, run: str, logs: RunLog, after: str) -> None:
        self._store = store
        self._run = run
        self._logs = logs
        self._after = after
        self._told: asyncio.Queue[list[bytes] | None] = asyncio.Queue(maxsize=100)
        self._claimed: set[int] = set()
        self._news = asyncio.Event()
        self._pumps: set[asyncio.Task[None]] = set()
        self._helpers: list[asyncio.Task[None]] = []
        self._over = asyncio.Event()
        self._failure: BaseException | None = None

    async def records(self) -> AsyncGenerator[list[bytes], None]:
        self._helpers = [
            asyncio.create_task(self._listen(), name=f"changes of {self._run}"),
            asyncio.create_task(self._scout(), name=f"attempts of {self._run}"),
        ]
        self._pump(self._logs.sources)
        while (stretch := await self._next()) is not None:
            yield stretch
        await self._helpers[1]  # raises what it met

    async def stop(self) -> None:
        await cancel_all([*self._helpers, *self._pumps])

    async def _next(self) -> list[bytes] | None:
        """The lines of one moment, in order; ``None`` at the end."""
        stretch = await self._told.get()
        if stretch is None:
            return None
        if len(self._pumps) > 1:
            await asyncio.sleep(GATHER_S)
        with suppress(asyncio.QueueEmpty):
            while len(stretch) < TOGETHER:
                more = self._told.get_nowait()
                if more is None:
                    await self._told.put(None)
                    break
                stretch += more
        return sorted(stretch, key=time_of)

    def _pump(self, sources: Sequence[Source]) -> None:
        for source in sources:
            if not source.reader.closed:
                pump = asyncio.create_task(self._read(source))
                self._pumps.add(pump)
                pump.add_done_callback(self._pump_done)

    def _pump_done(self, pump: asyncio.Task[None]) -> None:
        self._pumps.discard(pump)
        if not pump.cancelled() and pump.exception() is not None:
            self._failure = pump.exception()

    async def _read(self, source: Source) -> None:
        stretches = tail(self._store, source.reader, follow=True, hurry=self._over)
        last = b"0" * 13
        async with aclosing(stretches):
            async for records in stretches:
                rest = records
                while rest:
                    *some, rest = rest.split(b"\n", TOGETHER)
                    tagged = tag(source.number, some, last)
                    if tagged:
                        last = time_of(tagged[-1])
                        await self._told.put(tagged)

    async def _listen(self) -> None:
        """Note which tasks of the run are claimed, and when the run changes."""
        while True:
            await patient(self._listen_once)

    async def _listen_once(self) -> None:
        async for change in self._store.changes(self._after):
            self._after = change["id"]
            run, _, task = change["key"].partition("/")
            if run != self._run:
                continue
            if change["kind"] == "run":
                self._news.set()
            elif change["kind"] == "task" and change["status"] == TaskStatus.RUNNING:
                self._claimed.add(int(task))
                self._news.set()

    async def _scout(self) -> None:
        try:
            await self._find_attempts()
        except Exception:
            await self._told.put(None)
            raise
        await self._told.put(None)

    async def _find_attempts(self) -> None:
        """Start a pump for each attempt that begins, until the run and all pumps have ended."""
        while True:
            head = await patient(lambda: self._store.run(self._run))
            if head is None or head.status.final:
                break
            for first, last in _stretches(self._claimed):
                self._pump(self._logs.look(await self._tasks(first, last)))
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await self._news.wait()
            self._news.clear()
        self._pump(self._logs.look(await patient(lambda: all_tasks(self._store, self._run))))
        self._over.set()
        while self._pumps:
            await asyncio.wait(self._pumps)
        if self._failure is not None:
            raise self._failure

    async def _tasks(self, first: int, last: int) -> list[Task]:
        return await patient(lambda: self._store.tasks(self._run, first, last - first + 1))


def _stretches(numbers: set[int]) -> list[tuple[int, int]]:
    """Take the numbers out of the set, as few stretches (first, last) that hold them all."""
    stretches: list[tuple[int, int]] = []
    for number in sorted(numbers):
        if stretches and number - stretches[-1][1] <= NEAR:
            stretches[-1] = (stretches[-1][0], number)
        else:
            stretches.append((number, number))
    numbers.clear()
    return stretches
