"""What a log says of its search and its filters, and what a person means by what is typed."""

from __future__ import annotations

from salt_tui.logbuffer import SpooledLines
from salt_tui.loglevels import ERROR, NAMES
from salt_tui.logquery import LogQuery
from salt_tui.logscanner import LogScanner
from salt_tui.text import plain, shorten


def as_query(typed: str) -> LogQuery:
    """Words, or ``/pattern/``; the last stroke may still be missing."""
    if len(typed) > 1 and typed.startswith("/"):
        return LogQuery(typed[1:].removesuffix("/"), regex=True)
    return LogQuery(typed)


def told_search(search: LogScanner, query: LogQuery, current: int | None, lines: int) -> list[str]:
    """What is searched, and ``3 of 41``."""
    what = "errors" if not query.text else plain(shorten(query.text, 40))
    if query.regex:
        what = f"/{what}/"
    if search.problem:
        return [what, plain(search.problem)]
    total = len(search.matches)
    at = f"{search.before(current) + 1:,} of " if current is not None and total else ""
    more = "" if search.done else f"… {search.scanned * 100 // max(lines, 1)}%"
    hard = f" ({search.hard} lines took too long)" if search.hard else ""
    return [what, f"{at}{total:,}{more}{hard}" if total or more else f"nothing{hard}"]


def told_filters(filter_: LogScanner, lines: SpooledLines, only_matches: bool) -> list[str]:
    """What is left out, and how much is left."""
    query = filter_.query
    told = ["only matches"] if only_matches else []
    if query.level:
        told.append("errors only" if query.level == ERROR else f"{NAMES[query.level]} and worse")
    if query.stream:
        told.append("stderr only")
    if query.sources is not None:
        names = {lines.label(source) for source in query.sources}
        told.append(f"only {plain(', '.join(sorted(names)))}")
    told.append(f"{len(filter_.matches):,} of {len(lines):,} lines")
    return told
