"""What an artifact tells of itself (WIRE.md section 5)."""

from __future__ import annotations

import platform
from typing import Any

from salt_sdk._classic import OfClass
from salt_sdk._declare import Task, WorkflowFunction
from salt_sdk._project import Project
from salt_sdk._schema import params_schema, returns_schema

PROTOCOL = 1


def describe(project: Project) -> dict[str, Any]:
    """The document of ``describe --json``.

    Raises:
        BadInput, Unresolved: A workflow's parameters cannot be described.
        BadProject: What a class draws is no graph.
    """
    from salt_sdk import __version__

    return {
        "protocol": PROTOCOL,
        "sdk": f"python/{__version__}",
        "python": platform.python_version(),
        "workflows": [_workflow(found) for _, found in sorted(project.workflows.items())],
        "tasks": [_declared(found) for _, found in sorted(project.tasks.items())],
        "default": project.default.name,
    }


def _workflow(found: WorkflowFunction[..., Any]) -> dict[str, Any]:
    if isinstance(found.signature, OfClass):
        found.signature.draw()
    return {
        **_declared(found),
        "params": params_schema(found.signature),
        "returns": returns_schema(found.signature),
    }


def _declared(found: WorkflowFunction[..., Any] | Task[..., Any]) -> dict[str, Any]:
    return {
        "name": found.name,
        "doc": found.doc,
        "file": found.file,
        "line": found.line,
        "policy": found.described_policy(),
    }
