"""An agent that somebody drains takes no more work, stays up, and takes work again when it may."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.integration.agent.conftest import Lab, file_says, until

from salt_core.model.status import TaskStatus

LEASE = "3s"


async def state(lab: Lab) -> str:
    (agent,) = await lab.store.agents()
    return agent.state


async def test_a_drained_agent_ends_its_tasks_and_takes_no_more(lab: Lab, tmp_path: Path) -> None:
    agent = await lab.agent(lease=LEASE)
    note = tmp_path / "notes"
    first = await lab.run("linger", path=str(note), seconds=1)
    await file_says(note, "begun")
    await lab.store.drain(agent.id, True)

    async def idle() -> bool:
        (one,) = await lab.store.agents()
        task = await lab.task(first, 1)
        return one.bodies == 0 and one.busy == 0 and task.status is TaskStatus.SUCCEEDED

    await until(idle, "the end of what it had begun")
    second = await lab.run("add")
    assert await state(lab) == "draining"
    (seen,) = [one.seen for one in await lab.store.agents()]

    async def heard_again() -> bool:
        (one,) = await lab.store.agents()
        return one.seen > seen

    await until(heard_again, "another heartbeat")
    body = await lab.task(second, 0)
    assert (body.status, body.attempts) == (TaskStatus.QUEUED, ())

    await lab.store.drain(agent.id, False)
    assert await lab.value(second) == 10
    assert await lab.value(first) == "done"
    assert await state(lab) == "up"


async def test_an_agent_that_was_drained_and_is_stopped_ends(lab: Lab) -> None:
    agent = await lab.agent(lease=LEASE)
    await lab.store.drain(agent.id, True)

    async def drained() -> bool:
        return agent._drained

    await until(drained, "the drain")
    await asyncio.wait_for(lab.stop(agent), 10)


async def test_a_heartbeat_says_what_the_agent_takes(lab: Lab) -> None:
    await lab.agent(lease=LEASE)
    (agent,) = await lab.store.agents()
    assert agent.cores >= 1
    assert agent.memory > 1 << 20
    assert agent.cpu >= 0
