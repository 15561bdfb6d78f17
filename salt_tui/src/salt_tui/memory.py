"""What the console remembers of a person between two times: where they were, what they saved.

A small JSON file, shared by all consoles of this user: one that writes keeps what the others wrote.
It may be lost, or be from another version: then nothing is remembered.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

FILE_NAME = "console.json"


class Memory:
    """Named values; each is something that JSON can say.

    Args:
        file: Where they are kept; ``None``: only as long as the console runs.
    """

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._known = self._read()

    def get(self, name: str) -> Any:
        """What is remembered under ``name``; ``None``: nothing is."""
        return self._known.get(name)

    def table(self, name: str) -> Mapping[str, Any]:
        """The same where an object is kept; whatever else is there counts for nothing."""
        found = self._known.get(name)
        return found if isinstance(found, dict) else {}

    def put(self, name: str, value: Any) -> None:
        """Remember ``value`` under ``name``. A file that cannot be written is not missed."""
        self._known = {**self._known, **self._read(), name: value}
        if self._file is not None:
            with suppress(OSError):
                self._write(self._file)

    def put_in(self, name: str, key: str, value: Any) -> None:
        """Remember ``value`` under ``key`` of the table ``name``; ``None`` forgets it."""
        self._known |= self._read()
        table = {**self.table(name), key: value}
        self.put(name, {k: v for k, v in table.items() if v is not None})

    def _read(self) -> dict[str, Any]:
        if self._file is None:
            return {}
        try:
            found = json.loads(self._file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def _write(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        number, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}-")
        try:
            with os.fdopen(number, "w", encoding="utf-8") as out:
                json.dump(self._known, out, ensure_ascii=False, indent=1)
            os.replace(name, file)
        except BaseException:
            os.unlink(name)
            raise
