"""One way through a graph: which task starts when, as a durable function decides it.

Only the ends of tasks and the values that conditions see decide, in the order of the journal; so
a replay goes the same way. Long cycles roll: their calls are forgotten, and places are kept.
"""

from __future__ import annotations

import inspect
from collections import Counter
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import Any

from salt_sdk._classic_graph import Edge, Graph, Group, Line, Node
from salt_sdk._errors import BadProject
from salt_sdk._futures import FIRST_COMPLETED, Future, wait
from salt_sdk._loop import Loop, loop
from salt_sdk._report import one_line
from salt_sdk._source import asked_at

ROLL_AFTER = 1000
"""So many calls, and the next moment at which nothing runs ends a turn of a rolling loop."""

_OPEN, _RUNNING, _ENDED, _SKIPPED = "open", "running", "ended", "skipped"
_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


@dataclass(eq=False)
class _Place:
    """Where a node is.

    Attributes:
        value: Of its latest call: a future, or what a turn of the rolling loop has kept of it.
        running: Calls of it that have not ended; at most one, but it may be of a round that is
            over: then the next one waits for it.
        due: The values with which it starts as soon as it can; ``None``: its edges tell.
        at: The edge that leads back which made it due.
        taken: Edges with a condition that were taken when it ended last.
        rounds: How often it has started.
    """

    node: Node
    state: str = _OPEN
    value: Any = None
    running: Future[Any] | None = None
    due: list[Any] | None = None
    at: Line | None = None
    taken: set[Edge] = field(default_factory=set)
    rounds: int = 0


