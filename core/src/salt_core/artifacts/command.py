"""How an unpacked artifact is started: one interpreter, one import path, a made environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from salt_core.artifacts.unpack import Unpacked

# -I: no PYTHON* variables, no user site, nothing of the working folder. -S: no site-packages of
# the machine. What `site` would have given to user code (`exit`) is given here.
_BOOT = r"""\
import sys
folders, pth, sys.argv[:] = sys.argv[1], sys.argv[2], ["main.pex", *sys.argv[3:]]
sys.path += folders.split("\n")
import builtins, _sitebuiltins
builtins.quit = _sitebuiltins.Quitter("quit", "Ctrl-D")
builtins.exit = _sitebuiltins.Quitter("exit", "Ctrl-D")
if pth:
    import site
    for folder in pth.split("\n"):
        site.addsitedir(folder)
from salt_sdk._main import main
sys.exit(main())
"""

_PASSED = ("PATH", "LANG", "LANGUAGE", "TZ", "OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
"""What every process gets of ours: where programs are, how text and time are shown, and what
numpy's OpenBLAS is told of a processor that it misjudges."""


def command(unpacked: Unpacked, *arguments: str) -> list[str]:
    """The argument vector that starts the artifact, as ``main.pex ARGUMENTS`` would."""
    folders = "\n".join(unpacked.path)
    pth = "\n".join(folder for folder in unpacked.path[1:] if any(Path(folder).glob("*.pth")))
    return [unpacked.python, "-I", "-S", "-c", _BOOT, folders, pth, *arguments]


def clean_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """An environment made from nothing, plus ``extra``: no credential of ours gets through.

    OpenBLAS gets one thread unless ``extra`` says otherwise: a fork with its threads alive costs
    milliseconds, and slots are the unit of parallelism here.
    """
    own = os.environ
    kept = {name: own[name] for name in own if name in _PASSED or name.startswith("LC_")}
    kept.setdefault("PATH", os.defpath)
    return {**kept, "OPENBLAS_NUM_THREADS": "1", **(extra or {})}
