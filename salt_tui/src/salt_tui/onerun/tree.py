"""A run's calls as a tree that folds: many calls from one line are one, and so are turns of a loop.

A journal says which line made each call, and nothing of loops. They are found as the calls come:
when the program is back at a line that it has left, what it did since is a turn. Calls come in
program order, so the tree only grows at its end; a change of a call touches it and what holds it.
"""

from __future__ import annotations

from collections.abc import Iterable

from salt_core.ids import BODY
from salt_core.model.task import Task
from salt_tui.onerun.nodes import Node

_DEEPEST = 12
"""Loops within loops; deeper ones are shown flat."""


def site_of(task: Task) -> str:
    """What was called, and from which line."""
    return f"{task.kind} {task.name} {task.at}"


def _line(site: str) -> tuple[str, int]:
    """File and line of a site; 0: it has none."""
    file, _, line = site.rpartition(":")
    return (file.rpartition(" ")[2], int(line)) if line.isdigit() else ("", 0)


class _Loop:
    """What is known of a loop: the site that begins a turn, and all that its turns have."""

    def __init__(self, head: str) -> None:
        self.head = head
        self.sites: set[str] = set()

    def spans(self, site: str) -> bool:
        """Whether a site that is new lies between its lines; so it does where nothing is known."""
        file, line = _line(site)
        lines = [at for name, at in map(_line, self.sites) if name == file and at]
        return not line or not lines or min(lines) <= line <= max(lines)


class _Frame:
    """A stretch of program order: the body itself, or one turn of a loop."""

    def __init__(self, node: Node, loop: _Loop | None) -> None:
        self.node = node
        self.loop = loop
        self.places: dict[str, int] = {}
        """Where in ``node.children`` each site is."""


