"""``salt replay``: what other code would have made of past runs; and moving one that departed."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from salt_core.artifacts import Unpacked, command, unpack
from salt_core.artifacts.replay import replay as replay_past
from salt_core.artifacts.replay_verdict import Outcome, Replayed
from salt_core.blobs import Blobs, open_blobs
from salt_core.cancelling import cancel_all
from salt_core.cli import deeds
from salt_core.cli.finding import find_run
from salt_core.cli.output import one_line, opened, print_json, print_json_line, run_async, say, warn
from salt_core.cli.pasts import DataFiles, read_past
from salt_core.cli.records import Record
from salt_core.config import Config, load
from salt_core.errors import BadInput, NotFound, SaltError, Unreachable
from salt_core.model.run import Run, RunFilter
from salt_core.model.workflow import Version, Workflow
from salt_core.registry import ArtifactCache, Registry, find_version, find_workflow
from salt_core.store import Store
from salt_core.store.paging import task_pages

AT_ONCE = 2
LAST = 20


@dataclass(frozen=True, slots=True)
class _Asked:
    target: str
    against: str | None
    last: int


def replay(
    target: Annotated[str, typer.Argument(help="A workflow, for its last runs; or a run's id.")],
    against: Annotated[
        str | None,
        typer.Option(help="File main.pex, or version, to replay with. Default: each run's own."),
    ] = None,
    last: Annotated[int, typer.Option(help="How many runs of the workflow, newest first.")] = LAST,
    onto: Annotated[
        str | None,
        typer.Option(help="Let the run go on with this version, or 'latest': not a trial."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document a line.")
    ] = False,
) -> None:
    """Replay the journals of past runs, offline. Exit code 1 when one of them departs.

    With --onto, send a run that is under way to another version: it is replayed there, and goes on.
    """
    if last < 1:
        raise BadInput(f"--last {last} is not above zero.", key="--last")
    if onto is not None:
        if against is not None:
            raise BadInput("--against only tries, and --onto moves.", "Give one of them.")
        _print_moved(run_async(_move(target, onto)), as_json)
        return
    if not run_async(_replay(_Asked(target, against, last), as_json)):
        raise typer.Exit(1)


async def _replay(asked: _Asked, as_json: bool) -> bool:
    """Replay, print a line for each run, and tell whether all came out the same."""
    config = load()
    counts = {True: 0, False: 0}
    async with opened(config) as store:
        blobs = open_blobs(config)
        workflow, runs = await _runs(store, asked)
        with tempfile.TemporaryDirectory(prefix="salt-data-") as folder:
            trial = _Trial(config, store, blobs, workflow, asked.against, Path(folder))
            await trial.prepare()
            async with aclosing(trial.replayed(runs)) as results:
                async for run, found in results:
                    counts[found.same] += 1
                    if as_json:
                        print_json_line(_record(run, found))
                    else:
                        say(f"{run.id}  {found.outcome}  {one_line(found.text)}")
    if not as_json:
        _print_sum(counts)
    return counts[False] == 0


def _print_sum(counts: dict[bool, int]) -> None:
    total = counts[True] + counts[False]
    runs = "1 run" if total == 1 else f"{total} runs"
    warn(f"{runs} replayed, {counts[False]} not the same.")


def _record(run: Run, found: Replayed) -> Record:
    return {
        "run": run.id,
        "version": run.version,
        "status": str(run.status),
        "outcome": str(found.outcome),
        "same": found.same,
        "text": found.text,
    }


async def _runs(store: Store, asked: _Asked) -> tuple[Workflow, list[Run]]:
    """The runs that ``target`` means, newest first.

    Raises:
        NotFound: It is neither a workflow nor a run, or there is nothing to replay.
    """
    workflow = await store.workflow(asked.target)
    if workflow is None:
        try:
            run = await find_run(store, asked.target)
        except NotFound:
            raise NotFound(
                f"There is neither a workflow nor a run {asked.target!r}.",
                "'salt workflows' and 'salt runs' list them.",
            ) from None
        return await find_workflow(store, run.workflow), [run]
    runs = await _ended(store, workflow.name, asked.last)
    if not runs:
        raise NotFound(f"No run of {workflow.name!r} has ended yet.", "There is nothing to replay.")
    return workflow, [one for run in runs for one in (run, *await _called(store, run))]


async def _called(store: Store, run: Run) -> list[Run]:
    """Runs of the same workflow that ``run`` called, and those that they called.

    They are workflow functions of the same artifact.
    """
    version = await store.version(run.workflow, run.version)
    if version is not None and len(version.described.get("workflows") or ()) < 2:
        return []
    found: list[Run] = []
    async for page in task_pages(store, run):
        for task in page:
            child = await store.run(task.child) if task.child else None
            if child is not None and child.workflow == run.workflow and child.status.final:
                found += [child, *await _called(store, child)]
    return found


async def _ended(store: Store, workflow: str, last: int) -> list[Run]:
    found: list[Run] = []
    offset = 0
    while len(found) < last:
        page = await store.runs(RunFilter(workflow=workflow, limit=last, offset=offset))
        if not page:
            break
        offset += len(page)
        found += [one for one in page if one.status.final]
    return found[:last]


class _Trial:
    """Some runs, each replayed with one artifact or with its own."""

    def __init__(
        self,
        config: Config,
        store: Store,
        blobs: Blobs,
        workflow: Workflow,
        against: str | None,
        folder: Path,
    ) -> None:
        self._config = config
        self._store = store
        self._blobs = blobs
        self._workflow = workflow
        self._against = against
        self._data = DataFiles(blobs, folder)
        self._one: Unpacked | None = None
        self._gate = asyncio.Semaphore(AT_ONCE)
        self._env = _environment(workflow)

    async def prepare(self) -> None:
        """Unpack the one artifact, where one is named.

        Raises:
            BadInput: It is neither a file nor a version.
        """
        if self._against is None:
            return
        path = Path(self._against)
        if path.is_file():
            self._one = await asyncio.to_thread(unpack, path, self._config.cache)
            return
        if path.suffix == ".pex" or "/" in self._against:
            raise BadInput("There is no such file.", "Build one: salt build PATH", file=str(path))
        wanted = self._workflow.live if self._against == "latest" else self._against
        self._one = await self._unpacked(await find_version(self._store, self._workflow, wanted))

    async def replayed(self, runs: list[Run]) -> AsyncGenerator[tuple[Run, Replayed], None]:
        """Each run with what its replay showed, in the order of ``runs``."""
        tasks = [asyncio.ensure_future(self._replay(run)) for run in runs]
        try:
            for run, task in zip(runs, tasks, strict=True):
                yield run, await task
        finally:
            await cancel_all(tasks)

    async def _replay(self, run: Run) -> Replayed:
        async with self._gate:
            try:
                unpacked = self._one or await self._unpacked(
                    await find_version(self._store, self._workflow, run.version)
                )
                past = await read_past(self._store, self._blobs, run)
            except Unreachable:
                raise
            except SaltError as error:  # this run alone: what it needs was not kept
                return Replayed(Outcome.FAILED, f"It cannot be replayed: {error}")
            serve = command(unpacked, "serve")
            return await replay_past(serve, past, self._data.fetch, env=self._env)

    async def _unpacked(self, version: Version) -> Unpacked:
        config = self._config
        cache = ArtifactCache(config.cache, config.cache_bytes)
        pex = await Registry(self._store, self._blobs).fetch(version, cache)
        return await asyncio.to_thread(unpack, pex, config.cache, version.artifact.digest)


def _environment(workflow: Workflow) -> dict[str, str]:
    """The variables that salt.yaml gives the workflow's processes; YAML's booleans as YAML has them."""
    shown: Callable[[object], str] = lambda value: (
        str(value).lower() if isinstance(value, bool) else str(value)
    )
    env = workflow.settings.get("env") or {}
    return {str(name): shown(value) for name, value in env.items()}


async def _move(name: str, wanted: str) -> tuple[Run, str]:
    async with opened(load()) as store:
        run = await find_run(store, name)
        workflow = await find_workflow(store, run.workflow)
        version = await find_version(
            store, workflow, workflow.live if wanted == "latest" else wanted
        )
        await deeds.move(store, run, version.version)
        return run, version.version


def _print_moved(moved: tuple[Run, str], as_json: bool) -> None:
    run, version = moved
    if as_json:
        print_json({"run": run.id, "from": run.version, "version": version})
    else:
        say(f"{run.id} is replayed with {run.workflow}@{version}; before it had {run.version}")
