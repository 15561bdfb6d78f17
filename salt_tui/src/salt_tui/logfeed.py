"""Fills a log view: one attempt's lines, or those of all tasks of a run in the order of time."""

from __future__ import annotations

from salt_core.logs import follow_run
from salt_core.model.log import Line
from salt_core.model.task import Task
from salt_tui.logbuffer import SpooledLines
from salt_tui.readmodel import ReadModel

_BATCH = 2_000


class LogFeed:
    """Reads a run's logs into ``lines`` until cancelled or the run and its logs have ended.

    Args:
        only: A task's id and the number of an attempt; ``None``: all of them, each line with
            the name of its task.
    """

    def __init__(
        self, model: ReadModel, run: str, lines: SpooledLines, only: tuple[str, int] | None
    ) -> None:
        self._model = model
        self._run = run
        self._arrived: list[tuple[Line, str]] = []
        self.only = only
        self.lines = lines
        self.ended = False

    def _chosen(self, task: Task, attempt: int) -> bool:
        return self.only is None or self.only == (task.id, attempt)

    async def run(self) -> None:
        """Read what is there in the order of time, then whatever comes."""
        model = self._model
        async for said in follow_run(
            model.logs, model.blobs, self._run, follow=True, chosen=self._chosen
        ):
            label = "" if self.only else f"{said.name}#{said.task}"
            self._arrived.append((said.line, label))
            if len(self._arrived) >= _BATCH:
                self.flush()
        self.flush()
        self.ended = True

    def flush(self) -> None:
        """Put what has arrived into ``lines``; whoever shows them calls this."""
        if self._arrived:
            self.lines.extend(self._arrived)
            self._arrived.clear()
