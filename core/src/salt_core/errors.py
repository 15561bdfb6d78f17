"""Every error Salt raises on purpose, by what a caller would catch.

* SaltError                     exit code 1
  - BadInput                    exit code 2: the user can mend it; names file, line, key and remedy
    + NotFound                  a workflow, version, run or task that does not exist
  - BuildFailed                 exit code 1: the build ran and broke
  - Unreachable                 exit code 3: Redis or the blob store does not answer
    + UnfitBackend              it answers, and cannot keep Salt's promises (evicts, too old)
  - Refused                     exit code 1: the store said no
  - ArtifactRejected            exit code 1: the digest or signature of an artifact does not match
"""

from __future__ import annotations


class SaltError(Exception):
    """Base of every error Salt raises on purpose.

    ``message`` is one sentence for a person; ``remedy`` says what to do about it.
    """

    exit_code = 1

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".strip()


class BadInput(SaltError):
    """What the user gave cannot be used: a file, a parameter, a name."""

    exit_code = 2

    def __init__(
        self,
        message: str,
        remedy: str = "",
        *,
        file: str | None = None,
        line: int | None = None,
        column: int | None = None,
        key: str | None = None,
    ) -> None:
        super().__init__(message, remedy)
        self.file = file
        self.line = line
        self.column = column
        self.key = key

    def __str__(self) -> str:
        where = ":".join(str(part) for part in (self.file, self.line, self.column) if part)
        text = super().__str__()
        return f"{where}: {text}" if where else text


class NotFound(BadInput):
    """A workflow, version, run or task was named that does not exist."""


class BuildFailed(SaltError):
    """A build ran and broke; ``message`` names the file, line or requirement."""


class Unreachable(SaltError):
    """Redis or the blob store does not answer."""

    exit_code = 3


class UnfitBackend(Unreachable):
    """Redis answers, and is set up so that Salt could lose work on it."""


class Refused(SaltError):
    """The store refused a transition."""


class ArtifactRejected(SaltError):
    """An artifact's bytes do not match the digest in the registry."""
