"""What a build gives back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from salt_core.model.workflow import Artifact


@dataclass(frozen=True, slots=True)
class Built:
    """An artifact on disk, and what the registry wants to know of it.

    Attributes:
        path: The file.
        workflow: The name to register it under.
        source: The project's folder.
        described: What ``describe --json`` of it prints.
        settings: salt.yaml with its defaults, as JSON; workflow and entrypoint filled in.
        reused: What did not have to be made: ``lock``, ``dependencies``, ``description``.
        seconds: How long each stage took; ``total`` holds all.
    """

    path: Path
    workflow: str
    source: Path
    artifact: Artifact
    described: dict[str, Any]
    settings: dict[str, Any]
    reused: tuple[str, ...]
    seconds: dict[str, float]
