"""Places the nodes of a graph in layers, left to right, with room for the lines between them.

Layers by the longest way, order within a layer by the barycentre of the neighbours (Sugiyama);
an edge over several layers goes through places of its own. What leads back is only noted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

_SWEEPS = 4


@dataclass(slots=True, eq=False)
class Spot:
    """A node's place, or (``node`` is ``None``) where a long edge passes a layer."""

    node: int | None
    layer: int
    row: int = 0
    before: list[Spot] = field(default_factory=list["Spot"])
    after: list[Spot] = field(default_factory=list["Spot"])


@dataclass(frozen=True, slots=True)
class Layout:
    """Layers from left to right, each from top to bottom; ``back``: edges that lead back."""

    layers: list[list[Spot]]
    back: set[tuple[int, int]]


def place(count: int, edges: Sequence[tuple[int, int]]) -> Layout:
    """Place nodes 0 … ``count`` - 1, which are in the order in which they came to be."""
    back = {(a, b) for a, b in edges if b <= a}
    forward = sorted({(a, b) for a, b in edges if b > a}, key=lambda edge: edge[1])
    depth = [0] * count
    for a, b in forward:  # by target, so a source's depth is final
        depth[b] = max(depth[b], depth[a] + 1)
    layers: list[list[Spot]] = [[] for _ in range(max(depth, default=-1) + 1)]
    spots = [Spot(node, depth[node]) for node in range(count)]
    for spot in spots:
        layers[spot.layer].append(spot)
    for a, b in forward:
        _join(spots[a], spots[b], layers)
    for sweep in range(_SWEEPS):
        _order(layers, downwards=sweep % 2 == 0)
    _rows(layers)
    return Layout(layers, back)


def _join(begin: Spot, end: Spot, layers: list[list[Spot]]) -> None:
    at = begin
    for layer in range(begin.layer + 1, end.layer):
        way = Spot(None, layer)
        layers[layer].append(way)
        at.after.append(way)
        way.before.append(at)
        at = way
    at.after.append(end)
    end.before.append(at)


def _order(layers: list[list[Spot]], *, downwards: bool) -> None:
    places: dict[Spot, int] = {spot: place for layer in layers for place, spot in enumerate(layer)}
    for layer in layers if downwards else reversed(layers):
        wanted: dict[Spot, float] = defaultdict(float)
        for spot in layer:
            beside = spot.before if downwards else spot.after
            wanted[spot] = (
                sum(places[one] for one in beside) / len(beside) if beside else places[spot]
            )
        layer.sort(key=lambda spot: wanted[spot])
        for place, spot in enumerate(layer):
            places[spot] = place


def _rows(layers: list[list[Spot]]) -> None:
    """As level with what is before as the layer leaves room."""
    for layer in layers:
        free = 0
        for spot in layer:
            wanted = (
                round(sum(one.row for one in spot.before) / len(spot.before)) if spot.before else 0
            )
            spot.row = max(free, wanted)
            free = spot.row + 2
