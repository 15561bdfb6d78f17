"""From a project's requirements to exactly one file for each: uv locks, uv.lock stays.

uv is asked only when pyproject.toml or uv.lock changed since it was last asked: what it said is
kept under the hash of both.
"""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
import tomllib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from salt_core.builders.files import write_whole
from salt_core.builders.target import Target
from salt_core.builders.tools import Report, ToolFailed, run_tool, uv
from salt_core.errors import BadInput, BuildFailed
from salt_core.project.pyproject import Project

_FORMAT = 1
_MAX_WORDS = 400


@dataclass(frozen=True, slots=True)
class Pinned:
    """One distribution of the resolution, and where it comes from.

    Attributes:
        kind: ``wheel``, ``sdist``, ``directory`` or ``git``.
        source: URL or absolute path.
        seal: sha256 of a file, commit of a repository, ``""`` for a directory.
        inside: The folder of a repository or archive that holds the project.
    """

    name: str
    version: str
    kind: str
    source: str
    seal: str
    inside: str = ""


def resolve(project: Project, target: Target, cache: Path, report: Report) -> tuple[Pinned, ...]:
    """What the project needs to run on ``target``, sorted by name; updates uv.lock where stale.

    Raises:
        BuildFailed: A requirement cannot be met; names it and its line.
    """
    lock = project.folder / "uv.lock"
    if lock.is_file():
        known = _stamp(project, target, lock, cache)
        if known is not None and known.is_file():
            return tuple(Pinned(**item) for item in json.loads(known.read_bytes()))
    _check_syntax(project)
    report("Locking the dependencies")
    try:
        run_tool([uv(), "lock", "--python", target.python], _dull(report), cwd=project.folder)
        pinned = _export(project, target, report)
    except ToolFailed as error:
        raise _explained(project, error.output) from error
    # A lock elsewhere belongs to a workspace, and other files than these two decide over it.
    known = _stamp(project, target, lock, cache) if lock.is_file() else None
    if known is not None and all(item.kind != "directory" for item in pinned):
        write_whole(known, json.dumps([asdict(item) for item in pinned]).encode())
    return pinned


def _stamp(project: Project, target: Target, lock: Path, cache: Path) -> Path | None:
    if project.dynamic:
        return None
    seal = hashlib.sha256(f"{_FORMAT} {sorted(target.markers.items())} {target.tags}".encode())
    for data in (project.raw, lock.read_bytes()):
        seal.update(hashlib.sha256(data).digest())
    return cache / "resolved" / f"{seal.hexdigest()}.json"


def _dull(report: Report) -> Report:
    """Without the line that names the interpreter: we chose it."""

    def told(line: str) -> None:
        if not line.startswith("Using CPython"):
            report(line)

    return told


def _export(project: Project, target: Target, report: Report) -> tuple[Pinned, ...]:
    with tempfile.TemporaryDirectory(prefix="salt-lock-") as folder:
        out = Path(folder) / "pylock.toml"
        command = [uv(), "export", "-q", "--frozen", "--python", target.python]
        command += ["--format", "pylock.toml", "--no-default-groups", "--no-emit-project"]
        command += ["--no-emit-package", "salt-sdk", "--no-header", "-o", str(out)]
        run_tool(command, report, cwd=project.folder)
        packages = tomllib.loads(out.read_text(encoding="utf-8")).get("packages", [])
        base = out.parent
        chosen = [
            _choose(package, target, base) for package in packages if _wanted(package, target)
        ]
    return tuple(sorted(chosen, key=lambda item: item.name))


def _wanted(package: dict[str, Any], target: Target) -> bool:
    from packaging.markers import Marker

    marker = package.get("marker")
    return marker is None or Marker(marker).evaluate({**target.markers, "extra": ""})


def _choose(package: dict[str, Any], target: Target, base: Path) -> Pinned:
    """The best wheel for the target, else what a wheel can be built from."""
    from packaging.utils import parse_wheel_filename

    name, version = package["name"], package.get("version", "")
    ranks = {tag: rank for rank, tag in enumerate(target.tags)}
    best: tuple[int, dict[str, Any]] | None = None
    for wheel in package.get("wheels", []):
        tags = parse_wheel_filename(_filename(wheel))[3]
        rank = min((ranks[str(tag)] for tag in tags if str(tag) in ranks), default=None)
        if rank is not None and (best is None or rank < best[0]):
            best = rank, wheel
    if best is not None:
        return Pinned(name, version, "wheel", _source(best[1], base), _sha256(best[1], name))
    if "sdist" in package:
        sdist = package["sdist"]
        return Pinned(name, version, "sdist", _source(sdist, base), _sha256(sdist, name))
    if "archive" in package:
        archive = package["archive"]
        kind = "wheel" if _filename(archive).endswith(".whl") else "sdist"
        inside = archive.get("subdirectory", "")
        return Pinned(name, version, kind, _source(archive, base), _sha256(archive, name), inside)
    if "directory" in package:
        return Pinned(name, version, "directory", _source(package["directory"], base), "")
    if package.get("vcs", {}).get("type") == "git":
        vcs = package["vcs"]
        inside = vcs.get("subdirectory", "")
        return Pinned(name, version, "git", _source(vcs, base), vcs["commit-id"], inside)
    raise BuildFailed(
        f"{name} {version} has no file for Python {target.minor} on this platform.",
        "Choose another version of it, or another requires-python.",
    )


def _filename(entry: dict[str, Any]) -> str:
    from urllib.parse import unquote, urlsplit

    place = entry.get("path") or urlsplit(entry["url"]).path
    return str(entry.get("name") or unquote(place.rsplit("/", 1)[-1]))


def _source(entry: dict[str, Any], base: Path) -> str:
    path = entry.get("path")
    return str((base / path).resolve()) if path else str(entry["url"])


def _sha256(entry: dict[str, Any], name: str) -> str:
    sha256 = entry.get("hashes", {}).get("sha256")
    if not sha256:
        raise BuildFailed(f"The index gives no sha256 for {name}.", "Use an index that does.")
    return str(sha256)


def _check_syntax(project: Project) -> None:
    from packaging.requirements import InvalidRequirement, Requirement

    for text in project.dependencies:
        try:
            Requirement(text)
        except InvalidRequirement as error:
            why = str(error).splitlines()[0]
            raise BadInput(
                f"{text!r} is not a requirement: {why}.",
                file=str(project.file),
                line=project.line_with(text),
                key="dependencies",
            ) from error


def _explained(project: Project, output: str) -> BuildFailed:
    """One sentence from uv's explanation, with the requirement's line where it names one."""
    cause = re.search(r"cause: (.*?)(?:\n\s*hint:|\Z)", output, re.DOTALL)
    text = " ".join((cause[1] if cause else output).split())
    simple = re.match(r"Because (.*?) and (?:your project depends|[^,]* depends) on .*", text)
    why = (simple[1] if simple else text)[:_MAX_WORDS]
    remedy = ""
    for requirement in project.dependencies:
        name = re.match(r"[A-Za-z0-9._-]+", requirement)
        if name and re.search(rf"(?<![\w-]){re.escape(name[0])}(?![\w-])", why, re.IGNORECASE):
            line = project.line_of(name[0])
            place = f"{project.file}:{line}" if line else str(project.file)
            if re.sub(r"[-_.]+", "-", name[0]).lower() == "salt-sdk":
                remedy = "Salt puts the SDK in by itself: take it out of the dependencies."
            return BuildFailed(f"{place}: {requirement} cannot be met: {why}.", remedy)
    return BuildFailed(f"{project.file}: the dependencies cannot be locked: {why}.")
