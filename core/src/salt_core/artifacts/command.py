"""How an unpacked artifact is started: one interpreter, one import path, a made environment."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
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
"""
_RUN = "sys.exit(main())\n"
# A process that only tells what it imported need not collect garbage, nor tidy up: with pandas
# that is a third of its time.
_TELL = """\
import gc, os
gc.disable()
code = main() or 0
sys.stdout.flush()
os._exit(code)
"""

_PASSED = ("PATH", "LANG", "LANGUAGE", "TZ", "OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
"""What every process gets of ours: where programs are, how text and time are shown, and what
numpy's OpenBLAS is told of a processor that it misjudges."""


def command(unpacked: Unpacked, *arguments: str) -> list[str]:
    """The argument vector that starts the artifact, as ``main.pex ARGUMENTS`` would."""
    return _command(unpacked, _BOOT + _RUN, arguments)


def describe_command(unpacked: Unpacked) -> list[str]:
    """The same for ``describe --json``, in less time: no atexit function of the user's runs."""
    return _command(unpacked, _BOOT + _TELL, ("describe", "--json"))


def _command(unpacked: Unpacked, code: str, arguments: Sequence[str]) -> list[str]:
    folders = "\n".join(unpacked.path)
    pth = "\n".join(folder for folder in unpacked.path[1:] if any(Path(folder).glob("*.pth")))
    return [unpacked.python, "-I", "-S", "-c", code, folders, pth, *arguments]


def clean_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """An environment made from nothing, plus ``extra``: no credential of ours gets through.

    OpenBLAS gets one thread unless ``extra`` says otherwise: a fork with its threads alive costs
    milliseconds, and slots are the unit of parallelism here.
    """
    own = os.environ
    kept = {name: own[name] for name in own if name in _PASSED or name.startswith("LC_")}
    kept.setdefault("PATH", os.defpath)
    return {**kept, "OPENBLAS_NUM_THREADS": "1", **(extra or {})}
