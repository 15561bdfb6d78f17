"""Filters that a person has saved under a name, and some that everybody has."""

from __future__ import annotations

from salt_tui.memory import Memory

_TABLE = "filters"
EVERYBODYS = {
    "failed today": "status:failed since:24h",
    "under way": "status:queued,running,waiting",
    "waits": "status:waiting",
    "long": "took:>1h",
    "by hand": "-trigger:schedule",
}


class SavedFilters:
    """Names and filter lines; own ones first."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def all(self) -> list[tuple[str, str]]:
        """Name and line of each."""
        own = {str(k): str(v) for k, v in self._memory.table(_TABLE).items()}
        others = {name: line for name, line in EVERYBODYS.items() if name not in own}
        return [*sorted(own.items()), *others.items()]

    def own(self, name: str) -> bool:
        """Whether a person saved it, and may forget it."""
        return name in self._memory.table(_TABLE)

    def save(self, name: str, line: str) -> None:
        self._memory.put_in(_TABLE, name, line)

    def forget(self, name: str) -> None:
        self._memory.put_in(_TABLE, name, None)
