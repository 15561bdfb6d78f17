"""What pex does: put wheels and sources together, once for each dependency layer.

Whoever makes a layer lets pex build the whole artifact, cuts it, links it again and compares:
where the two differ, this version of pex writes something that is not understood here, and the
layer says so. Its artifacts are then pex's own work, slower by a second each.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

from salt_core.artifacts.disk import MAKING, sweep, unwritable
from salt_core.builders.files import link_tool
from salt_core.builders.layer import Layer, load_layer, pex_version
from salt_core.builders.relink import can_relink, link, split
from salt_core.builders.sources import ENTRY_MODULE, SourceFile
from salt_core.builders.target import Target
from salt_core.builders.tools import Report, ToolFailed, run_tool
from salt_core.builders.wheel import Wheel
from salt_core.errors import BuildFailed

ENTRY_POINT = "salt_sdk._main:main"

_RUN_PEX = """\
import sys
sys.path.insert(0, sys.argv[1])
sys.argv[:2] = ["pex"]
from pex.bin.pex import main
sys.exit(main())
"""


def make_layer(
    key: str,
    wheels: Sequence[Wheel],
    files: Sequence[SourceFile],
    target: Target,
    cache: Path,
    report: Report,
) -> Layer:
    """Let pex build an artifact, of ``files`` where they can be linked, and cut the layer from it."""
    files = files if can_relink(files) else [file for file in files if file[0] == ENTRY_MODULE]
    try:
        (cache / "layers").mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=MAKING, dir=cache / "layers") as beside:
            sweep(cache / "layers", MAKING)
            work = Path(beside)
            whole = work / "whole.pex"
            run_pex(wheels, files, target, whole, cache, report)
            made = work / "layer"
            _cut(key, whole, made, wheels, list(files))
            try:
                made.rename(cache / "layers" / key)
            except OSError:
                if not (cache / "layers" / key).is_dir():
                    raise
    except OSError as error:
        raise unwritable(error, cache) from error
    layer = load_layer(key, cache)
    assert layer is not None
    if not layer.relinks:
        report(f"pex {pex_version()} writes files that Salt does not know: builds are slower")
    return layer


def run_pex(
    wheels: Sequence[Wheel],
    files: Iterable[SourceFile],
    target: Target,
    output: Path,
    cache: Path,
    report: Report,
) -> None:
    """Build a PEX of these wheels and sources with pex itself, run by the target's interpreter.

    Raises:
        BuildFailed: pex refuses (wheels that contradict each other), or left a wheel out.
    """
    with tempfile.TemporaryDirectory(prefix="salt-pex-") as name:
        work = Path(name)
        _stage(files, work / "src")
        (work / "requirements.txt").write_text(
            "".join(f"{wheel.name}=={wheel.version}\n" for wheel in wheels), encoding="utf-8"
        )
        command = [target.python, "-I", "-S", "-c", _RUN_PEX, str(link_tool("pex", cache))]
        command += ["-D", str(work / "src"), "-r", str(work / "requirements.txt")]
        for wheel in wheels:
            command += ["--pre-resolved-dist", str(wheel.path)]
        # Stored wheels: pex need not inflate and deflate them, and no zlib decides over the bytes.
        command += ["--no-compress", "--no-pre-install-wheels", "--venv", "-m", ENTRY_POINT]
        command += ["--python-path", str(Path(target.python).parent)]
        command += ["--interpreter-constraint", target.constraint, "-o", str(output)]
        environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(work),
            "PEX_ROOT": str(cache / "pex-root"),
            "PEX_IGNORE_RCFILES": "1",
        }

        def told(line: str) -> None:
            if line != str(output):  # all that pex says when all is well
                report(line)

        try:
            run_tool(command, told, cwd=work, environment=environment)
        except ToolFailed as error:
            lines = [line.strip() for line in error.output.splitlines() if line.strip()]
            raise BuildFailed(
                f"pex cannot put the artifact together: {' '.join(lines)[:600]}"
            ) from (error)


def _stage(files: Iterable[SourceFile], folder: Path) -> None:
    folder.mkdir()
    for name, data, mode in files:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        path.chmod(mode)


def _cut(
    key: str, whole: Path, folder: Path, wheels: Sequence[Wheel], files: list[SourceFile]
) -> None:
    template, end = split(whole)
    expected = {wheel.path.name: wheel.sha256 for wheel in wheels}
    held = template.info["distributions"]
    if held != expected:
        missing = ", ".join(sorted(set(expected) - set(held))) or "another content"
        raise BuildFailed(f"pex left something out of the artifact: {missing}.")
    raw = whole.read_bytes()
    prefix = raw[:end]
    relinks = prefix + b"".join(link(template, files).parts) == raw
    folder.mkdir()
    (folder / "prefix").write_bytes(prefix)
    (folder / "directory").write_bytes(template.directory)
    (folder / "main.py").write_bytes(template.main)
    (folder / "boot.py").write_bytes(template.boot)
    facts = {"entries": template.entries, "info": template.info}
    (folder / "template.json").write_text(json.dumps(facts))
    layer = Layer(
        key=key,
        folder=folder,
        prefix_sha256=hashlib.sha256(prefix).hexdigest(),
        prefix_size=end,
        relinks=relinks,
        wheels=tuple(held[name] for name in sorted(held)),
        pure=all(name.endswith("-any.whl") for name in held),
    )
    told = asdict(layer)
    del told["folder"]
    (folder / "layer.json").write_text(json.dumps(told))
