"""``build``: a project's folder becomes one file.

    pyproject.toml, uv.lock ── resolve ──> wheels ── pex ──> dependency layer   (kept by its hash)
    src/ ── read ──> source files ── link ──> main.pex = prefix + sources + directory
                          └── describe, meanwhile: does it import, and what does it hold

The file is written beside its place and takes it when everything went well: an artifact that does
not import never replaces one that does.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sysconfig
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from salt_core.artifacts import Unpacked, describe
from salt_core.artifacts.unpack import place_sources, place_wheel
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

_THREADS = 4


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


@dataclass(frozen=True, slots=True)
class _Needs:
    """What the sources stand on; ``key`` names the dependency layer."""

    target: Target
    pinned: tuple[Pinned, ...]
    sdk: Wheel
    key: str


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
        with locked(self._cache / "locks" / name), ThreadPoolExecutor(_THREADS) as aside:
            with self._stage("resolve"):
                needs = self._resolve()
            with self._stage("unpack"):
                layer = load_layer(needs.key, self._cache)
                path = self._import_path(needs, layer, aside)
            describing = aside.submit(self._describe, needs, path)
            with self._stage("dependencies"):
                if layer is not None:
                    self._reused.append("dependencies")
                else:
                    layer = self._new_layer(needs)
            with replacing(self._output) as beside:
                with self._stage("link"):
                    parts, digest = self._link(beside, layer, needs)
                with self._stage("describe"):
                    described = describing.result()
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
                python=_python_range(needs.target.minor),
                platform="any" if layer.pure else _platform(),
                parts=parts,
            ),
            described=described,
            settings=self._settings,
            reused=tuple(sorted(self._reused)),
            seconds={stage: round(spent, 4) for stage, spent in self._seconds.items()},
        )

    def _resolve(self) -> _Needs:
        target = find_target(self._project, self._cache)
        path = sdk_wheel(self._cache, self._report)
        seal = hashlib.sha256(path.read_bytes()).hexdigest()
        sdk = Wheel("salt-sdk", path.name.split("-")[1], path, seal)
        asked: list[str] = []
        pinned = resolve(self._project, target, self._cache, _also(self._report, asked))
        if not asked:
            self._reused.append("lock")
        local = [tree_hash(Path(item.source)) for item in pinned if item.kind == "directory"]
        return _Needs(target, pinned, sdk, layer_key(pinned, local, sdk, target))

    def _import_path(
        self, needs: _Needs, layer: Layer | None, aside: ThreadPoolExecutor
    ) -> list[Path]:
        """The folders of the wheels; unpacks those that are not yet."""
        if layer is not None:
            folders = [self._store / "wheels" / fingerprint for fingerprint in layer.wheels]
            if all(folder.is_dir() for folder in folders):
                return folders
        wheels = sorted(self._wheels(needs), key=lambda wheel: wheel.path.name)
        return list(
            aside.map(lambda wheel: place_wheel(wheel.path, wheel.sha256, self._store), wheels)
        )

    def _wheels(self, needs: _Needs) -> tuple[Wheel, ...]:
        from salt_core.builders.wheels import wheels_of

        found = wheels_of(needs.pinned, needs.target, self._cache, self._report)
        return (*found, needs.sdk)

    def _new_layer(self, needs: _Needs) -> Layer:
        from salt_core.builders.assembly import make_layer

        with locked(self._cache / "locks" / needs.key[:32]):
            made = load_layer(needs.key, self._cache)  # by another project with the same needs
            if made is not None:
                return made
            self._report(f"Making the dependency layer of {len(needs.pinned)} distributions")
            wheels = self._wheels(needs)
            return make_layer(
                needs.key, wheels, self._files, needs.target, self._cache, self._report
            )

    def _link(self, beside: Path, layer: Layer, needs: _Needs) -> tuple[Parts, str]:
        if layer.relinks and can_relink(self._files):
            return _relinked(layer, self._files, beside)
        from salt_core.builders.assembly import run_pex

        self._report("Building with pex itself")
        wheels = self._wheels(needs)
        run_pex(wheels, self._files, needs.target, beside, self._cache, self._report)
        return _whole(beside)

    def _describe(self, needs: _Needs, path: list[Path]) -> dict[str, Any]:
        """What these sources hold on these wheels; asked once."""
        sources = place_sources(self._files, self._store)
        environment = self._settings["env"]
        identity = json.dumps([needs.key, sources.name, environment])
        name = hashlib.sha256(identity.encode()).hexdigest()
        known = self._cache / "described" / f"{name}.json"
        if known.is_file():
            self._reused.append("description")
            return dict(json.loads(known.read_bytes()))
        folders = (str(sources), *map(str, path))
        unpacked = Unpacked("", folders, needs.target.python)
        described = describe(unpacked, environment=environment, shown_as=self._project.source_root)
        write_whole(known, json.dumps(described).encode())
        return described

    @contextmanager
    def _stage(self, name: str) -> Iterator[None]:
        begun = time.perf_counter()
        try:
            yield
        finally:
            self._seconds[name] = time.perf_counter() - begun


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
