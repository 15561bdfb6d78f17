"""Watches folders: what is saved there is built, registered and live without a key pressed.

A burst of saves counts once. A change of salt.yaml alone needs no build. What breaks leaves the
version before it live, and says why: to ``tell``, and in the store for all to see.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from watchfiles import Change, awatch

from salt_core.config import Config
from salt_core.errors import BadInput, SaltError, Unreachable
from salt_core.project.pyproject import SETTINGS_FILE
from salt_core.scheduler.service import Complaints, Service
from salt_core.store import Store
from salt_tui.building import BuildProcess, BuildResult
from salt_tui.watching_changes import (
    LOCK,
    PROJECT,
    Dirty,
    Filter,
    find_projects,
    sort_burst,
)
from salt_tui.watching_settings import apply_settings, name_of

log = logging.getLogger("salt.host")

_QUIET_MS = 25
"""A burst is over when nothing came for so long …"""
_BURST_MS = 1000
"""… or when it lasts longer than this: what was seen so far is then acted on."""
_AGAIN_S = 2.0


@dataclass(frozen=True, slots=True)
class Told:
    """What became of a save.

    Attributes:
        outcome: ``registered``, ``unchanged`` (the same bytes as before), ``settings`` (salt.yaml
            taken without a build) or ``failed``.
        ms: From when the save was noticed.
        parts: Milliseconds by what they were spent on, for a build.
    """

    folder: Path
    workflow: str
    outcome: str
    ms: float
    version: str = ""
    error: str = ""
    parts: dict[str, float] = field(default_factory=dict[str, float])


Tell = Callable[[Told], None]


@dataclass(slots=True)
class _Project:
    """A watched project: what is known of it, and what has to be done."""

    folder: Path
    dirty: Dirty = Dirty.SOURCE
    noticed: float = 0.0
    workflow: str = ""
    version: str = ""
    baked: tuple[str, str] | None = None
    lock: bytes | None = None
    """What uv.lock held after the last build."""

    def read_lock(self) -> bytes | None:
        try:
            return (self.folder / LOCK).read_bytes()
        except OSError:
            return None


def log_told(told: Told) -> None:
    """Tell a host's log what became of a save."""
    if told.outcome == "failed":
        log.error("watcher: %s: %s", told.workflow, told.error)
    else:
        log.info("watcher: %s %s %s (%.0f ms)", told.workflow, told.version, told.outcome, told.ms)


