"""Foreign text made fit for a widget: what a task printed, a name, an error.

Textual's own widgets pass control characters through to the terminal and read square brackets as
markup. Whatever was not written by us goes through here, and then into ``Content`` or segments,
which know no markup.
"""

from __future__ import annotations

from salt_core.cli.output import one_line, sanitize

LONGEST_LINE = 4096
"""Characters of one line that are shown; the rest is counted."""


def plain(text: str) -> str:
    """``text`` on one line, without what could steer a terminal or hide from a reader."""
    return text if text.isprintable() else one_line(text)


def printed(text: str) -> str:
    """As ``log_line``, in its whole length."""
    if text.isprintable():
        return text
    last = text.rstrip("\r\n").rpartition("\r")[2]
    return sanitize(last).replace("\n", " ").expandtabs(8)


def log_line(text: str) -> str:
    """One line of output as a terminal would have left it.

    A carriage return overwrites: of a progress bar the last state stays. Tabs become spaces.
    """
    text = printed(text)
    if len(text) > LONGEST_LINE:
        return f"{text[:LONGEST_LINE]} … and {len(text) - LONGEST_LINE} more characters"
    return text


def shorten(text: str, width: int) -> str:
    """At most ``width`` characters of ``text``, its end replaced by an ellipsis when it is cut."""
    return text if len(text) <= width else f"{text[: max(width - 1, 0)]}…"
