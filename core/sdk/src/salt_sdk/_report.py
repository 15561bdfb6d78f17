"""An exception of user code as ERROR of WIRE.md: what people need to see, and nothing of the SDK."""

from __future__ import annotations

import os
import traceback
from typing import Any

from salt_sdk._errors import (
    BadInput,
    BadProject,
    DataUnavailable,
    Fatal,
    NoService,
    NotSendable,
    TaskFailed,
)
from salt_sdk._policy import Policy
from salt_sdk._registered import shown_path

_HERE = os.path.dirname(os.path.abspath(__file__)) + os.sep
_TEXT_LIMIT = 64 * 1024


def _ours(file: str) -> bool:
    """The SDK's own frames, and those of the import machinery, tell a user nothing."""
    return file.startswith((_HERE, "<frozen importlib", "<frozen runpy"))


def one_line(error: BaseException) -> str:
    """The first line of an error's message, at most 1000 characters."""
    try:
        lines = str(error).strip().splitlines()
    except Exception:  # noqa: BLE001 - the user's own __str__
        return "its message cannot be shown"
    return lines[0][:1000] if lines else ""


def retryable(error: BaseException, policy: Policy | None = None) -> bool:
    """Whether another try could help, by the kind of error and by what the policy says of it."""
    if isinstance(error, DataUnavailable):
        return error.retryable
    if isinstance(error, (Fatal, BadInput, NotSendable, TaskFailed, BadProject, NoService)):
        return False
    return policy is None or policy.retries_on(error)


def wire_error(error: BaseException, policy: Policy | None = None) -> dict[str, Any]:
    """ERROR of WIRE.md; ``policy``: of the task or workflow that raised it."""
    report = {
        "type": type(error).__name__,
        "message": _utf8(one_line(error)),
        "traceback": _utf8(user_traceback(error)),
        "retryable": retryable(error, policy),
    }
    place = user_place(error)
    if place is not None:
        report["file"], report["line"] = place
    return report


def user_place(error: BaseException) -> tuple[str, int] | None:
    """File, as people know it, and line of the user's innermost frame."""
    place = _place(error)
    return None if place is None else (shown_path(place[0]), place[1])


def _place(error: BaseException) -> tuple[str, int] | None:
    """File and line of the user's innermost frame."""
    if isinstance(error, SyntaxError) and error.filename and error.lineno:
        return error.filename, error.lineno
    found = None
    step = error.__traceback__
    while step is not None:
        file = step.tb_frame.f_code.co_filename
        if not _ours(os.path.abspath(file)) and not _ours(file):
            found = file, step.tb_lineno
        step = step.tb_next
    return found


def user_traceback(error: BaseException) -> str:
    """The traceback as Python prints it, without the SDK's frames."""
    shown = traceback.TracebackException.from_exception(error)
    _drop_ours(shown, set())
    text = "".join(shown.format())
    if len(text) > _TEXT_LIMIT:
        half = _TEXT_LIMIT // 2
        text = (
            f"{text[:half]}\n  [... {len(text) - 2 * half} characters left out ...]\n{text[-half:]}"
        )
    return text


def _drop_ours(shown: Any, seen: set[int]) -> None:
    if shown is None or id(shown) in seen:
        return
    seen.add(id(shown))
    kept = [frame for frame in shown.stack if not _ours(frame.filename)]
    shown.stack = traceback.StackSummary.from_list(kept)
    _drop_ours(shown.__cause__, seen)
    _drop_ours(shown.__context__, seen)
    for part in getattr(shown, "exceptions", None) or ():
        _drop_ours(part, seen)


def _utf8(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()
