"""Warm processes come with need and go with idleness."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.integration.agent.conftest import Lab, gone, until


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


async def test_an_idle_version_lets_go_of_its_processes(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("salt_agent.warm.IDLE_S", 0.8)
    before = set(children_of(os.getpid()))
    agent = await lab.agent(slots=3)
    assert await lab.value(await lab.run("add")) == 10
    (parent,) = set(children_of(os.getpid())) - before

    async def three_wait() -> bool:
        return len(children_of(parent)) == 3

    await until(three_wait, "children that wait for tasks")
    await until(lambda: gone(parent), "the end of the idle parent")
    # The next task has a new one.
    assert await lab.value(await lab.run("add")) == 10
    await lab.stop(agent)
    assert set(children_of(os.getpid())) == before


async def test_versions_that_are_idle_make_room_for_others(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("salt_agent.warm.VERSIONS", 1)
    before = set(children_of(os.getpid()))
    agent = await lab.agent(slots=1)
    assert await lab.value(await lab.run("add")) == 10
    (first,) = set(children_of(os.getpid())) - before
    # Other variables need other processes.
    await lab.register(env={"OTHER": "1"})

    async def others() -> bool:
        await lab.value(await lab.run("add"))
        return await gone(first)

    await until(others, "the end of the first")
    await lab.stop(agent)
