"""Opens a source file at a line in the person's editor, in this terminal."""

from __future__ import annotations

import os
import subprocess
from typing import Any

from textual.app import App, SuspendNotSupported

from salt_core.model.task import Task
from salt_tui.onerun.failure import blamed, editor_words, find_source
from salt_tui.onerun.reports import error_of


def place_of(task: Task) -> tuple[str, int] | None:
    """Where to look at a call: where it failed, else where it was made."""
    frame = blamed(error_of(task))
    if frame is not None and frame.own:
        return frame.file, frame.line
    file, _, line = task.at.rpartition(":")
    if file and line.isdigit():
        return file, int(line)
    return None if frame is None else (frame.file, frame.line)


def open_source(app: App[Any], folder: str, file: str, line: int) -> str:
    """Edit ``file`` of the project in ``folder``; why it could not be done, or ``""``.

    The console stands still meanwhile: the terminal is the editor's.
    """
    path = find_source(file, folder)
    if path is None:
        return f"{file} is not on this machine: it is not below {folder or 'any known folder'}."
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    words = editor_words(editor, path, line)
    try:
        with app.suspend():
            done = subprocess.run(words, check=False)
    except SuspendNotSupported:
        return f"This terminal cannot be handed to an editor: {path}:{line}"
    except OSError as error:
        return f"{words[0]} cannot be started ({error.strerror}): set EDITOR. {path}:{line}"
    return "" if done.returncode == 0 else f"{words[0]} ended with {done.returncode}."