class Watcher(Service):
    """Builds and registers the projects below ``paths`` whenever one changes."""

    name = "watcher"
    tidy_s = 15.0  # its build process is waited for

    def __init__(
        self, config: Config, store: Store, paths: Sequence[Path], tell: Tell | None = None
    ) -> None:
        """
        Raises:
            BadInput: One of ``paths`` is not a folder.
        """
        super().__init__()
        self._store = store
        self._roots = [path.resolve() for path in paths]
        for path in self._roots:
            if not path.is_dir():
                raise BadInput(
                    f"There is no folder {path}.", f"Make a project with: salt init {path}"
                )
        self._tell = tell
        self._process = BuildProcess(config)
        self._projects: dict[Path, _Project] = {}
        self._work = asyncio.Event()
        self._complaints = Complaints(self.name)
        self._stop = asyncio.Event()

    def _nudge(self) -> None:
        self._stop.set()

    async def _run(self) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._process.start())
                watching = group.create_task(self._watch())
                working = group.create_task(self._build_what_is_dirty())
                await self._stop.wait()
                watching.cancel()
                working.cancel()
        finally:
            await self._process.stop()

    async def _watch(self) -> None:
        while not self.stopping:
            bursts = awatch(
                *self._roots,
                watch_filter=Filter(),
                step=_QUIET_MS,
                debounce=_BURST_MS,
                stop_event=self._stop,
            )
            try:
                async with contextlib.aclosing(bursts):
                    following = asyncio.ensure_future(anext(bursts))
                    # The first step of that has put the watch on: what is saved while the projects
                    # are looked for is seen either way.
                    await asyncio.sleep(0)
                    self._look()
                    while True:
                        self._changed(await following)
                        following = asyncio.ensure_future(anext(bursts))
            except StopAsyncIteration:
                return
            except OSError as error:  # a root is gone, or inotify has no room
                self._complaints.error(error)
                await asyncio.sleep(_AGAIN_S)

    def _changed(self, burst: set[tuple[Change, str]]) -> None:
        noticed = time.perf_counter()
        if any(_may_be_project(change, path) for change, path in burst):
            self._look()
        for folder, dirty in sort_burst(self._projects, burst).items():
            project = self._projects[folder]
            project.dirty = max(project.dirty, dirty)
            project.noticed = noticed
        self._work.set()

    def _look(self) -> None:
        """Find the projects; a new one is dirty, one that is gone is let go."""
        found, noticed = find_projects(self._roots), time.perf_counter()
        for folder in self._projects.keys() - found:
            del self._projects[folder]
        for folder in sorted(found - self._projects.keys()):
            self._projects[folder] = _Project(folder, noticed=noticed)
        self._complaints.fine()
        self._work.set()

    async def _build_what_is_dirty(self) -> None:
        while True:
            await self._work.wait()
            self._work.clear()
            while dirty := [each for each in self._projects.values() if each.dirty]:
                # The one that was saved first; builds are one after another.
                await self._see_to(min(dirty, key=lambda each: each.noticed))

    async def _see_to(self, project: _Project) -> None:
        what, project.dirty = project.dirty, Dirty.CLEAN
        try:
            if what is Dirty.SETTINGS and await self._settings_alone(project):
                return
            if what is not Dirty.LOCK or project.read_lock() != project.lock:
                await self._build(project)
        except Unreachable as error:
            # No fault of the project's: the same again, when the store is back.
            self._complaints.error(error)
            project.dirty = max(project.dirty, what)
            await asyncio.sleep(_AGAIN_S)
        except (SaltError, OSError) as error:
            await self._failed(project, str(error))
        except Exception as error:  # noqa: BLE001 - the next save must find a watcher
            self._complaints.error(error)
            await self._failed(project, f"Something unforeseen happened: {error!r}.")

    async def _settings_alone(self, project: _Project) -> bool:
        """Take salt.yaml without a build; ``False``: the artifact depends on what changed."""
        if project.baked is None:
            return False
        taken = await apply_settings(self._store, project.folder, project.baked)
        if taken:
            self._say(project, "settings", project.version)
        return taken

    async def _build(self, project: _Project) -> None:
        result: BuildResult = await self._process.build(project.folder, log.debug)
        project.lock = project.read_lock()
        project.workflow = result.workflow or project.workflow
        if result.transient:
            raise Unreachable(result.error)
        if result.error:
            project.baked = None
            await self._failed(project, result.error)
            return
        self._complaints.fine()
        outcome = "registered" if result.version != project.version else "unchanged"
        project.baked, project.version = result.baked, result.version
        self._say(project, outcome, result.version, parts=result.parts)

    async def _failed(self, project: _Project, error: str) -> None:
        name = project.workflow or name_of(project.folder)
        try:
            await self._store.put_build_error(name, str(project.folder), error)
        except SaltError as refused:
            self._complaints.error(refused)
        self._say(project, "failed", error=error)

    def _say(
        self,
        project: _Project,
        outcome: str,
        version: str = "",
        error: str = "",
        parts: dict[str, float] | None = None,
    ) -> None:
        ms = (time.perf_counter() - project.noticed) * 1000
        name = project.workflow or name_of(project.folder)
        told = Told(project.folder, name, outcome, ms, version, error, parts or {})
        if self._tell is not None:
            self._tell(told)


def _may_be_project(change: Change, path: str) -> bool:
    return (
        path.endswith((SETTINGS_FILE, PROJECT)) or change is Change.deleted or os.path.isdir(path)
    )
