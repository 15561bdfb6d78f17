"""The debug mode: what has returned is replayed once more, and compared."""

from __future__ import annotations

import pytest
from tests.integration.agent.conftest import Lab, until

from salt_core.model.run import Run
from salt_core.model.status import RunStatus


@pytest.fixture(autouse=True)
def debug(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SALT_REPLAY_CHECK", "1")


async def replayed(lab: Lab, run: str) -> Run:
    async def told() -> Run | None:
        head = await lab.store.run(run)
        assert head is not None
        return head if head.replayed else None

    found: Run = await until(told, "the second replay")
    return found


async def test_a_steady_run_is_the_same(lab: Lab) -> None:
    agent = await lab.agent()
    for kind in ("own", "spin", "linger", "down"):
        run = await lab.durable(kind, n=3)
        await lab.value(run)
        assert (await replayed(lab, run)).replayed == "same", kind
        if kind != "linger":  # so is what it called
            assert (await replayed(lab, f"{run}.1")).replayed == "same", kind
    await lab.stop(agent)


async def test_an_unsteady_one_is_told(lab: Lab) -> None:
    await lab.agent()
    run = await lab.durable("unsteady", n=3)
    value = await lab.value(run)
    head = await replayed(lab, run)
    assert head.status is RunStatus.SUCCEEDED
    assert head.replayed.startswith("It returns [4,")
    assert f"and returned [4,{value[1]}]" in head.replayed


async def test_an_agent_that_stops_lets_replays_end(lab: Lab) -> None:
    agent = await lab.agent()
    run = await lab.durable("own", n=3)
    await lab.value(run)
    await lab.stop(agent)
    head = await lab.store.run(run)
    assert head is not None
    assert head.replayed == "same"
