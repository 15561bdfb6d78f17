"""Under which key a task's value may be used again: its code and its input, and nothing else."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping

_RESULT = re.compile(r'\{"\$ref":\s*(\d+)\}')
"""A result's place in an input. A user's text cannot look so: its quotes are escaped in JSON."""


def memo_key(code: str, name: str, input: str, results: Mapping[int, str]) -> str:
    """sha256 over the task's fingerprint, its name, and its input with the results in place.

    The numbers of the calls that gave the results do not count, so another run finds it too.
    A large value is in its place by its reference, which names its content.
    """
    whole = _RESULT.sub(lambda found: results.get(int(found[1]), found[0]), input)
    text = json.dumps([code, name, whole])
    return hashlib.sha256(text.encode()).hexdigest()
