"""The graph that a class draws: nodes, edges, and which of them lead back."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any, Callable, Optional

from salt_sdk._errors import BadProject
from salt_sdk._registered import shown_path

if TYPE_CHECKING:
    from salt_sdk._declare import Task

Line = tuple[str, int]
"""A file, and a line in it."""

Condition = Optional[Callable[[Any], Any]]


def shown(at: Line) -> str:
    """As ``graph.py:12``."""
    return f"{shown_path(at[0])}:{at[1]}"


@dataclass(eq=False)
class Edge:
    """One arrow, as it was written.

    Attributes:
        condition: Takes the source's value; ``None``: taken always.
        otherwise: Taken when no edge of its source with a condition is.
        at: Where it was written.
        back: It leads back: it closes a cycle.
    """

    source: Node
    target: Node
    condition: Condition
    otherwise: bool
    at: Line
    back: bool = False

    def __str__(self) -> str:
        return f"{self.source.name} >> {self.target.name} ({shown(self.at)})"

    @property
    def always(self) -> bool:
        return self.condition is None and not self.otherwise

    @property
    def leaves(self) -> bool:
        """It leads from one cycle, or from a node in none, to elsewhere."""
        return self.source.group is not self.target.group


@dataclass(eq=False)
class Group:
    """Nodes that lead to each other: a cycle, or one node alone.

    Attributes:
        exits: The edges that leave it.
    """

    nodes: list[Node] = field(default_factory=list)
    exits: list[Edge] = field(default_factory=list)


@dataclass(eq=False)
class Node:
    """A task in a graph.

    Attributes:
        name: Of the method.
        at: Where it was named first.
        rank: Its place in an order in which all edges that do not lead back lead onwards.
    """

    name: str
    task: Task[..., Any]
    at: Line
    into: list[Edge] = field(default_factory=list)
    out: list[Edge] = field(default_factory=list)
    group: Group = field(default_factory=Group)
    rank: int = 0

    @property
    def forward(self) -> Iterable[Edge]:
        """The edges that it waits for."""
        return (edge for edge in self.into if not edge.back)


class Graph:
    """What ``graph()`` of one instance says.

    Attributes:
        owner: Name of the class.
        nodes: By name, in the order in which they were first named.
    """

    def __init__(self, owner: str) -> None:
        self.owner = owner
        self.nodes: dict[str, Node] = {}
        self._edges: list[Edge] = []

    def node(self, name: str, task: Task[..., Any], at: Line) -> Node:
        """The node of a task; there is one for each name."""
        if name not in self.nodes:
            self.nodes[name] = Node(name, task, at)
        return self.nodes[name]

    def connect(
        self, source: Node, target: Node, condition: Condition, otherwise: bool, at: Line
    ) -> None:
        """Draw an edge; one without a condition that is there already stays one."""
        edge = Edge(source, target, condition, otherwise, at)
        if edge.always and any(other.always and other.target is target for other in source.out):
            return
        self._edges.append(edge)
        source.out.append(edge)
        target.into.append(edge)

    def close(self) -> None:
        """Find the cycles, and the edges that lead back.

        An edge leads back when it closes a cycle. Which edge of a cycle that is, the shortest ways
        from the beginning tell: they lead onwards; of what is left, what is written first does.
        Where a graph begins with a cycle, the node of it that was named first is the first.

        Raises:
            BadProject: No task is named, or ``otherwise()`` has nothing that it is other than.
        """
        if not self.nodes:
            raise BadProject(
                f"{self.owner}.graph() names no task; write for example self.extract >> self.clean."
            )
        for node in self.nodes.values():
            odd = next((edge for edge in node.out if edge.otherwise), None)
            if odd is not None and not any(edge.condition for edge in node.out):
                raise BadProject(
                    f"{self.owner}.graph(): {odd} has otherwise(), and {node.name} has no edge "
                    "with when(); an edge that is always taken needs neither."
                )
        nodes = list(self.nodes.values())
        for group in _groups(nodes):
            for node in group.nodes:
                node.group = group
        for node in nodes:
            node.group.exits += [edge for edge in node.out if edge.leaves]
        entered = {edge.target.group for node in nodes for edge in node.out if edge.leaves}
        first: dict[Group, Node] = {}
        for node in nodes:
            first.setdefault(node.group, node)
        _mark_back(self._edges, [node for group, node in first.items() if group not in entered])
        _rank(nodes)

    def downstream(self, node: Node) -> list[Node]:
        """What edges that do not lead back lead to from ``node``, without itself."""
        return [other for other in _reached(node) if other is not node]


def _groups(nodes: Sequence[Node]) -> list[Group]:
    """Strongly connected components (Kosaraju's two walks)."""
    order: list[Node] = []
    seen: set[Node] = set()
    for root in nodes:
        _walk(root, seen, order)
    owner: dict[Node, Group] = {}
    groups: list[Group] = []
    for root in reversed(order):
        if root in owner:
            continue
        group = Group()
        groups.append(group)
        ahead = [root]
        owner[root] = group
        while ahead:
            for edge in ahead.pop().into:
                if edge.source not in owner:
                    owner[edge.source] = group
                    ahead.append(edge.source)
    for node in nodes:
        owner[node].nodes.append(node)
    return groups


def _walk(root: Node, seen: set[Node], ended: list[Node]) -> None:
    """Depth first, without recursion: a chain may be longer than Python's stack."""
    if root in seen:
        return
    seen.add(root)
    stack = [(root, iter(root.out))]
    while stack:
        node, edges = stack[-1]
        edge = next((edge for edge in edges if edge.target not in seen), None)
        if edge is None:
            stack.pop()
            ended.append(node)
        else:
            seen.add(edge.target)
            stack.append((edge.target, iter(edge.target.out)))


def _rank(nodes: Sequence[Node]) -> None:
    """Number the nodes: after all that lead onwards to them, then in the order of their naming."""
    named = {node: place for place, node in enumerate(nodes)}
    waits = {node: sum(1 for _ in node.forward) for node in nodes}
    ready = [named[node] for node in nodes if not waits[node]]
    for rank in range(len(nodes)):
        node = nodes[heappop(ready)]
        node.rank = rank
        for edge in node.out:
            if not edge.back:
                waits[edge.target] -= 1
                if not waits[edge.target]:
                    heappush(ready, named[edge.target])


def _mark_back(edges: Sequence[Edge], roots: Sequence[Node]) -> None:
    """Draw again what lies in cycles, edge by edge: what would close one leads back."""
    for edge in edges:
        edge.back = not edge.leaves
    seen = set(roots)
    ahead = deque(roots)
    while ahead:
        for edge in ahead.popleft().out:
            if edge.target not in seen:
                seen.add(edge.target)
                ahead.append(edge.target)
                edge.back = False
    for edge in edges:
        if edge.back:
            edge.back = edge.source in _reached(edge.target)


def _reached(node: Node) -> dict[Node, None]:
    """What edges that do not lead back lead to, ``node`` itself too."""
    found: dict[Node, None] = {node: None}
    ahead = [node]
    while ahead:
        for edge in ahead.pop().out:
            if not edge.back and edge.target not in found:
                found[edge.target] = None
                ahead.append(edge.target)
    return found
