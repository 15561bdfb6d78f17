"""What an artifact holds: its entrypoint, found by the module that the builder wrote."""

from __future__ import annotations

import importlib.util
import inspect
import sys
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from salt_sdk._classic import Workflow
from salt_sdk._declare import Task, WorkflowFunction
from salt_sdk._errors import BadInput, BadProject
from salt_sdk._registered import declared

MODULE = "_salt_artifact"


@dataclass(frozen=True)
class Project:
    """Everything that was imported.

    Attributes:
        default: The workflow that the entrypoint names.
        registered: The name that it is registered under; finds it too.
    """

    default: WorkflowFunction[..., Any]
    registered: str
    workflows: dict[str, WorkflowFunction[..., Any]]
    tasks: dict[str, Task[..., Any]]

    def workflow(self, name: str) -> WorkflowFunction[..., Any]:
        """By its own name, or by the registered one.

        Raises:
            BadInput: There is none.
        """
        if name in self.workflows:
            return self.workflows[name]
        if name == self.registered:
            return self.default
        raise _unknown("workflow", name, [*self.workflows, self.registered])

    def task(self, name: str) -> Task[..., Any]:
        """By its name.

        Raises:
            BadInput: There is none.
        """
        if name in self.tasks:
            return self.tasks[name]
        raise _unknown("task", name, list(self.tasks))


def _unknown(kind: str, name: str, known: list[str]) -> BadInput:
    near = get_close_matches(name, known, 1)
    if near:
        return BadInput(f"there is no {kind} {name!r}; did you mean {near[0]!r}?")
    return BadInput(f"there is no {kind} {name!r}; there are: {', '.join(sorted(set(known)))}")


def present() -> bool:
    """Whether this Python is inside an artifact."""
    return importlib.util.find_spec(MODULE) is not None


def _import(name: str) -> Any:
    __import__(name)  # unlike importlib's function it leaves no frame in a user's traceback
    return sys.modules[name]


def load() -> Project:
    """Import the user's code.

    Raises:
        BadProject: The entrypoint does not name a workflow, or names are taken twice.
        Exception: Whatever the user's code raises while it is imported.
    """
    artifact = _import(MODULE)
    module_name, _, attribute = artifact.ENTRYPOINT.partition(":")
    module = _import(module_name)
    found = getattr(module, attribute, None)
    if isinstance(found, type) and issubclass(found, Workflow):
        found = getattr(found, "function", found)
    if not isinstance(found, WorkflowFunction):
        what = "does not exist" if found is None else f"is a {type(found).__name__}"
        remedy = "name a function with @workflow, or a class with graph()"
        if inspect.isfunction(found):
            remedy = "put @workflow above it"
        elif isinstance(found, type):
            what, remedy = "is a class without graph()", "derive it from Workflow, and give it one"
        raise BadProject(f"The entrypoint {artifact.ENTRYPOINT!r} {what}; {remedy}.")
    workflows: dict[str, WorkflowFunction[..., Any]] = declared("workflow")
    registered = getattr(artifact, "WORKFLOW", found.name)
    return Project(found, registered, workflows, declared("task"))
