"""The lists that the console begins with, each with its number."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mode:
    """One of them; ``cli`` is the command that prints the same."""

    name: str
    key: str
    title: str
    cli: str = ""


MODES: tuple[Mode, ...] = (
    Mode("workflows", "1", "Workflows", "salt workflows"),
    Mode("runs", "2", "Runs", "salt runs"),
    Mode("agents", "3", "Agents", "salt agents"),
    Mode("schedules", "4", "Schedules", "salt schedule list"),
)
