"""A workflow's parameters in one line: what it asks for, and what was given."""

from __future__ import annotations

import json
import shlex
from typing import Any

from salt_core.model.run import Run
from salt_core.parameters import Schema, expected


def signature(schema: Schema) -> str:
    """What a workflow asks for: ``day: a date such as 2026-01-31, city: text = "Rome"``."""
    known: dict[str, Schema] = schema.get("properties") or {}
    required = schema.get("required") or ()
    parts = []
    for name, own in known.items():
        default = ""
        if name not in required and "default" in own:
            default = f" = {json.dumps(own['default'], ensure_ascii=False)}"
        parts.append(f"{name}: {expected(own, schema)}{default}")
    return ", ".join(parts)


def as_line(params: str) -> str:
    """Parameters (JSON text, an object) as one would type them."""
    given: dict[str, Any] = json.loads(params or "{}")
    words = []
    for key, value in given.items():
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        words.append(f"{key}={shlex.quote(text)}")
    return " ".join(words)


def names_of(run: Run) -> dict[str, str]:
    """What words in capitals of a command line stand for, of a run."""
    names = {"RUN": run.id, "WF": run.workflow, "VERSION": run.version}
    line = as_line(run.params)
    return names | ({"KEY=VALUE…": line} if line else {})
