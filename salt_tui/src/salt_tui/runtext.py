"""What the run view writes above all: how the run is."""

from __future__ import annotations

from datetime import tzinfo

from textual.content import Content

from salt_core.model.run import Run
from salt_core.model.task import Failure
from salt_tui.marks import mark
from salt_tui.text import plain, shorten
from salt_tui.times import moment, span


def head(run: Run, now: int, zone: tzinfo | None) -> Content:
    """Two lines: how the run is, and what it was given or why it failed."""
    status = mark(run.status)
    colour = {"good": "$success", "bad": "$error", "busy": "$accent", "warn": "$warning"}
    parts: list[Content | str | tuple[str, str]] = [
        (f" {status.text}", f"bold {colour.get(status.tone, '$foreground-muted')}"),
        "  ",
        (plain(run.workflow), "bold"),
        (f"@{plain(run.version)}", "$foreground-muted"),
        ("  by ", "$foreground-muted"),
        plain(run.trigger),
        ("  at ", "$foreground-muted"),
        moment(run.created, now, zone),
    ]
    if run.started is not None:
        verb = "  took " if run.finished else "  for "
        parts += [(verb, "$foreground-muted"), span((run.finished or now) - run.started)]
    else:
        parts += [("  waits for ", "$foreground-muted"), span(now - run.created)]
    parts.append("\n ")
    if run.error is not None:
        parts.append((shorten(one_line(run.error), 300), "$error"))
    else:
        given = "" if run.params in ("", "{}") else plain(run.params)
        parts += [("with ", "$foreground-muted"), shorten(given, 300) or "no parameters"]
    return Content.assemble(*parts)


def one_line(error: Failure) -> str:
    """``KeyError: 'region'``."""
    return plain(f"{error.type}: {error.message}" if error.message else error.type)
