"""How bad a line of a log is, by the words that loggers write. Stdlib only: the scanner uses it."""

from __future__ import annotations

import re

DEBUG, INFO, WARNING, ERROR = range(4)
NAMES = ("debug", "info", "warning", "error")

_LOOK_AT = 160
"""Bytes of a line in which a logger has said its level."""

_BAD = rb"critical|crit|fatal|error|err|panic"
_SAID = re.compile(
    rb"""
      \b(?:(CRITICAL|FATAL|ERROR|PANIC)|(WARNING|WARN)|(?:INFO|NOTICE)|(DEBUG|TRACE))\b
    | (?i:\blevel"?\s*[=:]\s*"?(?:(%(bad)s)|(warning|warn)|info|notice|(debug|trace))\b)
    | (?i:(?:^\s*|\[)(?:(%(bad)s)|(warning|warn)|info|notice|(debug|trace))(?=[\]:]))
    | ^(Traceback\ \(most\ recent\ call\ last\):|[\w.]*(?:Error|Exception|Interrupt)(?:$|:\ ))
    | \b\w*(Warning):\ 
    """.replace(b"%(bad)s", _BAD),
    re.VERBOSE,
)
_BY_GROUP = (INFO, *(ERROR, WARNING, DEBUG) * 3, ERROR, WARNING)
_HINTS = (b"err", b"warn", b"exception", b"debug", b"trac", b"fatal", b"crit", b"panic", b"interr")


def level_of(text: bytes) -> int:
    """The level of one line; ``INFO`` where it says none."""
    lower = text[:_LOOK_AT].lower()
    for hint in _HINTS:  # most lines have none, and this is much faster than the pattern
        if hint in lower:
            break
    else:
        return INFO
    found = _SAID.search(text, 0, _LOOK_AT)
    return INFO if found is None else _BY_GROUP[found.lastindex or 0]


class Tracebacks:
    """Knows of lines that belong to a traceback: they are as bad as what they end with."""

    def __init__(self) -> None:
        self._open: set[bytes] = set()

    def level(self, source: bytes, text: bytes) -> int:
        """As ``level_of``; lines of a source are asked for in their order."""
        if source in self._open:
            if text[:1] in b" \t":  # an empty line too
                return ERROR
            self._open.discard(source)
            return max(ERROR, level_of(text))
        level = level_of(text)
        if level == ERROR and text.startswith(b"Traceback ("):
            self._open.add(source)
        return level
