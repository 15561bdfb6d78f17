"""A run in a few lines, under the list of runs."""

from __future__ import annotations

from textual.content import Content

from salt_core.model.run import Run
from salt_tui.text import plain, shorten

_LONGEST = 400


def preview(run: Run, why: str) -> Content:
    """What it was given, why it does not move or why it failed, and what it is the heir of."""
    given = plain(run.params) if run.params not in ("", "{}") else "no parameters"
    parts: list[Content | str | tuple[str, str]] = [
        (plain(run.id), "bold"),
        ("  with ", "$foreground-muted"),
        shorten(given, _LONGEST),
    ]
    if run.error is not None:
        said = plain(f"{run.error.type}: {run.error.message}")
        parts += ["\n", ("✗ ", "$error"), (shorten(said, _LONGEST), "$error")]
    if why:
        parts += ["\n", ("why  ", "$foreground-muted"), shorten(plain(why), _LONGEST)]
    if run.replayed and run.replayed != "same":
        parts += ["\n", ("replayed  ", "$warning"), shorten(plain(run.replayed), _LONGEST)]
    return Content.assemble(*parts)