class Walk:
    """Runs the tasks of a graph."""

    def __init__(self, graph: Graph, instance: Any, max_rounds: int) -> None:
        self._graph = graph
        self._instance = instance
        self._max_rounds = max_rounds
        nodes = sorted(graph.nodes.values(), key=lambda node: node.rank)
        self._places = {node: _Place(node) for node in nodes}
        self._open = Counter(node.group for node in nodes)
        self._calls: dict[Future[Any], _Place] = {}
        self._looks: list[int] = []
        self._by_rank = nodes
        self._rolling: Loop[dict[str, Any]] | None = None
        self._asked = 0

    def run(self) -> Any:
        """What the last nodes gave, mostly as futures: of one, or by name where there are several.

        Raises:
            TaskFailed: A task failed for good.
            BadProject: A condition raised, a task started too often, or it takes more values than
                led to it.
        """
        for node in self._by_rank:
            self._look(node)
        self._go_on()
        while self._calls:
            for future in wait(self._calls, FIRST_COMPLETED).done:
                self._end(self._calls.pop(future), future)
                if self._asked >= ROLL_AFTER and not self._calls:
                    self._roll()
                self._go_on()
        last = {
            name: self._places[node].value
            for name, node in self._graph.nodes.items()
            if self._places[node].state == _ENDED and not any(map(self._taken, node.out))
        }
        return next(iter(last.values())) if len(last) == 1 else last

    def _look(self, node: Node) -> None:
        heappush(self._looks, node.rank)

    def _go_on(self) -> None:
        """Start and skip what can be, upstream first."""
        while self._looks:
            place = self._places[self._by_rank[heappop(self._looks)]]
            if place.state != _OPEN or place.running is not None:
                continue
            if place.due is not None:
                self._start(place, place.due, place.at or place.node.at)
            elif all(map(self._decided, place.node.forward)):
                # One value from each source, also where two of its edges led here.
                taken = {e.source: e for e in place.node.forward if self._taken(e)}
                if taken or not any(True for _ in place.node.forward):
                    at = next((edge.at for edge in taken.values()), place.node.at)
                    self._start(place, [self._places[source].value for source in taken], at)
                else:
                    self._move(place, _SKIPPED)

    def _decided(self, edge: Edge) -> bool:
        """Taken, or not to be taken any more: a cycle may yet take it until it has come to rest."""
        state = self._places[edge.source].state
        if state == _OPEN or (state == _RUNNING and not edge.always):
            return False
        return self._taken(edge) or not edge.leaves or not self._open[edge.source.group]

    def _taken(self, edge: Edge) -> bool:
        """A task that has started will end, or all fails: what always follows it can be asked for."""
        place = self._places[edge.source]
        if edge.always:
            return place.state in (_RUNNING, _ENDED)
        return place.state == _ENDED and edge in place.taken

    def _move(self, place: _Place, state: str) -> None:
        was_open = place.state in (_OPEN, _RUNNING)
        place.state = state
        group: Group = place.node.group
        self._open[group] += (state in (_OPEN, _RUNNING)) - was_open
        for edge in place.node.out:
            self._look(edge.target)
        if not self._open[group]:
            for edge in group.exits:
                self._look(edge.target)

    def _start(self, place: _Place, values: list[Any], at: Line) -> None:
        name = f"{self._graph.owner}.{place.node.name}"
        if place.rounds >= self._max_rounds:
            raise BadProject(
                f"{name} has started {place.rounds} times and would again: its cycle does not "
                "end. If it should go on for longer, say max_rounds= in the class statement."
            )
        place.rounds += 1
        place.due = None
        place.taken = set()
        given = self._fitting(name, place, values)
        with asked_at(*at):
            future = place.node.task.submit(self._instance, *given)
        place.value = place.running = future
        self._calls[future] = place
        self._asked += 1
        self._move(place, _RUNNING)

    def _fitting(self, name: str, place: _Place, values: list[Any]) -> list[Any]:
        """As many values as the method takes."""
        parameters = list(place.node.task.signature.parameters.values())[1:]
        if any(parameter.kind is parameter.VAR_POSITIONAL for parameter in parameters):
            return values
        takes = [parameter for parameter in parameters if parameter.kind in _POSITIONAL]
        needs = [parameter.name for parameter in takes if parameter.default is parameter.empty]
        if len(needs) > len(values):
            raise BadProject(
                f"{name} takes a value for {', '.join(needs)}, and {len(values)} "
                f"{'edge' if len(values) == 1 else 'edges'} led to it; give the others a default."
            )
        return values[: len(takes)]

    def _end(self, place: _Place, future: Future[Any]) -> None:
        place.running = None
        if future.exception() is not None:
            future.result()
        if place.state != _RUNNING:  # of a round that is over
            self._look(place.node)
            return
        place.taken = self._judge(place.node, future)
        self._move(place, _ENDED)
        back = [edge for edge in place.node.out if edge.back and self._taken(edge)]
        for edge in sorted(back, key=lambda edge: -edge.target.rank):  # the first opens the others
            self._restart(edge.target, future, edge.at)

    def _judge(self, node: Node, future: Future[Any]) -> set[Edge]:
        taken: set[Edge] = set()
        for edge in node.out:
            if edge.condition is not None:
                try:
                    if edge.condition(future.result()):
                        taken.add(edge)
                except Exception as error:
                    raise BadProject(
                        f"{self._graph.owner}.graph(): the condition of {edge} raised "
                        f"{type(error).__name__}: {one_line(error)}"
                    ) from error
        return taken or {edge for edge in node.out if edge.otherwise}

    def _restart(self, node: Node, value: Future[Any], at: Line) -> None:
        """Begin another round at ``node``: what is downstream of it is open again."""
        for other in (node, *self._graph.downstream(node)):
            place = self._places[other]
            place.due = None
            place.taken = set()
            if place.state != _OPEN:
                self._move(place, _OPEN)
        self._places[node].due, self._places[node].at = [value], at
        self._look(node)

    def _roll(self) -> None:
        """End a turn of a rolling loop; live as in a replay, it goes on with what was kept."""
        kept = {place.node.name: _kept(place) for place in self._places.values()}
        if self._rolling is None:
            self._rolling = loop(kept)
        self._rolling.value = kept
        next(self._rolling)
        self._asked = 0
        self._open.clear()
        for node, place in self._places.items():
            found = self._rolling.value[node.name]
            place.state, place.rounds, place.value = found["state"], found["rounds"], found["value"]
            place.due = found["due"]
            place.taken = {node.out[number] for number in found["taken"]}
            self._open[node.group] += place.state == _OPEN
            self._look(node)


def _kept(place: _Place) -> dict[str, Any]:
    taken = [number for number, edge in enumerate(place.node.out) if edge in place.taken]
    kept = {name: getattr(place, name) for name in ("state", "rounds", "value", "due")}
    return {**kept, "taken": taken}
