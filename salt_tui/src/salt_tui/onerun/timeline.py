"""A stretch of time as a line of characters: when a call waited, ran, failed and ran again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from salt_core.model.status import AttemptEnd
from salt_core.model.task import Task
from salt_tui.marks import mark
from salt_tui.onerun.nodes import Node
from salt_tui.times import span

WAITS, RUNS, MANY, RESTS, FAILED, NOW = "░", "▓", "▒", "·", "✗", "▶"
LEGEND = f"{WAITS} waits  {RUNS} runs  {RESTS} backoff or wait  {FAILED} failed  {MANY} many calls"
_BAD = {AttemptEnd.FAILED, AttemptEnd.TIMED_OUT, AttemptEnd.LOST, AttemptEnd.INVALID}
_Draw = Callable[[int, int, str, str], None]
"""Fills the characters from one moment to another with a sign and its tone."""
_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400)


@dataclass(frozen=True, slots=True)
class Scale:
    """``width`` characters for the time from ``begin`` to ``end``, Unix ms."""

    begin: int
    end: int
    width: int

    def column(self, at: int) -> int:
        """The character in which a moment lies."""
        length = max(self.end - self.begin, 1)
        return max(0, min(self.width - 1, (at - self.begin) * self.width // length))

    def title(self) -> str:
        """Marks with their distance from the beginning."""
        seconds = max(self.end - self.begin, 1) / 1000
        wanted = seconds * 12 / max(self.width, 1)
        step = next((one for one in _STEPS if one >= wanted), _STEPS[-1])
        line = [" "] * self.width
        at = 0.0
        while at <= seconds:
            words = f"|{span(int(at * 1000)).replace('.0s', 's') if at else '0'}"
            place = self.column(self.begin + int(at * 1000))
            if place + len(words) > self.width:
                break
            line[place : place + len(words)] = words
            at += step
        return "".join(line)


def bar(node: Node, scale: Scale, now: int) -> tuple[str, tuple[str, ...]]:
    """The line of a node, and a tone for each character."""
    text, tones = [" "] * scale.width, [""] * scale.width

    def draw(begin: int, end: int, sign: str, tone: str) -> None:
        first, last = scale.column(begin), scale.column(end)
        for column in range(first, last + 1):
            text[column], tones[column] = sign, tone

    if node.task is None:
        _draw_many(node, now, draw)
    else:
        _draw_call(node.task, now, draw)
    return "".join(text), tuple(tones)


def _draw_many(node: Node, now: int, draw: _Draw) -> None:
    if node.started is not None:
        end = node.finished if node.is_over and node.finished is not None else now
        draw(node.started, end, MANY, mark(node.status).tone)


def _draw_call(task: Task, now: int, draw: _Draw) -> None:
    end = task.finished or now
    tries = [one for one in task.attempts if one.status != AttemptEnd.RELEASED]
    if tries or not task.status.final:
        draw(task.created, tries[0].started if tries else end, WAITS, "dim")
    if task.kind != "task" and not tries:
        draw(task.created, end, RESTS, mark(task.status).tone)
    for number, one in enumerate(tries):
        over = one.finished if one.finished is not None else now
        if number + 1 < len(tries):
            draw(over, tries[number + 1].started, RESTS, "dim")
        elif not task.status.final:
            draw(over, now, RESTS, "dim")
        failed = one.status in _BAD
        draw(one.started, over, RUNS, "bad" if failed else mark(task.status).tone)
        if failed:
            draw(over, over, FAILED, "bad")
        elif one.finished is None:
            draw(now, now, NOW, "busy")
