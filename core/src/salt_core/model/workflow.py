"""A workflow and its versions, as the registry keeps them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Artifact:
    """The file that runs.

    Attributes:
        kind: ``pex`` for now.
        digest: sha256 of the whole file, 64 hex digits: what agents verify.
        size: Bytes of the whole file.
        python: What it needs, as in ``requires-python`` (``>=3.11,<3.12``).
        platform: Wheel platform it was built for, or ``any``.
        parts: ``(sha256, size)`` of the blobs that make the file when put one after the other.
    """

    kind: str
    digest: str
    size: int
    python: str
    platform: str
    parts: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Version:
    """One immutable build of a workflow.

    Attributes:
        version: First 12 hex digits of the artifact's digest; names it in ``WF@VERSION``.
        described: What ``describe --json`` of the artifact printed (see WIRE.md).
        settings: The ``salt.yaml`` that it was registered with, as JSON. A later salt.yaml may
            change when and where the workflow runs without a new version.
        registered: Unix ms.
        source: The folder that it was built from, for people.
    """

    workflow: str
    version: str
    artifact: Artifact
    described: dict[str, Any]
    registered: int = 0
    source: str = ""


@dataclass(frozen=True, slots=True)
class Workflow:
    """A workflow's head: its live version and its settings (the whole of ``salt.yaml``)."""

    name: str
    live: str
    versions: int
    paused: bool
    registered: int
    settings: dict[str, Any] = field(default_factory=dict[str, Any])
    source: str = ""
    build_error: str = ""
    """Why the newest build of its folder failed; ``""`` when it did not."""
