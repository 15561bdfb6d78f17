"""A task: its input and what it needs go in, one result comes out."""

from __future__ import annotations

from collections.abc import Mapping

from salt_agent.endings import Ending
from salt_agent.process import Child
from salt_agent.values import Values
from salt_core.model.task import Assignment
from salt_core.wire import messages
from salt_core.wire.messages import FromArtifact


class TaskWork:
    """One attempt of a task (``runner.Work``)."""

    def __init__(self, assignment: Assignment, values: Values) -> None:
        self._assignment = assignment
        self._values = values

    async def opening(self, cwd: str, env: Mapping[str, str]) -> list[bytes]:
        one = self._assignment
        frame = messages.task(
            run=one.token.run,
            task=one.token.task,
            attempt=one.token.attempt,
            name=one.name,
            input=await self._values.fetch(one.input),
            results=await self._values.fetch_all(one.results),
            key=one.token.member,
            cwd=cwd,
            env=env,
        )
        return [frame]

    def heard(self, message: FromArtifact) -> None:
        """Nothing but an ending is of interest."""

    def begun(self, child: Child) -> None:
        """Nothing more is sent."""

    async def over(self) -> None:
        """Nothing is left behind."""

    def replayed(self, ending: Ending) -> bool:
        """A task that died has failed: what it did to the world cannot be replayed."""
        return False
