"""Which lines of a run's tree are shown: those in nodes that are open."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from salt_tui.onerun.nodes import Node
from salt_tui.onerun.tree import Tree

_FEW = 5
"""Calls from one line that are shown without being asked for."""

_FEW_TURNS = 30


@dataclass(frozen=True, slots=True)
class TreeRow:
    """One line: a node, how deep it stands, and whether it is open (``None``: it never is)."""

    node: Node
    depth: int
    open: bool | None

    @property
    def key(self) -> str:
        return self.node.key


class Folding:
    """The lines in sight of a tree, and of the trees of runs that were called."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self._chosen: dict[str, bool] = {}
        self._children: dict[str, Tree] = {}
        self._rows: list[TreeRow] = []
        self._places: dict[str, int] = {}
        self._of: tuple[int, ...] = ()
        self._changes = 0

    def attach(self, key: str, child: Tree) -> None:
        """The run that the call ``key`` made has these calls."""
        self._children[key] = child
        self._changes += 1

    def child(self, key: str) -> Tree | None:
        return self._children.get(key)

    def rows(self) -> list[TreeRow]:
        """The lines in sight; the same list until one comes or goes."""
        of = (self._changes, self.tree.changes, *(one.changes for one in self._children.values()))
        if of != self._of:
            self._of = of
            self._rows = []
            self._add(self.tree.root.children, 0)
            self._places = {row.node.key: place for place, row in enumerate(self._rows)}
        return self._rows

    def place(self, key: str) -> int | None:
        """Where a line is, or what holds it where that is closed."""
        self.rows()
        found = self._places.get(key)
        if found is None and (node := self._node(key)) is not None:
            holder = node.parent
            while found is None and holder is not None:
                found = self._places.get(holder.key)
                holder = holder.parent
        return found

    def _node(self, key: str) -> Node | None:
        run, _, task = key.rpartition("/")
        trees = (self.tree, *self._children.values())
        tree = next((one for one in trees if one.run == run), None)
        return None if tree is None else tree.call(task)

    def _add(self, nodes: Iterable[Node], depth: int) -> None:
        rows = self._rows
        for node in nodes:
            if node.kind == "group" and len(node.children) == 1:
                node = node.children[0]
            if node.task is not None and not self._is_run(node):
                rows.append(TreeRow(node, depth, None))
                continue
            is_open = self.is_open(node)
            rows.append(TreeRow(node, depth, is_open))
            if is_open:
                self._add(self._beneath(node), depth + 1)

    def _is_run(self, node: Node) -> bool:
        return node.task is not None and node.task.child != ""

    def _beneath(self, node: Node) -> list[Node]:
        child = self._children.get(node.key)
        if child is not None:
            return child.root.children[1:]  # not the workflow function: the call stands for it
        return node.children

    def is_open(self, node: Node) -> bool:
        """Whether what ``node`` holds is shown."""
        chosen = self._chosen.get(node.key)
        if chosen is not None:
            return chosen
        if node.kind == "group":
            return len(node.children) <= _FEW
        if node.kind == "turn":
            holder = node.parent
            return holder is not None and holder.children[-1] is node
        return node.kind == "loop" and len(node.children) <= _FEW_TURNS

    def turn(self, node: Node, *, open: bool | None = None) -> bool:
        """Open or close ``node``; whether it is open now."""
        now = not self.is_open(node) if open is None else open
        self._chosen[node.key] = now
        self._changes += 1
        return now

    def reveal(self, key: str) -> None:
        """Open all that holds the call ``key``."""
        node = self._node(key)
        holder = None if node is None else node.parent
        while holder is not None:
            if not self.is_open(holder):
                self.turn(holder, open=True)
            holder = holder.parent
