"""What a person did: told to everybody who looks on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that somebody did.

    Attributes:
        by: ``user@host``.
        did: In words, beginning with a verb: ``cancelled run 01k… of nightly``.
        about: The run or the workflow that it was done to.
        command: The command line that does the same.
        at: Unix ms of the store's clock.
        id: Its place in the order of deeds.
    """

    by: str
    did: str
    about: str
    command: str = ""
    at: int = 0
    id: str = ""
