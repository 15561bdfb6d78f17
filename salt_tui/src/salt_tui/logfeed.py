"""Fills a spool: one attempt's lines, or those of some or all tasks of a run in the order of time."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import aclosing

from salt_core.logs import RunLog
from salt_core.model.task import Task
from salt_tui.logbuffer import SpooledLines
from salt_tui.readmodel import ReadModel


class LogFeed:
    """Reads a run's logs into ``lines`` until cancelled or the run and its logs have ended.

    Args:
        only: A task's id and the number of an attempt; ``None``: all of them, each line with
            the name of its task.
        grown: Called when there are more lines.
    """

    def __init__(
        self, model: ReadModel, run: str, only: tuple[str, int] | None, grown: Callable[[], None]
    ) -> None:
        self._log = RunLog(model.logs, model.blobs, run, self._chosen)
        self._grown = grown
        self.only = only
        self.lines = SpooledLines(self._label)
        self.ended = False

    def _chosen(self, task: Task, attempt: int) -> bool:
        return self.only is None or self.only == (task.id, attempt)

    def _label(self, number: int) -> str:
        if self.only is not None:
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
