"""What an agent says of itself: short lines on stderr, as text or as JSON."""

from __future__ import annotations

import json
import sys
import time
from datetime import datetime
from typing import TextIO

from salt_core.clock import iso, to_millis, utc_now


class Report:
    """Writes one line per event; the tasks' own output never comes here."""

    def __init__(self, *, json_lines: bool = False, stream: TextIO | None = None) -> None:
        self._json = json_lines
        self._stream = stream if stream is not None else sys.stderr
        self._said: dict[str, float] = {}

    def say(self, event: str, text: str, **fields: str | float) -> None:
        """One line: ``event`` names it for machines, ``text`` tells it to people."""
        if self._json:
            at = iso(to_millis(utc_now()))
            line = json.dumps({"at": at, "event": event, "text": text, **fields})
        else:
            line = f"{datetime.now():%H:%M:%S} {text}"
        try:
            print(line, file=self._stream, flush=True)
        except (OSError, ValueError):
            pass  # a terminal that is gone must not stop the work

    def say_seldom(self, event: str, text: str, every_s: float = 10.0) -> None:
        """As ``say``, once per ``every_s`` for one event: for loops that meet one error often."""
        now = time.monotonic()
        if now - self._said.get(event, -every_s) >= every_s:
            self._said[event] = now
            self.say(event, text)
