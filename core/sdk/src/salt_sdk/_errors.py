"""What the SDK raises on purpose.

* Fatal        a task raises it: another try cannot help
* TaskFailed   a workflow function meets it: a call failed for good
  * InvalidData  the task ran, and its data did not pass its checks
  * Rejected     a person said no
  * TimedOut     nothing came in the time that was given
* BadInput     what came in does not fit the annotations
* NotSendable  what goes out has no form in JSON
* DataUnavailable  the bytes of a value cannot be had
* BadProject   the artifact itself is wrong: no entrypoint, two tasks of one name
* NoService    what was asked for needs a service, and there is none here
"""

from __future__ import annotations

from typing import Any, Callable


class Fatal(Exception):
    """Raise it in a task when another try cannot help: no retry is made."""


class TaskFailed(Exception):
    """A task failed for good: its tries are used up, or it was cancelled.

    Attributes:
        task: The task's name.
        seq: The number of the call in its run, from 1.
        type: Name of the exception that it raised, or of what happened to its process.
        message: One line.
        traceback: The task's own traceback as text, or ``""``.
        status: ``failed``, ``cancelled`` or ``invalid``.
    """

    def __init__(
        self,
        task: str,
        seq: int,
        type: str,
        message: str,
        traceback: str = "",
        status: str = "failed",
    ) -> None:
        super().__init__(task, seq, type, message, traceback, status)
        self.task = task
        self.seq = seq
        self.type = type
        self.message = message
        self.traceback = traceback
        self.status = status

    def __str__(self) -> str:
        ended = {"failed": "failed", "cancelled": "was cancelled", "invalid": "is invalid"}
        why = f"{self.type}: {self.message}" if self.message else self.type
        return f"task {self.task} (call {self.seq}) {ended.get(self.status, self.status)}: {why}"


class InvalidData(TaskFailed):
    """A task ran, and its data did not pass a check of severity ``fail``, or was rejected.

    Args:
        read: Gives the value; called when the value is first asked for.
    """

    def __init__(
        self,
        task: str,
        seq: int,
        type: str,
        message: str,
        traceback: str = "",
        status: str = "invalid",
        read: Callable[[], Any] | None = None,
    ) -> None:
        super().__init__(task, seq, type, message, traceback, status)
        self._read = read

    @property
    def value(self) -> Any:
        """What the task computed; ``None`` when it was not kept.

        Raises:
            BadInput: It does not fit the task's annotation.
        """
        return None if self._read is None else self._read()


class Rejected(TaskFailed):
    """A person rejected what ``approve`` asked for; ``message`` says who, and why."""


class TimedOut(TaskFailed):
    """An event or an answer did not come in the time that was given."""


class _Placed(Exception):
    """An error about one place in a value; the place is put together on the way up."""

    def __init__(self, message: str, path: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.path = path

    def at(self, step: str) -> _Placed:
        """The same error, seen from one level further out: ``[3]``, ``.name``."""
        self.path = step + self.path
        return self

    def __str__(self) -> str:
        path = self.path.removeprefix(".")
        return f"{path}: {self.message}" if path else self.message


class BadInput(_Placed, ValueError):
    """A value does not fit the annotation of who takes it."""


class NotSendable(_Placed, TypeError):
    """A value cannot be written as JSON."""


class DataUnavailable(Exception):
    """The bytes of a value cannot be had; ``retryable`` says whether they may be later."""

    def __init__(self, message: str, retryable: bool = True) -> None:
        super().__init__(message)
        self.retryable = retryable


class BadProject(Exception):
    """What the artifact holds cannot be served; one sentence that says what to mend."""


class NoService(Exception):
    """What was asked for needs a service, and there is none here; one sentence with a remedy."""