class Tree:
    """All calls of a run.

    Attributes:
        root: Holds everything; its first child is the workflow function itself.
        changes: Counts changes of the shape, for who shows it.
    """

    def __init__(self, run: str) -> None:
        self.run = run
        self.changes = 0
        self._calls: dict[str, Node] = {}
        self._forget()

    def _forget(self) -> None:
        self.root = Node(f"{self.run}/", "turn", "")
        self._calls.clear()
        self._frames = [_Frame(self.root, None)]
        self._loops: dict[str, _Loop] = {}
        self._last = -1
        self.changes += 1

    def __len__(self) -> int:
        return len(self._calls)

    @property
    def last(self) -> int:
        """The highest number of a call; -1: there is none."""
        return self._last

    def call(self, task: str) -> Node | None:
        """The line of a call, by the task's id."""
        return self._calls.get(task)

    def ids(self) -> Iterable[str]:
        """The ids of all calls."""
        return self._calls.keys()

    def tasks(self) -> Iterable[Task]:
        """All calls, in program order."""
        return (node.task for node in self._calls.values() if node.task is not None)

    def put(self, tasks: Iterable[Task]) -> list[Task]:
        """Take in calls as they are now, in program order; those that are new or have changed."""
        changed: list[Task] = []
        early: list[Task] = []
        for task in tasks:
            node = self._calls.get(task.id)
            if node is None:
                if int(task.id) < self._last:
                    early.append(task)
                    continue
                self._append(task)
            elif node.task == task:
                continue
            else:
                self._note(node, task)
            changed.append(task)
        if early:
            self._make([*self.tasks(), *early])
            changed += early
        return changed

    def cut(self, after: int) -> None:
        """Forget the calls with higher numbers: a rolling loop has."""
        self._make([task for task in self.tasks() if int(task.id) <= after])

    def _make(self, tasks: list[Task]) -> None:
        self._forget()
        for task in sorted(tasks, key=lambda one: int(one.id)):
            self._append(task)

    def _note(self, node: Node, task: Task) -> None:
        before, node.task = node.task, task
        if task.id == BODY:
            return
        holder = node.parent
        while holder is not None:
            holder.note(before, task)
            holder = holder.parent

    # -- growing ---------------------------------------------------------------------------

    def _append(self, task: Task) -> None:
        self._last = int(task.id)
        self.changes += 1
        site = site_of(task)
        call = Node(f"{self.run}/{task.id}", "task", site, task=task)
        self._calls[task.id] = call
        if task.id == BODY:
            self.root.add(call)
            return
        self._place(site, task.id).add(call)
        holder = call.parent
        while holder is not None:
            holder.note(None, task)
            holder = holder.parent

    def _place(self, site: str, first: str) -> Node:
        """The group that the next call belongs to."""
        frames = self._frames
        depth = next((n for n in range(len(frames) - 1, -1, -1) if site in frames[n].places), None)
        if depth is None:
            while (loop := frames[-1].loop) is not None and not loop.spans(site):
                frames.pop()  # it is behind the loop
            return self._group(site, first)
        frame = frames[depth]
        place = frame.places[site]
        there = frame.node.children[place]
        is_last = place == len(frame.node.children) - 1
        if there.kind == "group":
            if is_last and depth == len(frames) - 1:
                return there
            if frame.loop is not None and frame.loop.head == site:
                outer = frames[depth - 1]
                return self._turn(outer, outer.places[site], site, first)
            if len(frames) > _DEEPEST:
                return self._group(site, first)
            del frames[depth + 1 :]
            self._loop(frame, place)
            return self._turn(frame, place, site, first)
        if not is_last:
            self._absorb(frame, place)
        elif depth + 1 < len(frames) and self._loops[there.key].head != site:
            del frames[depth + 2 :]  # a part of the turn that is under way
            return self._group(site, first)
        if self._loops[there.key].head == site:
            return self._turn(frame, place, site, first)
        self._open(frame, place)
        return self._place(site, first)

    def _group(self, site: str, first: str) -> Node:
        """A new group in the stretch that is under way."""
        frame = self._frames[-1]
        group = Node(f"{self.run}/g{first}", "group", site)
        frame.places[site] = len(frame.node.children)
        frame.node.add(group)
        for depth, one in enumerate(self._frames):
            if one.loop is not None:
                one.loop.sites.add(site)
                outer = self._frames[depth - 1]
                outer.places[site] = len(outer.node.children) - 1
        return group

    def _turn(self, frame: _Frame, place: int, site: str, first: str) -> Node:
        """A new turn of the loop at ``place``, which begins with ``site``."""
        del self._frames[self._frames.index(frame) + 1 :]
        loop = frame.node.children[place]
        turn = Node(f"{self.run}/i{first}", "turn", loop.site)
        loop.add(turn)
        self._frames.append(_Frame(turn, self._loops[loop.key]))
        return self._group(site, first)

    def _open(self, frame: _Frame, place: int) -> None:
        """Go on with the last turn of the loop at ``place``."""
        del self._frames[self._frames.index(frame) + 1 :]
        loop = frame.node.children[place]
        inner = _Frame(loop.children[-1], self._loops[loop.key])
        for at, part in enumerate(inner.node.children):
            for site in self._sites(part):
                inner.places[site] = at
        self._frames.append(inner)

    def _sites(self, part: Node) -> set[str]:
        return {part.site} if part.kind == "group" else self._loops[part.key].sites

    def _loop(self, frame: _Frame, place: int) -> None:
        """Make a loop of all from ``place`` on: that was its first turn."""
        parts = frame.node.children[place:]
        del frame.node.children[place:]
        key = parts[0].key.rpartition("/")[2]
        loop = Node(f"{self.run}/l{key}", "loop", parts[0].site)
        turn = Node(f"{self.run}/i{key}", "turn", parts[0].site)
        self._loops[loop.key] = _Loop(parts[0].site)
        frame.node.add(loop)
        loop.add(turn)
        self._move(frame, parts, loop, place)

    def _absorb(self, frame: _Frame, place: int) -> None:
        """What came after a loop that goes on was a part of its last turn."""
        parts = frame.node.children[place + 1 :]
        del frame.node.children[place + 1 :]
        self._move(frame, parts, frame.node.children[place], place)
        del self._frames[self._frames.index(frame) + 1 :]

    def _move(self, frame: _Frame, parts: list[Node], loop: Node, place: int) -> None:
        turn, known = loop.children[-1], self._loops[loop.key]
        for part in parts:
            turn.add(part)
            known.sites |= self._sites(part)
            for holder in (turn, loop):
                holder.join(part)
        for site in known.sites:
            frame.places[site] = place
