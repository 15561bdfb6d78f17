"""How every command prints, and how it reaches the store.

Text that Salt did not write itself (a log line, a workflow's name, an exception's message) goes
through ``sanitize`` before a terminal sees it: an escape sequence in a log must not be able to
move the cursor, set the title or hide text. Everything here does that by itself.
"""

from __future__ import annotations

import json
import os
import re
import sys
import unicodedata
from collections.abc import AsyncIterator, Coroutine, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from salt_core.config import Config
    from salt_core.store import Store

_T = TypeVar("_T")

# A whole sequence is taken out, not only its ESC: the rest would stay behind as litter.
_SEQUENCE = re.compile(
    "(?:\x1b\\[|\x9b)[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor
    "|(?:\x1b[\\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\\\|\x9c)?"  # OSC, DCS …
    "|\x1b[ -/]*[0-~]?"
)
_COLOUR = re.compile("\x1b\\[[0-9;:]*m")
# C0 and C1 except tab and newline, zero-width, bidirectional, line separators, tags, lone halves.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f\ud800-\udfff]"
)
_RESET = "\x1b[0m"
_BROKEN_PIPE = 141
"""128 + SIGPIPE: what a shell shows for a program whose reader went away."""


def sanitize(text: str, *, colours: bool = False) -> str:
    """``text`` without what could steer a terminal or hide from a reader; newlines and tabs stay.

    ``colours`` keeps SGR sequences (``ESC [ … m``) and closes them at the end.
    """
    if text.isascii() and text.isprintable():
        return text
    if not colours:
        return _HIDDEN.sub("", _SEQUENCE.sub("", text))
    kept = _COLOUR.findall(text)
    plain = [sanitize(part) for part in _COLOUR.split(text)]
    if not kept:
        return plain[0]
    if kept[-1] not in (_RESET, "\x1b[m"):
        kept.append(_RESET)
        plain.append("")
    return plain[0] + "".join(c + p for c, p in zip(kept, plain[1:], strict=True))


def one_line(text: str) -> str:
    """``text`` sanitised, on one line."""
    return " ".join(sanitize(text).split())


def say(line: str = "", *, colours: bool = False) -> None:
    """One line on stdout, sanitised."""
    write(sanitize(line, colours=colours) + "\n")


def warn(line: str) -> None:
    """One line on stderr, sanitised: what a person should know and a pipe should not get."""
    sys.stdout.flush()
    sys.stderr.write(sanitize(line) + "\n")
    sys.stderr.flush()


def as_json(value: Any, *, indent: int | None = None) -> str:
    """JSON text that a terminal can show: what is hidden or steers is written as an escape."""
    return _HIDDEN.sub(_escape, json.dumps(value, ensure_ascii=False, indent=indent))


def print_json(value: Any) -> None:
    """One JSON document on stdout."""
    write(as_json(value, indent=2) + "\n")


def print_json_line(value: Any) -> None:
    """One JSON document on one line: for commands that follow."""
    write(as_json(value) + "\n")


def print_table(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Plain columns, two spaces apart; numbers stand right. ``None`` shows as ``-``."""
    TablePages(headers).print(rows)


class TablePages:
    """A table whose rows come in pages: columns may widen from page to page."""

    def __init__(self, headers: Sequence[str]) -> None:
        self._head = [list(headers)]
        self._widths = [0] * len(headers)

    def print(self, rows: Iterable[Sequence[object]]) -> None:
        """One page; the first has the headers."""
        cells = [["-" if cell is None else one_line(str(cell)) for cell in row] for row in rows]
        table, self._head = [*self._head, *cells], []
        columns = range(len(self._widths))
        self._widths = [
            max([self._widths[i], *(_width(line[i]) for line in table)]) for i in columns
        ]
        numeric = [bool(cells) and all(_is_number(line[i]) for line in cells) for i in columns]
        for line in table:
            padded = [
                " " * (width - _width(cell)) + cell
                if right
                else cell + " " * (width - _width(cell))
                for cell, width, right in zip(line, self._widths, numeric, strict=True)
            ]
            write("  ".join(padded).rstrip() + "\n")


def run_async(coro: Coroutine[Any, Any, _T]) -> _T:
    """Run a command's coroutine to its end."""
    import asyncio

    return asyncio.run(coro)


@asynccontextmanager
async def opened(config: Config) -> AsyncIterator[Store]:
    """The store of ``config``, closed again afterwards; starts the embedded server on need."""
    from salt_core.store.redis import open_store

    store: Store = await open_store(config, role="cli")
    try:
        yield store
    finally:
        await store.close()


def write(text: str) -> None:
    """Text as it is on stdout; whoever calls it has made it fit for a terminal."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader (head, less) has gone; nothing may complain again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(_BROKEN_PIPE) from None


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    if found[0] == "\n":
        return "\n"
    if code > 0xFFFF:
        code -= 0x10000
        return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"
    return f"\\u{code:04x}"


def _width(text: str) -> int:
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


def _is_number(text: str) -> bool:
    return text == "-" or re.fullmatch(r"-?\d[\d_.,]*(?: ?[a-zA-Z%]{1,3})?", text) is not None
