"""``build``: a project's folder becomes one file.

    pyproject.toml, uv.lock ── resolve ──> wheels ── pex ──> dependency layer   (kept by its hash)
    src/ ── read ──> source files ── link ──> main.pex = prefix + sources + directory
                          └── describe, at the same time: does it import, and what does it hold

The file is written beside its place and takes it when everything went well: an artifact that does
not import never replaces one that does.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sysconfig
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from salt_core.artifacts import Unpacked, describe, unpack
from salt_core.artifacts.unpack import place_sources
from salt_core.builders.built import Built
from salt_core.builders.files import locked, replacing, write_whole
from salt_core.builders.layer import Layer, layer_key, load_layer
from salt_core.builders.lock import Pinned, resolve
from salt_core.builders.relink import can_relink, link
from salt_core.builders.sdk import sdk_wheel
from salt_core.builders.settings import settings_of
from salt_core.builders.sources import SourceFile, read_sources
from salt_core.builders.target import Target, find_target
from salt_core.builders.tools import Report
from salt_core.builders.wheel import Wheel, tree_hash
from salt_core.model.workflow import Artifact
from salt_core.project.pyproject import read_project

Parts = tuple[tuple[str, int], ...]


class HasCache(Protocol):
    """The one setting that a build needs; a ``Config`` has it."""

    @property
    def cache(self) -> Path: ...


def build(
    project_folder: Path,
    config: HasCache,
    output: Path | None = None,
    report: Report = lambda line: None,
) -> Built:
    """Build the project into ``output`` (default: ``dist/main.pex`` in it).

    ``report`` is told what happens, line by line. Several builds may run at once, of one project
    too: they wait for each other where they must.

    Raises:
        BadInput: The project or its salt.yaml cannot be used.
        BuildFailed: A requirement, a source file or an import is wrong.
        SaltError: The disk is full.
    """
    return _Build(project_folder, config, output, report).run()


class _Build:
    """One build: its inputs, and what it has found out so far."""

    def __init__(self, folder: Path, config: HasCache, output: Path | None, report: Report) -> None:
        self._begun = time.perf_counter()
        self._seconds: dict[str, float] = {}
        self._reused: list[str] = []
        self._report = report
        self._store = config.cache
        self._cache = config.cache / "builder"
        with self._stage("read"):
            self._project = read_project(folder)
            self._settings = settings_of(self._project, self._cache)
            self._files = read_sources(
                self._project, self._settings["entrypoint"], self._settings["workflow"]
            )
        self._output = (output or self._project.folder / "dist" / "main.pex").absolute()

    def run(self) -> Built:
        name = hashlib.sha256(str(self._project.folder).encode()).hexdigest()[:32]
        with locked(self._cache / "locks" / name), ThreadPoolExecutor(1) as aside:
            target, wheels, layer = self._dependencies()
            with replacing(self._output) as beside:
                described, parts, digest = self._link(beside, layer, target, wheels, aside)
                beside.chmod(0o755)
        self._seconds["total"] = time.perf_counter() - self._begun
        return Built(
            path=self._output,
            workflow=self._settings["workflow"],
            source=self._project.folder,
            artifact=Artifact(
                kind="pex",
                digest=digest,
                size=sum(size for _, size in parts),
                python=_python_range(target.minor),
                platform="any" if layer.pure else _platform(),
                parts=parts,
            ),
            described=described,
            settings=self._settings,
            reused=tuple(self._reused),
            seconds={stage: round(spent, 4) for stage, spent in self._seconds.items()},
        )

    def _dependencies(self) -> tuple[Target, Callable[[], tuple[Wheel, ...]], Layer]:
        with self._stage("resolve"):
            target = find_target(self._project, self._cache)
            sdk = _sdk(self._cache, self._report)
            asked: list[str] = []
            pinned = resolve(self._project, target, self._cache, _also(self._report, asked))
            if not asked:
                self._reused.append("lock")
        local = [tree_hash(Path(item.source)) for item in pinned if item.kind == "directory"]
        key = layer_key(pinned, local, sdk, target)

        def wheels() -> tuple[Wheel, ...]:
            from salt_core.builders.wheels import wheels_of

            return (*wheels_of(pinned, target, self._cache, self._report), sdk)

        with self._stage("dependencies"):
            layer = load_layer(key, self._cache)
            if layer is not None:
                self._reused.append("dependencies")
            else:
                layer = self._new_layer(key, pinned, wheels, target)
        return target, wheels, layer

    def _new_layer(
        self,
        key: str,
        pinned: tuple[Pinned, ...],
        wheels: Callable[[], tuple[Wheel, ...]],
        target: Target,
    ) -> Layer:
        from salt_core.builders.assembly import make_layer

        with locked(self._cache / "locks" / key[:32]):
            made = load_layer(key, self._cache)  # by another project with the same dependencies
            if made is not None:
                return made
            fetched = wheels()
            self._report(f"Making the dependency layer of {len(pinned)} distributions")
            return make_layer(key, fetched, self._files, target, self._cache, self._report)

    def _link(
        self,
        beside: Path,
        layer: Layer,
        target: Target,
        wheels: Callable[[], tuple[Wheel, ...]],
        aside: ThreadPoolExecutor,
    ) -> tuple[dict[str, Any], Parts, str]:
        known, early = self._describe_early(layer, target, aside)
        with self._stage("link"):
            if layer.relinks and can_relink(self._files):
                parts, digest = _relinked(layer, self._files, beside)
            else:
                from salt_core.builders.assembly import run_pex

                self._report("Building with pex itself")
                run_pex(wheels(), self._files, target, beside, self._cache, self._report)
                parts, digest = _whole(beside)
        with self._stage("describe"):
            if early is not None:
                return early.result(), parts, digest
            unpacked = unpack(beside, self._store, digest)
            return self._describe(unpacked, known), parts, digest

    def _describe_early(
        self, layer: Layer, target: Target, aside: ThreadPoolExecutor
    ) -> tuple[Path, Future[dict[str, Any]] | None]:
        """Ask while the link is under way, where the wheels are unpacked already."""
        sources = place_sources(self._files, self._store)
        name = hashlib.sha256(f"{layer.key} {sources.name}".encode()).hexdigest()
        known = self._cache / "described" / f"{name}.json"
        wheels = [self._store / "wheels" / fingerprint for fingerprint in layer.wheels]
        if not all(wheel.is_dir() for wheel in wheels):
            return known, None
        if known.is_file():
            self._reused.append("description")
        unpacked = Unpacked("", (str(sources), *map(str, wheels)), target.python)
        return known, aside.submit(self._describe, unpacked, known)

    def _describe(self, unpacked: Unpacked, known: Path) -> dict[str, Any]:
        if known.is_file():
            return dict(json.loads(known.read_bytes()))
        described = describe(unpacked, shown_as=self._project.source_root)
        write_whole(known, json.dumps(described).encode())
        return described

    @contextmanager
    def _stage(self, name: str) -> Iterator[None]:
        begun = time.perf_counter()
        try:
            yield
        finally:
            self._seconds[name] = time.perf_counter() - begun


def _sdk(cache: Path, report: Report) -> Wheel:
    path = sdk_wheel(cache, report)
    version = path.name.split("-")[1]
    return Wheel("salt-sdk", version, path, hashlib.sha256(path.read_bytes()).hexdigest())


def _also(report: Report, lines: list[str]) -> Report:
    def told(line: str) -> None:
        lines.append(line)
        report(line)

    return told


def _relinked(layer: Layer, files: list[SourceFile], path: Path) -> tuple[Parts, str]:
    """Write the artifact; its parts and the sha256 of the whole."""
    tail = link(layer.template(), files)
    seal = hashlib.sha256()
    shutil.copyfile(layer.prefix, path)
    with path.open("ab") as out:
        out.writelines(tail.parts)
    with layer.prefix.open("rb") as prefix:
        while block := prefix.read(1 << 20):
            seal.update(block)
    for part in tail.parts:
        seal.update(part)
    parts = [(hashlib.sha256(part).hexdigest(), len(part)) for part in tail.parts]
    return ((layer.prefix_sha256, layer.prefix_size), *parts), seal.hexdigest()


def _whole(path: Path) -> tuple[Parts, str]:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return ((digest, path.stat().st_size),), digest


def _python_range(minor: str) -> str:
    major, _, number = minor.partition(".")
    return f">={minor},<{major}.{int(number) + 1}"


def _platform() -> str:
    return sysconfig.get_platform().replace("-", "_").replace(".", "_")
