"""A graph of call sites as lines of characters."""

from __future__ import annotations

from dataclasses import dataclass

from salt_tui.marks import mark
from salt_tui.onerun.layout import Layout, Spot, place
from salt_tui.onerun.sites import Site, SiteGraph
from salt_tui.text import plain, shorten

_LONGEST = 24
_UP, _DOWN, _LEFT, _RIGHT = 1, 2, 4, 8
_SIGNS = " ╵╷│╴┘┐┤╶└┌├─┴┬┼"
_Piece = tuple[str, str]
"""Text and its tone."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture: each line in pieces, and where each site is (line, first and last column)."""

    lines: list[list[_Piece]]
    places: dict[str, tuple[int, int, int]]
    width: int


def words_of(site: Site, *, again: bool) -> str:
    """What stands for a site: mark, name, how many calls, how many of them ended."""
    many = ""
    if site.total > 1:
        done = site.counts["succeeded"]
        many = f" ×{site.total:,}" if done == site.total else f" {done:,}/{site.total:,}"
    loop = " ↺" if again else ""
    return f"{mark(site.status).glyph} {shorten(plain(site.name), _LONGEST)}{many}{loop}"


def draw(graph: SiteGraph) -> Drawn:
    """The picture of a graph."""
    sites, edges = graph.sites, graph.edges
    layout = place(len(sites), [(one.before.order, one.after.order) for one in edges])
    again = {a for a, _ in layout.back}
    words = [f" {words_of(site, again=site.order in again)} " for site in sites]
    return _Canvas(layout, sites, words).drawn()


class _Canvas:
    def __init__(self, layout: Layout, sites: list[Site], words: list[str]) -> None:
        self._layout = layout
        self._sites = sites
        self._words = words
        self._height = 1 + max((one.row for layer in layout.layers for one in layer), default=0)
        self._width = 0
        self._lines: dict[tuple[int, int], int] = {}

    def drawn(self) -> Drawn:
        texts: list[list[tuple[int, str, str]]] = [[] for _ in range(self._height)]
        places: dict[str, tuple[int, int, int]] = {}
        x = 0
        for number, layer in enumerate(self._layout.layers):
            wide = max(
                (len(self._words[one.node]) for one in layer if one.node is not None), default=1
            )
            ends: dict[Spot, int] = {}
            for spot in layer:
                if spot.node is None:
                    self._across(spot.row, x, x + wide)
                    ends[spot] = x + wide
                    continue
                text, site = self._words[spot.node], self._sites[spot.node]
                texts[spot.row].append((x, text, mark(site.status).tone))
                places[site.key] = (spot.row, x, x + len(text))
                ends[spot] = x + len(text)
                if spot.after:
                    self._across(spot.row, x + len(text), x + wide)
            x += wide
            if number + 1 < len(self._layout.layers):
                x = self._channel(layer, x)
        self._width = x
        return Drawn([self._line(row, texts[row]) for row in range(self._height)], places, x)

    def _across(self, row: int, first: int, last: int) -> None:
        for x in range(first, last):
            self._mark(x, row, _LEFT | _RIGHT)

    def _mark(self, x: int, row: int, ways: int) -> None:
        self._lines[x, row] = self._lines.get((x, row), 0) | ways

    def _channel(self, layer: list[Spot], x: int) -> int:
        """Draw the edges to the next layer, each source's in a column of its own; where it begins."""
        sources = [spot for spot in layer if spot.after]
        end = x + len(sources) + 2
        for lane, spot in enumerate(sources):
            column = x + 1 + lane
            self._across(spot.row, x, column)
            rows = [spot.row, *(one.row for one in spot.after)]
            for row in range(min(rows), max(rows) + 1):
                up = _UP if row > min(rows) else 0
                down = _DOWN if row < max(rows) else 0
                self._mark(column, row, up | down)
            self._mark(column, spot.row, _LEFT)
            for one in spot.after:
                self._mark(column, one.row, _RIGHT)
                self._across(one.row, column + 1, end)
        return end

    def _line(self, row: int, texts: list[tuple[int, str, str]]) -> list[_Piece]:
        pieces: list[_Piece] = []
        x = 0
        for start, text, tone in [*sorted(texts), (self._width, "", "")]:
            gap = "".join(_SIGNS[self._lines.get((at, row), 0)] for at in range(x, start))
            if gap:
                pieces.append((gap, "dim"))
            if text:
                pieces.append((text, tone))
            x = start + len(text)
        return pieces
