"""What a workflow's salt.yaml puts into the environment of its processes."""

from __future__ import annotations

import time

from salt_agent.patience import Patience
from salt_core.store import RegistryVerbs

_FRESH_S = 1.0
"""An edit of salt.yaml is live after this."""

Environment = tuple[tuple[str, str], ...]


class Environments:
    """Each workflow's variables, read again when they are older than a second."""

    def __init__(self, store: RegistryVerbs, patience: Patience) -> None:
        self._store = store
        self._patience = patience
        self._known: dict[str, tuple[float, Environment]] = {}

    def fresh(self, workflow: str) -> Environment | None:
        """What ``get`` would return at once."""
        known = self._known.get(workflow)
        if known is None or time.monotonic() - known[0] > _FRESH_S:
            return None
        return known[1]

    async def get(self, workflow: str) -> Environment:
        fresh = self.fresh(workflow)
        if fresh is not None:
            return fresh
        found = await self._patience.answered(lambda: self._store.workflow(workflow))
        settings = found.settings if found is not None else {}
        env = settings.get("env") or {}
        variables = tuple(sorted((str(name), _text(value)) for name, value in env.items()))
        self._known[workflow] = (time.monotonic(), variables)
        return variables


def _text(value: object) -> str:
    """A YAML value as a variable's text: booleans as YAML writes them."""
    return str(value).lower() if isinstance(value, bool) else str(value)
