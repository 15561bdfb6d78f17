"""A failure as a person wants it: what happened, the user's own frames first, and where to look."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from salt_core.model.task import Failure
from salt_tui.text import plain

_FRAME = re.compile(r'^  File "(?P<file>[^"]+)", line (?P<line>\d+)(?:, in (?P<name>.+))?$')
_UNPACKED = re.compile(r"^.*/sources/[0-9a-f]{64}/")
"""Where an agent unpacks a version's sources: long, and the same for all of its files."""
_FOREIGN = re.compile(r"/(?:site-packages|dist-packages|salt_sdk)/|/lib/python\d|^<")


@dataclass(frozen=True, slots=True)
class Frame:
    """One step of a traceback.

    Attributes:
        file: Below the project's sources, or a whole path where it is not the user's.
        code: The lines that the traceback shows of it.
        own: Whether it is the user's code.
    """

    file: str
    line: int
    name: str
    code: tuple[str, ...]
    own: bool


def frames_of(traceback: str) -> list[Frame]:
    """The steps of Python's text, the innermost last."""
    found: list[Frame] = []
    code: list[str] = []
    at: re.Match[str] | None = None
    for text in [*traceback.splitlines(), ""]:
        step = _FRAME.match(text)
        if at is not None and (step is not None or not text.startswith("    ")):
            found.append(_frame(at, code))
            at = None
        if step is not None:
            at, code = step, []
        elif at is not None:
            code.append(text.strip())
    return found


def _frame(at: re.Match[str], code: Sequence[str]) -> Frame:
    file = at["file"]
    own = _FOREIGN.search(file) is None
    shown = _UNPACKED.sub("", file)
    return Frame(shown, int(at["line"]), at["name"] or "", tuple(code), own)


def blamed(failure: Failure | None) -> Frame | None:
    """The user's step in which it failed."""
    frames = frames_of(failure.traceback) if failure else []
    own = [one for one in frames if one.own]
    return own[-1] if own else (frames[-1] if frames else None)


def told(failure: Failure) -> list[str]:
    """The failure, the innermost step first, those of others after the user's own."""
    frames = list(reversed(frames_of(failure.traceback)))
    lines = [plain(f"{failure.type}: {failure.message}" if failure.message else failure.type)]
    if not frames:
        return [
            *lines,
            *(["", *failure.traceback.rstrip().splitlines()] if failure.traceback else []),
        ]
    for own, title in ((True, ""), (False, "In code that is not yours:")):
        some = [one for one in frames if one.own is own]
        if some and title:
            lines += ["", title]
        for one in some:
            lines.append(
                f"  {plain(one.file)}:{one.line} in {plain(one.name)}"
                if one.name
                else f"  {plain(one.file)}:{one.line}"
            )
            lines += [
                f"      {plain(text)}" if text.strip("~^ ") else f"      {text}"
                for text in one.code
            ]
    return lines


def find_source(file: str, folder: str) -> Path | None:
    """The file of a step, or of a call, in a project's folder; ``None``: it is not there."""
    root = Path(folder)
    path = PurePosixPath(file)
    if path.is_absolute():
        whole = Path(file)
        return whole if whole.is_file() else None
    for place in (root, root / "src"):
        if (place / path).is_file():
            return place / path
    hidden = {".venv", "venv", ".git", "__pycache__", "node_modules", "build", "dist"}
    for top in (root / "src", root):
        for found in sorted(top.rglob(path.name)) if top.is_dir() else ():
            inner = found.relative_to(top).parts
            if not hidden & set(inner) and inner[-len(path.parts) :] == path.parts:
                return found
    return None


def editor_words(editor: str, file: Path, line: int) -> list[str]:
    """The command line that opens ``file`` at ``line`` in an editor as ``$EDITOR`` names it."""
    import shlex

    words = shlex.split(editor) or ["vi"]
    name = Path(words[0]).name
    if name in ("code", "code-insiders", "codium", "cursor"):
        return [*words, "--wait", "--goto", f"{file}:{line}"]
    if name in ("subl", "hx", "helix", "zed"):
        return [*words, f"{file}:{line}"]
    return [*words, f"+{line}", str(file)]
