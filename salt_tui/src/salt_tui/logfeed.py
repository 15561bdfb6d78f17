"""Fills a spool: the lines of some attempts of a run, in the order of time."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass

from salt_core.logs import RunLog
from salt_core.model.task import Task
from salt_tui.logbuffer import SpooledLines
from salt_tui.readmodel import ReadModel


def _all(task: Task, attempt: int) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which lines.

    Attributes:
        run: Of which run.
        key: What tells it from others: a task, a group; ``""``: all tasks.
        attempt: Of one attempt; ``None``: of all.
        chosen: Whether an attempt's lines belong to it.
    """

    run: str
    key: str = ""
    attempt: int | None = None
    chosen: Callable[[Task, int], bool] = _all

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Wanted) and self._name == other._name

    def __hash__(self) -> int:
        return hash(self._name)

    @property
    def _name(self) -> tuple[str, str, int | None]:
        return self.run, self.key, self.attempt

    @property
    def file_name(self) -> str:
        """What a file with these lines is called."""
        words = (self.run, self.key.rpartition("/")[2], str(self.attempt or ""))
        return "-".join(word for word in words if word).replace("/", "-").replace("@", "-")


class LogFeed:
    """Reads what is wanted into ``lines`` until cancelled or the run and its logs have ended.

    Args:
        grown: Called when there are more lines.
    """

    def __init__(self, model: ReadModel, wanted: Wanted, grown: Callable[[], None]) -> None:
        self._log = RunLog(model.logs, model.blobs, wanted.run, wanted.chosen)
        self._grown = grown
        self.wanted = wanted
        self.lines = SpooledLines(self._label)
        self.ended = False

    def _label(self, number: int) -> str:
        if self.wanted.attempt is not None:
            return ""
        source = self._log.sources[number]
        return f"{source.name}#{source.task}"

    async def run(self) -> None:
        """Read what is there in the order of time, then whatever comes."""
        async with aclosing(self._log.records(follow=True)) as stretches:
            async for stretch in stretches:
                self.lines.extend(stretch)
                self._grown()
        self.ended = True
        self._grown()
