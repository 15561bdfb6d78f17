"""What two versions of a workflow differ in. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from salt_core.cli.words import size
from salt_core.model.workflow import Version
from salt_core.parameters import expected, main_workflow


@dataclass(frozen=True, slots=True)
class Difference:
    """One: ``what`` it is in, the name, and how it was and is; ``""``: not there."""

    what: str
    name: str
    before: str
    after: str

    @property
    def mark(self) -> str:
        """``+`` it is new, ``-`` it is gone, ``~`` it changed."""
        return "+" if not self.before else "-" if not self.after else "~"


def differences(before: Version, after: Version) -> list[Difference]:
    """All of them: dependencies, parameters, value, tasks, the artifact."""
    pairs = (
        ("dependency", _dependencies(before), _dependencies(after)),
        ("parameter", _parameters(before), _parameters(after)),
        ("value", _value(before), _value(after)),
        ("task", _tasks(before), _tasks(after)),
        ("artifact", _artifact(before), _artifact(after)),
    )
    return [one for what, old, new in pairs for one in _compare(what, old, new)]


def _compare(what: str, old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Difference]:
    for name in sorted(old.keys() | new.keys()):
        before, after = old.get(name, ""), new.get(name, "")
        if before != after:
            yield Difference(what, name, before, after)


def _dependencies(version: Version) -> dict[str, str]:
    return dict(one.rsplit(" ", 1) for one in version.dependencies)


def _parameters(version: Version) -> dict[str, str]:
    schema = main_workflow(version.described).get("params") or {}
    required = schema.get("required") or ()
    found: dict[str, str] = {}
    for name, own in (schema.get("properties") or {}).items():
        words = expected(own, schema)
        if name not in required:
            words += f" = {json.dumps(own['default'])}" if "default" in own else ", may be left out"
        found[name] = words
    return found


def _value(version: Version) -> dict[str, str]:
    schema = main_workflow(version.described).get("returns")
    return {"returns": expected(schema, schema)} if schema else {}


def _tasks(version: Version) -> dict[str, str]:
    described: dict[str, Any] = version.described
    return {one["name"]: _policy(one.get("policy") or {}) for one in described.get("tasks") or ()}


def _policy(policy: Mapping[str, Any]) -> str:
    """What of a policy is not as it is by itself, in words; never empty."""
    said = [f"{key} {json.dumps(value)}" for key, value in sorted(policy.items()) if value]
    return ", ".join(said) or "as by itself"


def _artifact(version: Version) -> dict[str, str]:
    held = version.artifact
    return {"size": size(held.size), "python": held.python, "platform": held.platform}
