"""The short form of ``make chaos``: every kind of fault, each at least once."""

from __future__ import annotations

import pytest
from tests.chaos.storm import Plan, rage, verdict


@pytest.mark.chaos
@pytest.mark.timeout(240)
async def test_a_short_storm_breaks_no_promise() -> None:
    plan = Plan(
        tasks=360,
        least_ms=100,
        most_ms=600,
        runs=2,
        agents=3,
        agent_kills=5,
        agent_stops=2,
        redis_kills=1,
        host_kills=1,
        lines=20_000,
        patience_s=200,
    )
    score = await rage(plan)
    assert verdict(score, plan) == [], score
